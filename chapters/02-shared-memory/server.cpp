/// \file
/// The server as it stands after chapter 2: its processes share memory and know of each other.
#include "shared_memory/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv, layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem()));
}
