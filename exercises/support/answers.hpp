/// \file
/// answers.md: what the student has measured, and makes of it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "not_written_yet.hpp"
#include "tests/catch.hpp"

namespace forklore::exercise {

/// The lines "- what: number", and the text below each heading.
class Answers {
public:
    /// Reads the file of the version at hand.
    Answers() {
        const char* folder = std::getenv("FORKLORE_EXERCISE_FILES");
        REQUIRE(folder != nullptr);
        std::ifstream file(std::string(folder) + "/answers.md");
        std::string heading;
        const std::regex item("- ([^:]+): *(.*)");
        for (std::string line; std::getline(file, line);) {
            std::smatch match;
            if (line.starts_with("## "))
                texts_[heading = line.substr(3)];
            else if (std::regex_match(line, match, item))
                numbers_[match[1]] = match[2];
            else if (!heading.empty())
                texts_[heading] += line + "\n";
        }
    }

    /// Checks that all is written; when nothing is, throws NotWrittenYet. \param exercise its name.
    void check_written(const std::string& exercise) const {
        std::string open;
        std::size_t written = 0;
        for (const auto& list : {numbers_, texts_}) {
            for (const auto& [what, answer] : list) {
                if (answer.find("TODO") != std::string::npos)
                    open += "\n  " + what;
                else
                    ++written;
            }
        }
        if (written == 0) not_written_yet(exercise);
        INFO("answers.md, still open:" << open);
        REQUIRE(open.empty());
    }

    /// One of the numbers, which must be one. \param what its line.
    double number(const std::string& what) const {
        INFO("answers.md should have a line \"- " << what << ": \"");
        REQUIRE(numbers_.count(what) == 1);
        char* end = nullptr;
        const std::string& text = numbers_.at(what);
        const double value = std::strtod(text.c_str(), &end);
        INFO("answers.md, " << what << ": " << text);
        const bool is_a_positive_number = end != text.c_str() && *end == '\0' && value > 0 && value < 1e6;
        REQUIRE(is_a_positive_number);
        return value;
    }

    /// Checks that each question has an answer of two sentences at least. \param questions how many there are.
    void check_texts(std::size_t questions) const {
        REQUIRE(texts_.size() == questions);
        for (const auto& [question, text] : texts_) {
            std::istringstream stream(text);
            std::size_t words = 0;
            for (std::string word; stream >> word;) ++words;
            INFO("answers.md, \"" << question << "\": two sentences at least");
            CHECK(words >= 12);
        }
    }

private:
    std::map<std::string, std::string> numbers_;
    std::map<std::string, std::string> texts_;
};

}  // namespace forklore::exercise
