// Checks of the client programs in C++: each prints `ok name` or `not ok name - why`; the last line is `done`.
#pragma once

#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// A failed expectation.
struct CheckFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Text for messages: strings as they are, the rest as streams print them.
template <class T>
std::string shown(const T& value) {
    std::ostringstream out;
    out << std::boolalpha << value;
    return out.str();
}

/// Throws CheckFailed unless both are equal; `what` says what is compared.
template <class A, class B>
void same(const A& got, const B& wanted, const std::string& what = "value") {
    if (!(got == wanted)) throw CheckFailed(what + ": got '" + shown(got) + "', wanted '" + shown(wanted) + "'");
}

/// Throws CheckFailed unless `text` has `part` in it.
inline void contains(const std::string& text, const std::string& part) {
    if (text.find(part) == std::string::npos) throw CheckFailed("'" + text + "' lacks '" + part + "'");
}

/// Throws CheckFailed unless the condition holds.
inline void holds(bool condition, const std::string& what) {
    if (!condition) throw CheckFailed(what);
}

/// One line of types.tsv: how PostgreSQL shows a value.
struct TypedValue {
    std::string type;      ///< as in a cast
    unsigned oid = 0;      ///< of the type
    std::string literal;   ///< what a user writes
    std::string text;      ///< what the server prints
    std::string binary;    ///< the binary form
};

/// The lines of types.tsv.
inline std::vector<TypedValue> read_types(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw CheckFailed("cannot read " + path);
    std::vector<TypedValue> found;
    for (std::string line; std::getline(in, line);) {
        std::vector<std::string> fields(1);
        for (char c : line) {
            if (c == '\t') fields.emplace_back();
            else fields.back() += c;
        }
        TypedValue v{fields.at(0), static_cast<unsigned>(std::stoul(fields.at(1))), fields.at(2), fields.at(3), {}};
        for (std::size_t i = 0; i + 1 < fields.at(4).size(); i += 2)
            v.binary += static_cast<char>(std::stoi(fields[4].substr(i, 2), nullptr, 16));
        found.push_back(std::move(v));
    }
    return found;
}

/// An environment variable that the harness sets.
inline std::string env(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// A named check.
using Check = std::pair<std::string, std::function<void()>>;

/// Runs those checks whose names begin with one of the arguments, or all of them.
inline void run(const std::vector<Check>& checks, const std::vector<std::string>& only) {
    for (const auto& [name, body] : checks) {
        bool wanted = only.empty();
        for (const std::string& prefix : only) wanted = wanted || name.rfind(prefix, 0) == 0;
        if (!wanted) continue;
        try {
            body();
            std::cout << "ok " << name << std::endl;
        } catch (const std::exception& e) {
            std::string why = e.what();
            for (char& c : why)
                if (c == '\n') c = ' ';
            std::cout << "not ok " << name << " - " << why.substr(0, 600) << std::endl;
        }
    }
    std::cout << "done" << std::endl;
}
