/// \file
/// The server as it stands after chapter 3: its processes can wait for each other.
#include "lwlocks/subsystem.hpp"
#include "shared_memory/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(
        argc, argv,
        layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), lwlocks_subsystem()));
}
