#include "background_workers/module_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <filesystem>
#include <vector>

#include "background_workers/preload.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace forklore {

namespace {

//! [library-directory]
constexpr std::string_view k_macro = "$libdir", k_suffix = ".so";

std::string find_library_directory() {
    std::error_code ignored;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const std::filesystem::path installed = program.parent_path().parent_path() / "lib/forklore";
    const bool was_built_here = program.native().starts_with(FORKLORE_BUILD_DIRECTORY "/");
    return was_built_here && !std::filesystem::exists(installed, ignored) ? FORKLORE_BUILD_DIRECTORY "/modules"
                                                                          : installed;
}
//! [library-directory]

//! [find-library]
bool is_file(const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 && !S_ISDIR(found.st_mode);
}

// A path with what $libdir stands for.
std::string expand(std::string_view path) {
    if (!path.starts_with('$')) return std::string(path);
    if (!path.starts_with(k_macro) || (path.size() > k_macro.size() && path[k_macro.size()] != '/'))
        throw Error(sqlstate::invalid_name, "invalid macro name in dynamic library path: {}", path);
    return library_directory() + std::string(path.substr(k_macro.size()));
}

// The file of that name along the search path; empty when there is none.
std::string find_on_path(std::string_view name) {
    const std::string& path = setting::dynamic_library_path.value();
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        const std::string folder = expand(std::string_view(path).substr(begin, end - begin));
        if (folder.empty())
            throw Error(sqlstate::invalid_name,
                        "zero-length component in parameter \"dynamic_library_path\"");
        if (!folder.starts_with('/'))
            throw Error(sqlstate::invalid_name,
                        "component in parameter \"dynamic_library_path\" is not an absolute path");
        if (std::string candidate = fmt::format("{}/{}", folder, name); is_file(candidate)) return candidate;
        begin = end + 1;
    }
    return {};
}
//! [find-library]

//! [read-block]
// So many bytes at an offset of a file, as a thing of type T; false when there are not so many.
template <typename T>
bool read_at(int file, std::uint64_t offset, T& to) {
    return pread(file, &to, sizeof to, static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof to);
}

bool is_library(const Elf64_Ehdr& header) {
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_type == ET_DYN && header.e_shentsize == sizeof(Elf64_Shdr);
}
//! [read-block]

}  // namespace

//! [find-library-of-name]
const std::string& library_directory() {
    static const std::string directory = find_library_directory();
    return directory;
}

std::string find_library(std::string_view name) {
    for (const std::string& tried : {std::string(name), std::string(name) + std::string(k_suffix)}) {
        if (name.find('/') == name.npos) {
            if (std::string found = find_on_path(tried); !found.empty()) return found;
        } else if (std::string path = expand(tried); is_file(path)) {
            return path;
        }
    }
    return std::string(name);
}
//! [find-library-of-name]

//! [read-module-block]
std::optional<ModuleBlock> read_module_block(const std::string& path) {
    const UniqueFd file(sys::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // a pipe's other end may never be opened
    struct stat found {};
    if (!file || fstat(file.get(), &found) != 0)
        throw Error(code_for_errno(errno), "could not access file \"{}\": {}", path, errno_text(errno));
    if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
        throw Error(sqlstate::internal_error, "could not load library \"{}\": it is not a regular file", path);
    Elf64_Ehdr header;
    if (!read_at(file.get(), 0, header) || !is_library(header)) return {};
    // The names of the sections lie in a section of their own.
    const auto section = [&](std::uint64_t number, Elf64_Shdr& to) {
        return number < header.e_shnum && read_at(file.get(), header.e_shoff + number * sizeof to, to);
    };
    Elf64_Shdr names, one;
    FixedText<k_module_section.size() + 1> name;
    ModuleBlock block;
    for (std::uint64_t i = 0; section(header.e_shstrndx, names) && section(i, one); ++i) {
        if (one.sh_type != SHT_PROGBITS || !read_at(file.get(), names.sh_offset + one.sh_name, name))
            continue;
        if (name != fixed_text<name.size()>(k_module_section) || one.sh_size < sizeof block) continue;
        if (read_at(file.get(), one.sh_offset, block) && block.magic == fixed_text<16>(k_module_magic))
            return block;
    }
    throw Error(sqlstate::internal_error, "incompatible library \"{}\": missing magic block", path)
        .hint("Modules are required to use the FORKLORE_MODULE macro.");
}
//! [read-module-block]

//! [same-abi]
void require_same_abi(const std::string& path, const ModuleBlock& block) {
    const auto text = [](const auto& fixed) {
        return std::string_view(fixed.data(), strnlen(fixed.data(), fixed.size()));
    };
    if (text(block.server_version) != k_forklore_version)
        throw Error(sqlstate::internal_error, "incompatible library \"{}\": version mismatch", path)
            .detail(fmt::format("Server is version {}, library is version {}.", k_forklore_version,
                                text(block.server_version)));
    if (text(block.abi) != k_abi)
        throw Error(sqlstate::internal_error, "incompatible library \"{}\": ABI mismatch", path)
            .detail(fmt::format("Server has ABI \"{}\", library has \"{}\".", k_abi, text(block.abi)))
            .hint("Compile it again, with the headers of this server.");
}
//! [same-abi]

}  // namespace forklore
