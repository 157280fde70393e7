#include "base/wait_event.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace forklore {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(WaitEventClass::k_count)> k_class_names{
    "", "LWLock", "Lock", "BufferPin", "Activity", "Client", "Extension", "IPC", "Timeout", "IO"};

struct Class {
    std::vector<std::string_view> names;
    std::string_view (*namer)(std::uint32_t) = nullptr;
};

// Inside a function, because events are defined while other files' global objects are made.
Class& class_of(WaitEventClass of) {
    static std::array<Class, k_class_names.size()> classes;
    return classes[static_cast<std::size_t>(of)];
}

std::optional<WaitEvent> all_others;  // what names that come too late mean

std::atomic<std::uint32_t> private_word;

}  // namespace

std::atomic<std::uint32_t>* wait_event_word = &private_word;

void report_waits_in(std::atomic<std::uint32_t>* word) noexcept { wait_event_word = word == nullptr ? &private_word : word; }

WaitEvent define_wait_event(WaitEventClass of, std::string_view name) {
    std::vector<std::string_view>& names = class_of(of).names;
    auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end() && all_others) return *all_others;
    if (at == names.end()) at = names.insert(at, name);
    return make_wait_event(of, static_cast<std::uint32_t>(at - names.begin()));
}

void close_wait_events(WaitEvent other) { all_others = other; }

std::span<const std::string_view> wait_event_names(WaitEventClass of) { return class_of(of).names; }

void set_wait_event_namer(WaitEventClass of, std::string_view (*namer)(std::uint32_t)) { class_of(of).namer = namer; }

std::string_view wait_event_type(WaitEvent event) {
    const std::size_t of = event >> 24;
    return of < k_class_names.size() ? k_class_names[of] : "???";
}

std::string_view wait_event_name(WaitEvent event) {
    if (event == k_not_waiting) return "";
    const std::size_t of = event >> 24;
    const std::uint32_t number = event & 0xFFFFFF;
    if (of >= k_class_names.size()) return "???";
    const Class& found = class_of(static_cast<WaitEventClass>(of));
    if (found.namer != nullptr) return found.namer(number);
    return number < found.names.size() ? found.names[number] : "???";
}

}  // namespace forklore
