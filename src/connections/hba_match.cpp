/// \file
/// The part of host rules that compares: which rule fits a client.
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>

#include "connections/hba.hpp"

namespace forklore {

namespace {

//! [match-names]
bool matches_database(const AccessToken& words, const Applicant& applicant) {
    return std::any_of(words.begin(), words.end(), [&](const AccessWord& word) {
        if (applicant.replication) return word.is("replication");  // a walsender enters by its own word only
        if (word.is("all")) return true;
        // No role has members yet: "same role" is the role of the database's name itself.
        if (word.is("sameuser") || word.is("samerole") || word.is("samegroup"))
            return applicant.database == applicant.user;
        return !word.is("replication") && word.text == applicant.database;
    });
}

bool matches_user(const AccessToken& words, const Applicant& applicant) {
    return std::any_of(words.begin(), words.end(), [&](const AccessWord& word) {
        if (word.is("all")) return true;
        return word.text == applicant.user || (!word.quoted && word.text == '+' + applicant.user);
    });
}
//! [match-names]

//! [match-network]
std::pair<const unsigned char*, int> bytes_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET6)
        return {reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr, 16};
    if (address.ss_family == AF_INET)
        return {
            reinterpret_cast<const unsigned char*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr),
            4};
    return {nullptr, 0};
}

/// Whether two addresses agree in the bits of a mask. \param mask all bits if null.
bool same_network(const sockaddr_storage& a, const sockaddr_storage& b, const sockaddr_storage* mask) {
    if (a.ss_family != b.ss_family) return false;
    const auto [left, count] = bytes_of(a);
    const unsigned char* right = bytes_of(b).first;
    const unsigned char* bits = mask != nullptr ? bytes_of(*mask).first : nullptr;
    for (int i = 0; i < count; ++i)
        if (((left[i] ^ right[i]) & (bits != nullptr ? bits[i] : 0xFF)) != 0) return false;
    return count > 0;
}

//! [match-network]

//! [match-interface]
/// Whether one of this machine's interfaces has the address, or is in its network.
bool matches_interface(const sockaddr_storage& client, bool whole_network) {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_netmask == nullptr ||
            (one->ifa_addr->sa_family != AF_INET && one->ifa_addr->sa_family != AF_INET6))
            continue;
        const std::size_t size =
            one->ifa_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
        sockaddr_storage address{}, mask{};
        std::memcpy(&address, one->ifa_addr, size);
        std::memcpy(&mask, one->ifa_netmask, size);
        if (same_network(client, address, whole_network ? &mask : nullptr)) return true;
    }
    return false;
}
//! [match-interface]

//! [match-host-name]
/// The client's name must fit, and the name must lead back to the client's address: names alone are easily
/// claimed.
bool matches_host_name(const sockaddr_storage& client, const std::string& wanted) {
    char name[NI_MAXHOST];
    const socklen_t size = client.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (getnameinfo(reinterpret_cast<const sockaddr*>(&client), size, name, sizeof name, nullptr, 0,
                    NI_NAMEREQD) != 0)
        return false;
    const std::string found = name;
    const bool fits = wanted[0] != '.'
                          ? strcasecmp(found.c_str(), wanted.c_str()) == 0
                          : found.size() > wanted.size() &&
                                strcasecmp(found.c_str() + found.size() - wanted.size(), wanted.c_str()) == 0;
    addrinfo* first = nullptr;
    if (!fits || getaddrinfo(name, nullptr, nullptr, &first) != 0) return false;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(first, freeaddrinfo);
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        sockaddr_storage address{};
        std::memcpy(&address, one->ai_addr, one->ai_addrlen);
        if (same_network(client, address, nullptr)) return true;
    }
    return false;
}
//! [match-host-name]

//! [match-address]
bool matches_address(const HbaAddress& wanted, const sockaddr_storage& client) {
    switch (wanted.kind) {
        case HbaAddress::Kind::none: return false;
        case HbaAddress::Kind::all: return true;
        case HbaAddress::Kind::samehost: return matches_interface(client, false);
        case HbaAddress::Kind::samenet: return matches_interface(client, true);
        case HbaAddress::Kind::network: return same_network(client, wanted.address, &wanted.mask);
        case HbaAddress::Kind::host_name: return matches_host_name(client, wanted.name);
    }
    return false;
}

bool matches_connection(const HbaRule& rule, const Applicant& applicant) {
    if (rule.type == HbaType::local || applicant.address.is_local())
        return (rule.type == HbaType::local) == applicant.address.is_local();
    if (rule.type == HbaType::hostssl && !applicant.tls) return false;
    if (rule.type == HbaType::hostnossl && applicant.tls) return false;
    if (rule.type == HbaType::hostgssenc) return false;  // no connection is ever encrypted by GSSAPI here
    return matches_address(rule.address, applicant.address.storage);
}
//! [match-address]

}  // namespace

//! [find-rule]
const HbaRule* find_rule(const std::vector<HbaRule>& rules, const Applicant& applicant) {
    for (const HbaRule& rule : rules)
        if (matches_connection(rule, applicant) && matches_database(rule.databases, applicant) &&
            matches_user(rule.users, applicant))
            return &rule;
    return nullptr;
}
//! [find-rule]

}  // namespace forklore
