/// \file
/// Where in the source something was said.
#pragma once

#include <string_view>

namespace forklore {

/// A line of the source, as std::source_location, which Debian 12's clang does not have yet; and shorter: the
/// bare names of file and function, as PostgreSQL tells them.
class SourceLocation {
public:
    /// The line that calls this, also when it stands in a default argument. The parameters are the compiler's
    /// to fill in.
    /// \param file path of the source file.
    /// \param function bare name of the function.
    /// \param line from 1.
    static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                            const char* function = __builtin_FUNCTION(),
                                            int line = __builtin_LINE()) noexcept {
        SourceLocation here;
        here.file_ = file;
        here.function_ = function;
        here.line_ = line;
        return here;
    }

    /// Name of the file, without its folders.
    constexpr std::string_view file_name() const noexcept {
        std::string_view path = file_;
        std::size_t slash = path.rfind('/');
        return slash == std::string_view::npos ? path : path.substr(slash + 1);
    }

    /// Name of the function, without its class, its parameters or its template's arguments.
    constexpr std::string_view function_name() const noexcept {
        std::string_view name = function_;
        return name.starts_with("operator") ? name : name.substr(0, name.find('<'));
    }

    /// Line in the file, from 1.
    constexpr int line() const noexcept { return line_; }

private:
    const char* file_ = "";
    const char* function_ = "";
    int line_ = 0;
};

}  // namespace forklore
