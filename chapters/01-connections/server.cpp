/// \file
/// The server as it stands after chapter 1: it accepts, forks and talks; its processes know nothing of each
/// other.
#include "connections/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv, layers(queries_subsystem(), connections_subsystem()));
}
