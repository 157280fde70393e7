/// \file
/// Errors as a test compares them: in words.
#pragma once

#include <exception>
#include <string>

#include "base/error.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

/// What a call throws, as "SQLSTATE: message", or "no error".
/// \param call the function to call; NotWrittenYet passes through.
template <typename Call>
std::string error_of(Call&& call) {
    try {
        call();
    } catch (const NotWrittenYet&) {
        throw;
    } catch (const Error& error) {
        return std::string(error.code().text()) + ": " + error.what();
    } catch (const std::exception& error) {
        return std::string("not a forklore::Error: ") + error.what();
    }
    return "no error";
}

}  // namespace forklore::exercise
