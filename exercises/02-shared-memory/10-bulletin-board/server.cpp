// The server after chapter 2, with one layer more.
#include "board.hpp"
#include "shared_memory/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             exercise::board_subsystem()));
}
