// Words are kept with the one who said them, and the file's and the session's apart: what cannot be judged now will be judged later, by the same function and as if it were said then.
#include "names.hpp"

#include <charconv>

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

std::string prefix_of(const std::string& name) { return name.substr(0, name.find('.')); }

// The value that somebody's word makes of a setting, as it is printed.
std::string judged(const Definition& definition, const std::string& text, Who who) {
    if (definition.superusers_only && who == Who::user)
        throw Error(sqlstate::insufficient_privilege, "permission denied to set parameter \"{}\"",
                    definition.name);
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, trouble] = std::from_chars(text.data(), end, value);
    if (trouble != std::errc() || stopped_at != end || value < definition.lowest ||
        value > definition.highest)
        throw Error(sqlstate::invalid_parameter_value, "invalid value for parameter \"{}\": \"{}\"",
                    definition.name, text);
    return std::to_string(value);
}

}  // namespace

void Names::set(const std::string& name, const std::string& text, Who who) {
    const auto known = settings_.find(name);
    Word word{text, who};
    if (known != settings_.end() && known->second.definition) {
        word.text = judged(*known->second.definition, text, who);
    } else if (name.find('.') == name.npos) {
        throw Error(sqlstate::undefined_object, "unrecognized configuration parameter \"{}\"", name);
    } else if (reserved_.contains(prefix_of(name))) {
        throw Error(sqlstate::invalid_name, "invalid configuration parameter name \"{}\"", name)
            .detail("\"" + prefix_of(name) + "\" is a reserved prefix.");
    }
    Setting& setting = settings_[name];
    (who == Who::file ? setting.of_file : setting.of_session) = std::move(word);
}

std::string Names::show(const std::string& name) const {
    const auto known = settings_.find(name);
    if (known == settings_.end())
        throw Error(sqlstate::undefined_object, "unrecognized configuration parameter \"{}\"", name);
    const Setting& setting = known->second;
    if (setting.of_session) return setting.of_session->text;
    if (setting.of_file) return setting.of_file->text;
    return setting.definition ? std::to_string(setting.definition->first_value) : "";
}

std::vector<std::string> Names::define(const Definition& definition) {
    std::vector<std::string> warnings;
    Setting& setting = settings_[definition.name];
    setting.definition = definition;
    for (std::optional<Word>* word : {&setting.of_file, &setting.of_session}) {
        if (!*word) continue;
        try {
            (*word)->text = judged(definition, (*word)->text, (*word)->who);
        } catch (const Error& error) {
            warnings.emplace_back(error.what());
            word->reset();
        }
    }
    return warnings;
}

std::vector<std::string> Names::reserve(const std::string& prefix) {
    if (!reserved_.insert(prefix).second)
        throw Error(sqlstate::duplicate_object, "parameter prefix \"{}\" is already reserved", prefix);
    std::vector<std::string> warnings;
    std::erase_if(settings_, [&](const auto& entry) {
        const auto& [name, setting] = entry;
        if (setting.definition || prefix_of(name) != prefix) return false;
        warnings.push_back("invalid configuration parameter name \"" + name + "\", removing it");
        return true;
    });
    return warnings;
}

}  // namespace forklore::exercise
