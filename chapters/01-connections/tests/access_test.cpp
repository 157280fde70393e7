// The files of the door: their form, the host rules, roles, and who is let through which line.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "connections/access_file.hpp"
#include "connections/hba.hpp"
#include "connections/roles.hpp"
#include "tests/catch.hpp"

using namespace forklore;

namespace {

std::vector<HbaRule> rules_of(const std::string& text) {
    std::vector<HbaRule> rules;
    for (const AccessLine& line : parse_access_text(text, "/nowhere")) rules.push_back(parse_hba_line(line));
    return rules;
}

std::string complaint_about(const std::string& line) {
    try {
        rules_of(line);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

Applicant from(const std::string& host, std::string user = "alice", std::string database = "postgres",
               bool tls = false) {
    Applicant applicant;
    applicant.user = std::move(user);
    applicant.database = std::move(database);
    applicant.tls = tls;
    applicant.address.host = host;
    sockaddr_storage& storage = applicant.address.storage;
    if (host == "[local]")
        storage.ss_family = AF_UNIX;
    else if (host.find(':') != std::string::npos) {
        storage.ss_family = AF_INET6;
        inet_pton(AF_INET6, host.c_str(), &reinterpret_cast<sockaddr_in6&>(storage).sin6_addr);
    } else {
        storage.ss_family = AF_INET;
        inet_pton(AF_INET, host.c_str(), &reinterpret_cast<sockaddr_in&>(storage).sin_addr);
    }
    return applicant;
}

int line_for(const std::string& text, const Applicant& applicant) {
    const std::vector<HbaRule> rules = rules_of(text);
    const HbaRule* rule = find_rule(rules, applicant);
    return rule != nullptr ? rule->line : 0;
}

}  // namespace

TEST_CASE("an access file is words, commas, quotes and comments") {
    const auto lines = parse_access_text("# nothing\n\n  a,b , c \"d e\" # rest\n\"#x\"\"y\" z", "/nowhere");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].number == 3);
    REQUIRE(lines[0].tokens.size() == 2);
    CHECK(lines[0].tokens[0].size() == 3);
    CHECK(lines[0].tokens[0][2].text == "c");
    CHECK(lines[0].tokens[1][0].text == "d e");
    CHECK(lines[0].tokens[1][0].quoted);
    CHECK(lines[1].tokens[0][0].text == "#xy");
    CHECK(lines[1].tokens[1][0].is("z"));
}

TEST_CASE("an access file that ends inside a quote is refused with its line") {
    try {
        parse_access_text("good\n\"bad\n", "/nowhere");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == sqlstate::config_file_error);
        CHECK(error.report().context == "line 2");
    }
}

TEST_CASE(
    "a word that begins with @ stands for the words of a file, and files that include each other end in an "
    "error") {
    char folder[] = "/tmp/forklore-access-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    std::ofstream(std::string(folder) + "/names") << "bob, carol\n# none\n\"dave\"\n";
    std::ofstream(std::string(folder) + "/loop") << "@loop\n";
    const auto lines = parse_access_text("alice,@names x", folder);
    REQUIRE(lines[0].tokens.size() == 2);
    CHECK(lines[0].tokens[0].size() == 4);
    CHECK(lines[0].tokens[0][3].text == "dave");
    CHECK_THROWS_AS(parse_access_text("@loop", folder), Error);
    CHECK_THROWS_AS(parse_access_text("@missing", folder), Error);
    std::filesystem::remove_all(folder);
}

