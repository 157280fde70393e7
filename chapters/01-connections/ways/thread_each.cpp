/// \file
/// One process, a thread for each client.
#include <thread>

#include "canned.hpp"

//! [loop]
int main(int argc, char** argv) {
    const int listener = ways::listen_at(argc, argv);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client >= 0) std::thread(ways::serve, client).detach();
    }
}
//! [loop]
