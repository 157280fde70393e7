/// \file
/// The finished server: all layers, lowest first. This list is the architecture.
#include "background_workers/subsystem.hpp"
#include "lwlocks/subsystem.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             lwlocks_subsystem(), signaling_subsystem(), background_workers_subsystem()));
}
