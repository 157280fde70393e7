// Runs SQL through a session without a server and prints what psql -At would: for comparing with a real PostgreSQL.
//
//   sql < file.sql        one statement a line, or several lines ended by a line `;;`
#include <iostream>
#include <string>

#include "tests/queries/harness.hpp"

int main() {
    forklore::test::Client client;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        std::cout << "> " << line << '\n';
        const std::string answer = client.describe(line);
        if (!answer.empty()) std::cout << answer << '\n';
        std::cout.flush();
    }
}
