// The server after chapter 4, with one layer more.
#include "lwlocks/subsystem.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/subsystem.hpp"
#include "tide_gauge.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             lwlocks_subsystem(), signaling_subsystem(), exercise::tide_gauge_subsystem()));
}
