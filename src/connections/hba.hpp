/// \file
/// Host rules: who may connect from where, and how they must prove who they are. The file is PostgreSQL's
/// pg_hba.conf by another name; the first line that fits decides, there is no second chance.
///
/// Counterpart in PostgreSQL: hba.c.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "connections/access_file.hpp"

namespace forklore {

//! [hba-rule]
/// How a client proves who it is.
enum class AuthMethod { trust, reject, password, scram_sha_256, peer };

/// Kinds of connection that a line speaks of.
enum class HbaType { local, host, hostssl, hostnossl, hostgssenc, hostnogssenc };

//! [hba-rule]
//! [applicant]
/// An address of a client, as the kernel tells it.
struct ClientAddress {
    sockaddr_storage storage{};  ///< family AF_UNIX, AF_INET or AF_INET6
    std::string host;            ///< numeric; "[local]" for a Unix socket
    std::string port;            ///< numeric; empty for a Unix socket
    /// Whether it came through a Unix socket.
    bool is_local() const { return storage.ss_family == AF_UNIX; }
};

//! [applicant]
//! [hba-rule-fields]
/// What a line asks of an address.
struct HbaAddress {
    /// What kind of thing stands in the address field.
    enum class Kind { none, all, samehost, samenet, network, host_name };
    Kind kind = Kind::none;      ///< which of these
    sockaddr_storage address{};  ///< network: its address
    sockaddr_storage mask{};     ///< network: its mask
    std::string name{};          ///< host_name: the name, or a suffix that begins with a dot
};

/// One line.
struct HbaRule {
    int line = 0;           ///< in the file
    HbaType type{};         ///< kind of connection
    AccessToken databases;  ///< words of the second field
    AccessToken users;      ///< words of the third
    HbaAddress address{};   ///< fourth field; none for local
    AuthMethod method{};    ///< what then
    std::string text{};     ///< as written
};

//! [hba-rule-fields]
//! [applicant-fields]
/// What is known of a client when a rule is looked for.
struct Applicant {
    ClientAddress address;     ///< from where
    bool tls = false;          ///< over TLS
    std::string user;          ///< whom it wants to be
    std::string database;      ///< what it wants to use
    bool replication = false;  ///< wants a walsender
};

//! [applicant-fields]
//! [hba-functions]
/// Reads the file. Every wrong line is logged. \param path of hba.conf. \return the rules.
/// Throws Error F0000 when any line is wrong, or the file cannot be read or holds no rule.
std::vector<HbaRule> read_hba_file(const std::string& path);

/// Makes a rule of a line. Throws Error F0000 saying what is wrong with it. \param line with at least one
/// token.
HbaRule parse_hba_line(const AccessLine& line);

/// The first rule that fits, or null. \param rules in order. \param applicant who wants in.
const HbaRule* find_rule(const std::vector<HbaRule>& rules, const Applicant& applicant);

/// The method as it is written. \param method which
std::string_view method_name(AuthMethod method);
//! [hba-functions]

}  // namespace forklore
