/// \file
/// What tests with shared memory have in common: a small server's shared memory, and children with slots in it.
#pragma once

#include <sched.h>

#include <csignal>
#include <fstream>
#include <string>

#include "base/interrupts.hpp"
#include "base/settings.hpp"
#include "connections/connection_settings.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/shared_memory_settings.hpp"
#include "tests/child_process.hpp"

namespace forklore::testing {

/// Defines this layer's settings in this process, once: a server for five clients.
inline void define_small_server() {
    static const bool defined = [] {
        define_connection_settings(settings());
        define_shared_memory_settings(settings());
        settings().set("max_connections", "5", SettingSource::command_line);
        settings().set("max_half_open_connections", "3", SettingSource::command_line);
        return true;
    }();
    (void)defined;
}

/// That server's shared memory, made anew: what was there before is forgotten, and this process's slot with it.
inline void fresh_shared_memory() {
    define_small_server();
    static const bool requested = (process_table().request(), request_dynamic_register(), true);
    (void)requested;
    process_table().attach(k_no_slot);
    segment().create();
    process_table().create();
    create_dynamic_register();
}

/// Waits until a process sleeps in the kernel, whatever for, or has ended. \param pid of a child
inline void until_asleep_in_kernel(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    for (char state = 'R'; state == 'R' || state == 'D'; ::sched_yield()) {
        std::string stat;
        std::getline(std::ifstream(path), stat);
        const std::size_t name_end = stat.rfind(") ");
        state = name_end == std::string::npos ? 'X' : stat[name_end + 2];
    }
}

/// In a child: SIGQUIT tells it to drop everything, which it does with status 3.
inline void quit_with_3() {
    set_quit_handler([] { ::_exit(3); });
    struct sigaction act {};
    act.sa_handler = [](int) { raise_interrupt(); };
    act.sa_flags = SA_RESTART;
    ::sigaction(SIGQUIT, &act, nullptr);
}

/// A child with a slot, made as the postmaster makes one.
struct Seated {
    /// \param body runs in the child once it has its slot.
    template <typename Body>
    explicit Seated(Body body) : number(process_table().assign(ProcessKind::client_backend)), child([=, this] {
            process_table().attach(number);
            body();
        }) {
        process_table().born(number, child.pid());
    }
    SlotNumber number;   ///< its slot, which stays taken
    ChildProcess child;  ///< the process
};

}  // namespace forklore::testing
