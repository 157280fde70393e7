/// \file
/// One process, one client after the other.
#include "canned.hpp"

//! [loop]
int main(int argc, char** argv) {
    const int listener = ways::listen_at(argc, argv);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client >= 0) ways::serve(client);
    }
}
//! [loop]
