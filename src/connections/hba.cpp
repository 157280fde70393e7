#include "connections/hba.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

namespace {

//! [hba-words]
constexpr std::array<std::pair<std::string_view, HbaType>, 6> k_types{
    {{"local", HbaType::local},
     {"host", HbaType::host},
     {"hostssl", HbaType::hostssl},
     {"hostnossl", HbaType::hostnossl},
     {"hostgssenc", HbaType::hostgssenc},
     {"hostnogssenc", HbaType::hostnogssenc}}};

// md5 is accepted and means SCRAM: all secrets here are SCRAM verifiers, and PostgreSQL does the same for
// such a secret.
constexpr std::array<std::pair<std::string_view, AuthMethod>, 6> k_methods{
    {{"trust", AuthMethod::trust},
     {"reject", AuthMethod::reject},
     {"password", AuthMethod::password},
     {"scram-sha-256", AuthMethod::scram_sha_256},
     {"md5", AuthMethod::scram_sha_256},
     {"peer", AuthMethod::peer}}};

constexpr std::array<std::string_view, 9> k_unsupported_methods{"ident", "gss", "sspi", "ldap", "radius",
                                                                "cert",  "pam", "bsd",  "krb5"};

template <typename T, std::size_t N>
const T* find_word(const std::array<std::pair<std::string_view, T>, N>& words, const AccessWord& word) {
    for (const auto& [text, meaning] : words)
        if (word.text == text) return &meaning;
    return nullptr;
}

template <typename... Args>
Error wrong(fmt::format_string<Args...> format, Args&&... args) {
    return Error(sqlstate::config_file_error, format, std::forward<Args>(args)...);
}
//! [hba-words]

//! [numeric-address]
/// A numeric address without a look-up; false if the text is none.
bool parse_address(const std::string& text, sockaddr_storage& to) {
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(text.c_str(), nullptr, &wanted, &found) != 0) return false;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
                reinterpret_cast<char*>(&to));
    return true;
}

/// The bytes of an address, in network order, and how many.
std::pair<unsigned char*, int> address_bytes(sockaddr_storage& address) {
    if (address.ss_family == AF_INET6)
        return {reinterpret_cast<sockaddr_in6&>(address).sin6_addr.s6_addr, 16};
    return {reinterpret_cast<unsigned char*>(&reinterpret_cast<sockaddr_in&>(address).sin_addr), 4};
}

bool set_mask(HbaAddress& address, const std::string& bits_text) {
    address.mask.ss_family = address.address.ss_family;
    auto [bytes, count] = address_bytes(address.mask);
    char* end = nullptr;
    const long bits = std::strtol(bits_text.c_str(), &end, 10);
    if (bits_text.empty() || *end != '\0' || bits < 0 || bits > count * 8) return false;
    for (int i = 0; i < count; ++i) {
        const long here = std::min(8L, std::max(0L, bits - i * 8L));
        bytes[i] = static_cast<unsigned char>(0xFF00 >> here);
    }
    return true;
}
//! [numeric-address]

//! [hba-address]
/// The address field, and the mask field behind it if there is one. Moves `next` behind what was used.
HbaAddress parse_address_fields(const AccessLine& line, std::size_t& next) {
    HbaAddress address;
    const AccessToken& token = line.tokens[next++];
    if (token.size() > 1)
        throw wrong("multiple values specified for host address")
            .hint("Specify one address range per line.");
    const AccessWord& word = token.front();
    using Kind = HbaAddress::Kind;
    if (word.is("all")) return address.kind = Kind::all, address;
    if (word.is("samehost")) return address.kind = Kind::samehost, address;
    if (word.is("samenet")) return address.kind = Kind::samenet, address;
    const std::size_t slash = word.text.find('/');
    if (!parse_address(word.text.substr(0, slash), address.address)) {
        if (slash != std::string::npos)
            throw wrong("specifying both host name and CIDR mask is invalid: \"{}\"", word.text);
        return address.kind = Kind::host_name, address.name = word.text, address;
    }
    address.kind = Kind::network;
    if (slash != std::string::npos) {
        if (!set_mask(address, word.text.substr(slash + 1)))
            throw wrong("invalid CIDR mask in address \"{}\"", word.text);
        return address;
    }
    if (next >= line.tokens.size()) throw wrong("end-of-line before netmask specification");
    const std::string& mask = line.tokens[next++].front().text;
    if (!parse_address(mask, address.mask)) throw wrong("invalid IP mask \"{}\"", mask);
    if (address.mask.ss_family != address.address.ss_family) throw wrong("IP address and mask do not match");
    return address;
}
//! [hba-address]

}  // namespace

