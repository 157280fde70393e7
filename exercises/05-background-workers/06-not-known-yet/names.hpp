/// \file
/// Settings, and words about settings that nobody knows yet.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace forklore::exercise {

/// Who says what a setting shall be.
enum class Who {
    file,       ///< the settings file, or the command line: the operator
    superuser,  ///< SET, by a session that may do everything
    user        ///< SET, by any other
};

/// What a module says of a setting of its own: a whole number.
struct Definition {
    std::string name;              ///< "kettle.cups"
    std::int64_t first_value = 0;  ///< while nobody says anything else
    std::int64_t lowest = 0;       ///< of what it may be
    std::int64_t highest = 0;      ///< of what it may be
    bool superusers_only = false;  ///< `user` may not set it
};

/// The settings of one process. Names are compared as they stand here.
class Names {
public:
    /// Makes a setting what somebody says. If nobody has defined it, any text will do, as long as the name has a dot and its prefix is not reserved. Throws Error
    /// 42704 for an unknown name without a dot, 42602 for an unknown one with a reserved prefix, 22023 for a text that is no number from `lowest` to `highest`,
    /// and 42501 when it is not for this one to say; then all is as before. \param name of the setting \param text its value \param who says so
    void set(const std::string& name, const std::string& text, Who who);

    /// Takes back what the session has said: what the file said is true again. \param name of a setting
    void reset(const std::string& name) {
        if (const auto found = settings_.find(name); found != settings_.end())
            found->second.of_session.reset();
    }

    /// What it is: what the session has said, or else what the file has, or else its first value; for one that nobody has defined, the text, or nothing. Throws Error 42704 when nobody
    /// has ever spoken of it. \param name of a setting \return the value; of one that is defined, as a number is printed: 7, not 007
    std::string show(const std::string& name) const;

    /// A module has been loaded and defines a setting. What was said of it before is now looked at as if it were said again, by the one who said it: what cannot be is forgotten, and
    /// there is a warning. \param definition which, not defined yet \return the warnings, with the setting's name in each
    std::vector<std::string> define(const Definition& definition);

    /// A module has defined all that it has. What begins so and is not defined is forgotten, with a warning for each, and refused from now on. Throws Error 42710 when the
    /// prefix is reserved already. \param prefix what stands before the dot \return the warnings, with the setting's name in each
    std::vector<std::string> reserve(const std::string& prefix);

private:
    struct Word {
        std::string text;
        Who who;
    };
    struct Setting {
        std::optional<Definition> definition;
        std::optional<Word> of_file, of_session;  // the latter hides the former
    };
    std::map<std::string, Setting> settings_;
    std::set<std::string> reserved_;  // prefixes
};

}  // namespace forklore::exercise
