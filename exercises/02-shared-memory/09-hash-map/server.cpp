// The server after chapter 2, with a directory of its processes in the student's hash map.
#include "process_directory.hpp"
#include "shared_memory/subsystem.hpp"

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             exercise::process_directory_subsystem()));
}
