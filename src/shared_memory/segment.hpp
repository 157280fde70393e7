/// \file
/// Segment: the memory that all processes of the server share.
///
/// It is made once, before the first child is forked, and has the same address in every process; it never grows. So its life
/// has two phases. First every layer says how much it will need (request()). Then the postmaster adds it all up and makes the
/// segment (create()), and from then on any process may ask for a structure by its name (find_or_create()): the first one that
/// asks initialises it, the others get the same address.
///
/// Nothing is ever given back, except all of it: after a crash the postmaster makes a new segment (create() again).
///
/// Counterpart in PostgreSQL: ipci.c (CreateSharedMemoryAndSemaphores), shmem.c (ShmemInitStruct, ShmemIndex).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace forklore {

//! [shareable]
/// Whether a type may stand in the segment: a plain thing that needs no destructor and points to nobody's private memory.
/// A type that is more (it has a semaphore, a lock, atomics) is marked by whoever looked closely: `using Shareable = void;` in it.
template <typename T>
inline constexpr bool k_shareable = std::is_trivially_copyable_v<T> || requires { typename T::Shareable; };
//! [shareable]

//! [alignment]
/// Structures in the segment begin on boundaries of so many bytes: two cache lines, which processors fetch together.
inline constexpr std::size_t k_shared_alignment = 128;
//! [alignment]

//! [allocation]
/// One named structure, as pg_shmem_allocations shows it.
struct SharedStructure {
    std::string name;       ///< as it was asked for
    std::size_t offset;     ///< bytes from the segment's beginning
    std::size_t size;       ///< bytes asked for
    std::size_t allocated;  ///< bytes taken
};
//! [allocation]

//! [segment]
/// \copydoc segment.hpp
class Segment {
public:
    Segment();
    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    /// First phase: announces a structure. Throws Error 55000 once the segment exists, and XX000 when the name has been
    /// requested with another size.
    /// \param name of the structure. \param bytes that it takes.
    void request(std::string_view name, std::size_t bytes);

    /// The same for many in a row. Throws also Error 54000 when there can be no memory of that size.
    /// \tparam T what each is. \param name of the whole. \param count how many.
    template <typename T>
    void request_array(std::string_view name, std::size_t count) {
        request(name, size_of_many(sizeof(T), count));
    }

    /// Bytes that create() would map now, by all that has been requested. Throws Fatal 54000 when no size_t holds so many.
    std::size_t requested_bytes() const;

    /// Ends the first phase: maps a segment of zeros, large enough for all requests. Called again (by a postmaster without
    /// children), it throws the old segment away; the requests stand. Throws Fatal 53200 when the machine has not so much memory, Error
    /// 54000 when no machine could.
    void create();

    /// Whether create() has been called.
    bool exists() const { return base_ != nullptr; }
    /// Whether something lies in it, and so at the same address in every process. \param address of the thing.
    bool contains(const void* address) const {
        return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(base_) < size_;
    }
    /// Bytes mapped; 0 before create().
    std::size_t size() const { return size_; }
    /// Whether it lies in huge pages.
    bool in_huge_pages() const { return huge_pages_; }

    /// The structure of this name; made by the first caller, in whichever process, and the same for all others. Throws
    /// Error 53200 when there is no room, XX000 when the structure exists with another size, and what T's constructor throws
    /// (then it does not exist).
    /// \tparam T what it is. \param name of the structure. \param arguments for its constructor.
    template <typename T, typename... A>
    T& find_or_create(std::string_view name, A&&... arguments) {
        static_assert(k_shareable<T>, "only plain things may stand in shared memory: see k_shareable");
        return *static_cast<T*>(place(name, sizeof(T), [&](void* at) { new (at) T{std::forward<A>(arguments)...}; }));
    }

    /// The same for many in a row. Memory of the segment is zero when it is new, and a T that zeros make complete is not written
    /// to, so that pages nobody uses are never there.
    /// \tparam T what each is. \param name of the whole. \param count how many.
    template <typename T>
    T* find_or_create_array(std::string_view name, std::size_t count) {
        static_assert(k_shareable<T>, "only plain things may stand in shared memory: see k_shareable");
        return static_cast<T*>(place(name, size_of_many(sizeof(T), count), [&](void* at) {
            if constexpr (!std::is_trivially_default_constructible_v<T>) std::uninitialized_default_construct_n(static_cast<T*>(at), count);
        }));
    }

    /// All named structures, in the order of their offsets.
    std::vector<SharedStructure> structures() const;
    /// Bytes that no structure has taken, those among them that serve the directory left out.
    std::size_t free_bytes() const;
    /// Bytes that the directory takes, and what alignment costs.
    std::size_t directory_bytes() const;

private:
    struct Directory;
    struct Request {
        std::string name;
        std::size_t bytes;
    };
    static std::size_t size_of_many(std::size_t each, std::size_t count);
    void* place(std::string_view name, std::size_t bytes, const std::function<void(void*)>& initialise);
    void map(std::size_t bytes);
    void unmap();

    std::vector<Request> requests_;
    std::unique_ptr<Directory> directory_;
    void* base_ = nullptr;
    std::size_t size_ = 0;
    bool huge_pages_ = false;
};

/// This server's segment. Before create() it takes requests.
Segment& segment();
//! [segment]

}  // namespace forklore
