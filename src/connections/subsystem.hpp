/// \file
/// Subsystem: the one seam between a layer and the postmaster.
///
/// The postmaster knows no layer by name. Each layer hands it one object, and the list of these objects in
/// `main` is the architecture of the server: \code int main(int argc, char** argv) {
///     return forklore::run_server(argc, argv, forklore::layers(forklore::queries_subsystem(),
///                                                           forklore::connections_subsystem()));
/// }
/// \endcode
/// Hooks are called in the order of the list, those that take something down in the opposite order. If a
/// layer needs a moment that is not here, the seam is widened for all.
///
/// Counterpart in PostgreSQL: none; there PostmasterMain and CreateSharedMemoryAndSemaphores call each layer
/// by name.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "connections/registrar.hpp"

namespace forklore {

//! [subsystem]
class Nursery;
class Registry;
class Settings;
struct SessionParts;

/// What a layer may do in the life of the server. All hooks are optional.
class Subsystem {
public:
    virtual ~Subsystem() = default;

    /// The layer's name, as its folder is called.
    virtual std::string_view name() const = 0;

    /// Adds the layer's settings. The first hook; no file has been read yet. \param to the process's
    /// registry.
    virtual void define_settings(Settings& to) { (void)to; }

    /// Adds the layer's types, functions and views. Settings have their values. \param to the process's
    /// registry.
    virtual void register_sql(Registry& to) { (void)to; }

    /// In the postmaster, once, before the first child is forked and after the data directory has been
    /// locked. Throws Error to refuse the start.
    virtual void start() {}

    /// In the postmaster, once, after start(): says what the layer will keep in shared memory. Throws Error
    /// to refuse the start.
    virtual void request_shared_memory() {}

    /// In the postmaster, once shared memory exists; and again when it has been made anew after a crash. No
    /// child lives then that has seen the old one. Throws Error to refuse the start.
    virtual void create_shared() {}

    /// Who keeps the register of processes, if this layer does. \return lives as long as this; null: somebody
    /// else
    virtual Registrar* registrar() { return nullptr; }

    /// In a child, just after fork: before it reads its client's first byte.
    virtual void in_child() {}

    /// In a child that serves a client, before its session begins: puts in what the layer takes part with.
    /// \param parts of that session
    virtual void join_session(SessionParts& parts) { (void)parts; }

    /// In a child that ends of its own accord, last of all: gives back what it shares with others. Not called
    /// in one that is killed: see bury(). Called in the opposite order.
    virtual void leaving() noexcept {}

    /// In an undertaker: clears away what a process left that was killed while it held nothing. Called in the
    /// opposite order. Throws Error when it cannot, and then all that is shared is made anew. \param dead who
    /// and how
    virtual void bury(const ChildExit& dead) { (void)dead; }

    /// In the postmaster: settings have been read again.
    virtual void reloaded() {}

    /// In the postmaster, after a child has been reaped. \param exit who and how.
    virtual void child_exited(const ChildExit& exit) { (void)exit; }

    /// In the postmaster: the time to start processes of the layer's own, or to signal them. Called at each moment of the start, and then
    /// after a child has asked for it (SIGUSR1 to the postmaster), after one has been reaped, when the server's state has changed, and when
    /// the layer wanted to be called. \param nursery for this call
    virtual void tend(Nursery& nursery) { (void)nursery; }

    /// In the postmaster, after the last child has gone. Must not throw.
    virtual void shutdown() noexcept {}
};
//! [subsystem]

//! [layers]
/// The layers of a server, lowest first.
using Subsystems = std::vector<std::unique_ptr<Subsystem>>;

/// The query layer as a subsystem: built-in types, functions and views, and their settings.
std::unique_ptr<Subsystem> queries_subsystem();

/// This layer itself.
std::unique_ptr<Subsystem> connections_subsystem();

/// Makes the list: unique_ptrs do not fit into an initializer list. \param layer lowest first.
template <typename... Layer>
Subsystems layers(Layer... layer) {
    Subsystems all;
    (all.push_back(std::move(layer)), ...);
    return all;
}

/// Runs a server made of these layers, with forklore's command line. \param argc from main \param argv from
/// main \param layers lowest first. \return the process's exit status.
int run_server(int argc, char** argv, Subsystems layers);
//! [layers]

}  // namespace forklore