TEST_CASE("a host rule with a mistake is refused, and the message says which") {
    CHECK(complaint_about("bad all all trust") == "invalid connection type \"bad\"");
    CHECK(complaint_about("local") == "end-of-line before database specification");
    CHECK(complaint_about("local all") == "end-of-line before role specification");
    CHECK(complaint_about("local all all") == "end-of-line before authentication method");
    CHECK(complaint_about("local all all nonsense") == "invalid authentication method \"nonsense\"");
    CHECK(complaint_about("local all all ldap") == "authentication method \"ldap\" is not supported");
    CHECK(complaint_about("host all all") == "end-of-line before IP address specification");
    CHECK(complaint_about("host all all 1.2.3.4 trust") == "invalid IP mask \"trust\"");
    CHECK(complaint_about("host all all 1.2.3.4/33 trust") == "invalid CIDR mask in address \"1.2.3.4/33\"");
    CHECK(complaint_about("host all all 1.2.3.4/x trust") == "invalid CIDR mask in address \"1.2.3.4/x\"");
    CHECK(complaint_about("host all all 1.2.3.4 ffff:: trust") == "IP address and mask do not match");
    CHECK(complaint_about("host all all some.where/8 trust") ==
          "specifying both host name and CIDR mask is invalid: \"some.where/8\"");
    CHECK(complaint_about("host all all all peer") ==
          "peer authentication is only supported on local sockets");
    CHECK(complaint_about("local all all trust map=x") == "authentication option \"map=x\" is not supported");
    CHECK(complaint_about("local all all trust") == "none");
}

TEST_CASE("the first host rule that fits decides") {
    const std::string rules =
        "local   all       alice            trust\n"
        "local   all       all              reject\n"
        "hostssl all       all  10.0.0.0/8  trust\n"
        "host    sameuser  all  10.1.0.0 255.255.0.0 trust\n"
        "host    postgres,\"all\" +bob,carol ::1/128 trust\n"
        "hostnossl replication all 127.0.0.1/32 trust\n"
        "host    all       all  127.0.0.0/25 trust\n";
    CHECK(line_for(rules, from("[local]")) == 1);
    CHECK(line_for(rules, from("[local]", "bob")) == 2);
    CHECK(line_for(rules, from("10.9.9.9", "alice", "postgres", true)) == 3);
    CHECK(line_for(rules, from("10.1.9.9", "alice", "alice")) == 4);
    CHECK(line_for(rules, from("10.1.9.9", "alice", "postgres")) == 0);
    CHECK(line_for(rules, from("::1", "bob")) == 5);
    CHECK(line_for(rules, from("::1", "carol", "all")) == 5);  // the quoted word is a name
    CHECK(line_for(rules, from("::1", "carol", "other")) == 0);
    CHECK(line_for(rules, from("::2", "bob")) == 0);
    CHECK(line_for(rules, from("127.0.0.127")) == 7);
    CHECK(line_for(rules, from("127.0.0.128")) == 0);
    Applicant walsender = from("127.0.0.1");
    walsender.replication = true;
    CHECK(line_for(rules, walsender) == 6);  // "all" does not cover replication
}

TEST_CASE("roles and databases read back as they were written") {
    char folder[] = "/tmp/forklore-roles-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    write_roles(folder, {{.name = "a b#", .superuser = true},
                         {.name = "x",
                          .login = false,
                          .connection_limit = 3,
                          .valid_until = 12345,
                          .secret = "SCRAM-SHA-256$1:x$y:z"}});
    const std::vector<Role> roles = read_roles(folder);
    REQUIRE(roles.size() == 2);
    CHECK(roles[0].name == "a b#");
    CHECK(roles[0].superuser);
    CHECK(roles[0].login);
    CHECK(roles[0].connection_limit == -1);
    CHECK_FALSE(roles[1].login);
    CHECK(roles[1].connection_limit == 3);
    CHECK(roles[1].valid_until == 12345);
    CHECK(roles[1].secret == "SCRAM-SHA-256$1:x$y:z");
    write_databases(folder, {{"postgres"}, {"template0", false}});
    const std::vector<Database> databases = read_databases(folder);
    REQUIRE(databases.size() == 2);
    CHECK(databases[0].allow_connections);
    CHECK_FALSE(databases[1].allow_connections);
    std::filesystem::remove_all(folder);
}
