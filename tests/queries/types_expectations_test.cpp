/// \file
/// Every expression in expectations/*.txt gets the answer that PostgreSQL gave (ask_postgres.py renews them).
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"

namespace {

using forklore::test::Client;

std::string escaped(std::string_view text) {
    std::string result;
    for (char c : text) {
        if (c == '\n') result += "\\n";
        else result += c;
    }
    return result;
}

/// The session's answer in the words of the expectation files.
std::string answer(Client& client, const std::string& expression) {
    std::string text = client.describe("select " + expression);
    // An error of the run time comes after the header.
    std::size_t error = text.starts_with("ERROR ") ? 0 : text.find("\nERROR ");
    if (error != std::string::npos) {
        std::string line = "  ! ", rest = text.substr(text.find("ERROR ", error) + 6);
        std::size_t end = rest.find("\n  at ");
        if (end == std::string::npos) end = rest.find("\n  DETAIL ");
        if (end == std::string::npos) end = rest.find("\n  HINT ");
        line += escaped(rest.substr(0, end));
        constexpr std::string_view k_detail = "\n  DETAIL ";
        if (std::size_t detail = rest.find(k_detail); detail != std::string::npos) {
            std::size_t from = detail + k_detail.size();
            line += " | " + escaped(rest.substr(from, rest.find("\n  HINT ", from) - from));
        }
        return line;
    }
    std::size_t header = text.find('\n');
    std::string value = header == std::string::npos ? "" : text.substr(header + 1);
    std::size_t type = text.substr(0, header).rfind(':') + 1;
    return "  = " + escaped(value) + " :: " + text.substr(type, header - type);
}

void check_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    Client client;
    std::string line, expression, differences;
    int asked = 0, different = 0;
    while (std::getline(file, line)) {
        if (line.starts_with(">")) {
            std::string said = client.run(line.substr(1));
            if (!said.empty()) differences += line + "\n  said " + said + "\n";
        } else if (line.starts_with("  = ") || line.starts_with("  ! ")) {
            ++asked;
            std::string got = answer(client, expression);
            if (got != line && ++different <= 40) differences += expression + "\n  expected " + line + "\n  got      " + got + "\n";
        } else {
            expression = line;
        }
    }
    INFO(path.filename().string() << ": " << different << " of " << asked << " answers differ\n" << differences);
    CHECK(asked > 0);
    CHECK(differences.empty());
}

}  // namespace

TEST_CASE("expressions give PostgreSQL's answers") {
    std::filesystem::path folder = std::filesystem::path(FORKLORE_SOURCE_DIR) / "tests/queries/expectations";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    CHECK(!files.empty());
    for (const auto& path : files) {
        DYNAMIC_SECTION(path.stem().string()) { check_file(path); }
    }
}