//! [parse-hba-line]
HbaRule parse_hba_line(const AccessLine& line) {
    HbaRule rule;
    rule.line = line.number;
    rule.text = line.text;
    std::size_t next = 0;
    auto field = [&](const char* what) -> const AccessToken& {
        if (next >= line.tokens.size()) throw wrong("end-of-line before {}", what);
        return line.tokens[next++];
    };
    const AccessToken& type = field("connection type specification");
    if (type.size() > 1)
        throw wrong("multiple values specified for connection type")
            .hint("Specify exactly one connection type per line.");
    const HbaType* known = find_word(k_types, type.front());
    if (known == nullptr) throw wrong("invalid connection type \"{}\"", type.front().text);
    rule.type = *known;
    rule.databases = field("database specification");
    rule.users = field("role specification");
    if (rule.type != HbaType::local) {
        if (next >= line.tokens.size()) throw wrong("end-of-line before IP address specification");
        rule.address = parse_address_fields(line, next);
    }
    const AccessToken& method = field("authentication method");
    if (method.size() > 1)
        throw wrong("multiple values specified for authentication type")
            .hint("Specify exactly one authentication type per line.");
    const AuthMethod* found = find_word(k_methods, method.front());
    if (found == nullptr) {
        for (const std::string_view unsupported : k_unsupported_methods)
            if (method.front().text == unsupported)
                throw wrong("authentication method \"{}\" is not supported", unsupported);
        throw wrong("invalid authentication method \"{}\"", method.front().text);
    }
    rule.method = *found;
    if (rule.method == AuthMethod::peer && rule.type != HbaType::local)
        throw wrong("peer authentication is only supported on local sockets");
    if (next < line.tokens.size())
        throw wrong("authentication option \"{}\" is not supported", line.tokens[next].front().text);
    return rule;
}
//! [parse-hba-line]

//! [read-hba-file]
namespace {
/// What there is to say of a line.
Report in_line(Error what, const AccessLine& line, const std::string& path) {
    what.report().severity = Severity::log;
    what.report().context = fmt::format("line {} of configuration file \"{}\"", line.number, path);
    return what.report();
}
}  // namespace

std::vector<HbaRule> read_hba_file(const std::string& path) {
    std::vector<HbaRule> rules;
    int mistakes = 0;
    const std::vector<AccessLine> lines = read_access_file(path);
    for (const AccessLine& line : lines) {
        try {
            rules.push_back(parse_hba_line(line));
            if (rules.back().type == HbaType::hostssl && !setting::ssl.value())
                report_to_log(in_line(Error(sqlstate::config_file_error,
                                            "hostssl record cannot match because SSL is disabled")
                                          .hint("Set ssl = on in forklore.conf."),
                                      line, path));
        } catch (Error& error) {
            ++mistakes;
            report_to_log(in_line(std::move(error), line, path));
        }
    }
    if (mistakes > 0) throw wrong("configuration file \"{}\" contains errors", path);
    if (rules.empty()) throw wrong("configuration file \"{}\" contains no entries", path);
    return rules;
}
//! [read-hba-file]

//! [method-name]
std::string_view method_name(AuthMethod method) {
    for (const auto& [text, meaning] : k_methods)
        if (meaning == method) return text;
    return "";
}
//! [method-name]

}  // namespace forklore
