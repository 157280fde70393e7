// The system's time zone database: one file for each zone, found by name whatever its case.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "queries/types/time_zone.hpp"

namespace forklore {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_zone_folder = "/usr/share/zoneinfo";
constexpr std::size_t k_longest_name = 255;

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

/// The folder's entry of that name, whatever the case. Hidden entries, "." and ".." among them, are not for clients.
std::string find_entry(const fs::path& folder, std::string_view name) {
    if (name.empty() || name.front() == '.') return {};
    std::error_code error;
    if (fs::exists(folder / name, error)) return std::string(name);
    const std::string wanted = upper(name);
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
        if (std::string candidate = entry.path().filename().string(); upper(candidate) == wanted) return candidate;
    return {};
}

std::unique_ptr<TimeZone> load(std::string_view name) {
    if (name.find('\0') != std::string_view::npos) return nullptr;
    fs::path path = k_zone_folder;
    std::string canonical;
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t slash = std::min(name.find('/', at), name.size());
        const std::string entry = find_entry(path, name.substr(at, slash - at));
        if (entry.empty()) return nullptr;
        path /= entry;
        canonical += (canonical.empty() ? "" : "/") + entry;
        at = slash + 1;
    }
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return nullptr;
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return TimeZone::from_file(std::move(canonical), bytes);
}

/// All zones that were asked for, by upper-case name.
std::map<std::string, std::unique_ptr<TimeZone>>& loaded() {
    static std::map<std::string, std::unique_ptr<TimeZone>> zones;
    return zones;
}

}  // namespace

const TimeZone* find_time_zone(std::string_view name) {
    if (name.empty() || name.size() > k_longest_name) return nullptr;
    std::string key = upper(name);
    if (const auto known = loaded().find(key); known != loaded().end()) return known->second.get();
    // The two names that must work everywhere need no file.
    std::unique_ptr<TimeZone> zone = key == "GMT" ? nullptr : load(name);
    if (!zone) zone = TimeZone::from_posix(key == "GMT" || key == "UTC" ? key + "0" : key, key);
    if (!zone) return nullptr;
    return loaded().emplace(std::move(key), std::move(zone)).first->second.get();
}

const TimeZone* fixed_time_zone(std::int32_t offset) {
    std::unique_ptr<TimeZone> zone = TimeZone::fixed(offset);
    std::string key = zone->name();
    return loaded().try_emplace(std::move(key), std::move(zone)).first->second.get();
}

std::vector<std::string> all_time_zone_names() {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator i(k_zone_folder, error), end; i != end; i.increment(error)) {
        // By its own name: a link has one of its own.
        const std::string name = i->path().lexically_relative(k_zone_folder).string();
        if (i->path().filename().string().front() == '.') {
            i.disable_recursion_pending();
            continue;
        }
        if (i->is_regular_file(error) && load(name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace forklore
