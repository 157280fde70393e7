/// \file
/// ModuleBlock: what a library says of itself, so that a server knows whether it may load it.
///
/// The block lies in a section of its own and is read from the file before the library is loaded: of a library that does not fit, not
/// even a constructor runs.
///
/// Counterpart in PostgreSQL: Pg_magic_struct and PG_MODULE_MAGIC (fmgr.h), which are looked at once the library is loaded.
#pragma once

#include <forklore_headers.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/version.hpp"

namespace forklore {

//! [abi]
/// A text of fixed length, as it lies in a file: filled up with zeros, cut off where it is too long.
template <std::size_t size>
using FixedText = std::array<char, size>;

/// \param from any text \return it, as it lies in a file
template <std::size_t size>
constexpr FixedText<size> fixed_text(std::string_view from) {
    FixedText<size> to{};
    std::copy_n(from.begin(), std::min(from.size(), size - 1), to.begin());
    return to;
}

/// Two that were not compiled from the same headers, by compilers that lay things out alike, do not understand each other. This
/// says so in a text that a person can compare.
#define FORKLORE_TEXT_OF(macro) FORKLORE_TEXT(macro)
/// \copydoc FORKLORE_TEXT_OF
#define FORKLORE_TEXT(text) #text
#ifdef __SANITIZE_ADDRESS__
#define FORKLORE_ABI_SANITIZER ", sanitized"
#else
/// Sanitized code lays out some types of the library in its own way.
#define FORKLORE_ABI_SANITIZER ""
#endif
inline constexpr std::string_view k_abi = "headers " FORKLORE_HEADERS_DIGEST ", C++ ABI " FORKLORE_TEXT_OF(
    __GXX_ABI_VERSION) "." FORKLORE_TEXT_OF(_GLIBCXX_USE_CXX11_ABI) FORKLORE_ABI_SANITIZER;  ///< ours
//! [abi]

//! [block]
/// The first bytes of a block.
inline constexpr std::string_view k_module_magic = "Forklore module";
/// Name of the section that holds it.
inline constexpr std::string_view k_module_section = ".forklore_module";
/// Name of the block once it is loaded.
inline constexpr const char* k_module_block = "forklore_module_block";
/// Name of the function that a module begins with.
inline constexpr const char* k_module_entry = "forklore_module_entry";

/// What a module says of itself. The layout stays as it is for ever: it must be understood in order to be refused.
struct ModuleBlock {
    FixedText<16> magic;           ///< k_module_magic
    FixedText<16> server_version;  ///< k_forklore_version of the headers that it was compiled with
    FixedText<112> abi;            ///< k_abi of those headers
    FixedText<64> name;            ///< what it calls itself
    FixedText<32> version;         ///< its own
};
static_assert(sizeof(ModuleBlock) == 240);

/// A block for the headers at hand. \param name of the module \param version its own
constexpr ModuleBlock make_module_block(std::string_view name, std::string_view version) {
    return {fixed_text<16>(k_module_magic), fixed_text<16>(k_forklore_version), fixed_text<112>(k_abi),
            fixed_text<64>(name), fixed_text<32>(version)};
}
//! [block]

}  // namespace forklore
