#include "connections/startup_packet.hpp"

#include <cctype>

#include "base/error.hpp"
#include "base/setting.hpp"

namespace forklore {

namespace {
//! [longest-name]
constexpr std::size_t k_longest_name =
    63;  // bytes: longer names cannot exist, so they are cut before they are looked up
//! [longest-name]

//! [split-words]
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool blank = is_blank(text[at]);
        if (!blank && !inside) words.emplace_back();
        inside = !blank;
        if (blank) continue;
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        words.back() += text[at];
    }
    return words;
}
//! [split-words]

//! [join-words]
std::string join_words(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += ' ';
        for (const char c : word) {
            if (is_blank(c) || c == '\\') text += '\\';
            text += c;
        }
    }
    return text;
}
//! [join-words]

//! [parse-options]
std::vector<std::pair<std::string, std::string>> parse_options(std::string_view options) {
    std::vector<std::pair<std::string, std::string>> settings;
    const std::vector<std::string> words = split_words(options);
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string assignment;
        if (words[i] == "-c" && i + 1 < words.size())
            assignment = words[++i];
        else if (words[i].starts_with("-c") && words[i].size() > 2)
            assignment = words[i].substr(2);
        else if (words[i].starts_with("--") && words[i].size() > 2)
            assignment = words[i].substr(2);
        else
            throw Fatal(sqlstate::syntax_error, "invalid command-line argument for server process: {}",
                        words[i]);
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos)
            throw Fatal(sqlstate::syntax_error, "{}{} requires a value",
                        words[i].starts_with("--") ? "--" : "-c ", assignment);
        std::string name = assignment.substr(0, equals);
        for (char& c : name)
            if (c == '-') c = '_';
        settings.emplace_back(std::move(name), assignment.substr(equals + 1));
    }
    return settings;
}
//! [parse-options]

//! [take-parameter]
namespace {
Replication parse_replication(const std::string& value) {
    if (value == "database") return Replication::database;
    const std::optional<bool> wanted = parse_bool(value);
    if (!wanted)
        throw Fatal(sqlstate::invalid_parameter_value, "invalid value for parameter \"replication\": \"{}\"", value)
            .hint("Valid values are: \"false\", 0, \"true\", 1, \"database\".");
    return *wanted ? Replication::physical : Replication::none;
}

void take_parameter(StartupPacket& packet, std::string_view name, std::string value) {
    if (name == "user")
        packet.user = value.substr(0, k_longest_name);
    else if (name == "database")
        packet.database = value.substr(0, k_longest_name);
    else if (name == "replication")
        packet.replication = parse_replication(value);
    else if (name == "options")
        packet.options = std::move(value);
    else if (name.starts_with("_pq_."))
        packet.protocol_options.emplace_back(name);
    else
        packet.settings.emplace_back(name, std::move(value));
}
}  // namespace
//! [take-parameter]

//! [parse-startup-packet]
StartupPacket parse_startup_packet(std::int32_t version, std::string_view body) {
    const int major = version >> 16, minor = version & 0xFFFF;
    if (major != 3)
        throw Fatal(sqlstate::feature_not_supported,
                    "unsupported frontend protocol {}.{}: server supports 3.0 to 3.2", major, minor);
    StartupPacket packet;
    packet.version = version;
    // Names and values in turn, each ended by a NUL; an empty name ends the list, and the packet with it.
    const auto next = [&body] {
        const std::size_t end = body.find('\0');
        if (end == std::string_view::npos)
            throw Fatal(sqlstate::protocol_violation,
                        "invalid startup packet layout: expected terminator as last byte");
        const std::string_view text = body.substr(0, end);
        body.remove_prefix(end + 1);
        return text;
    };
    for (std::string_view name = next(); !name.empty(); name = next())
        take_parameter(packet, name, std::string(next()));
    if (!body.empty())
        throw Fatal(sqlstate::protocol_violation,
                    "invalid startup packet layout: expected terminator as last byte");
    if (packet.user.empty())
        throw Fatal(sqlstate::invalid_authorization_specification,
                    "no PostgreSQL user name specified in startup packet");
    if (packet.database.empty()) packet.database = packet.user;
    return packet;
}
//! [parse-startup-packet]

}  // namespace forklore
