/// \file
/// The server as it stands after chapter 5: it has processes of its own, and can be taught more by libraries that it loads.
#include "background_workers/subsystem.hpp"
#include "lwlocks/subsystem.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), lwlocks_subsystem(),
                             signaling_subsystem(), background_workers_subsystem()));
}
