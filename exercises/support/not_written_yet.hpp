/// \file
/// What stands in a stub where the student's code will stand.
#pragma once

#include <stdexcept>
#include <string>

namespace forklore {

/// Thrown by a stub. Not a forklore::Error, so that no test takes it for an answer.
class NotWrittenYet : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// Throws NotWrittenYet. \param exercise its name: "NN-name/MM-title".
[[noreturn]] inline void not_written_yet(const std::string& exercise) {
    throw NotWrittenYet(exercise + " is not written yet");
}

}  // namespace forklore
