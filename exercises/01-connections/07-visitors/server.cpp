// The server after chapter 1, with one layer more.
#include "connections/subsystem.hpp"
#include "visitors.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), exercise::visitors_subsystem()));
}
