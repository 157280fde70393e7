// The server after chapter 3, with one layer more.
#include "box_office.hpp"
#include "lwlocks/subsystem.hpp"
#include "shared_memory/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             lwlocks_subsystem(), exercise::box_office_subsystem()));
}
