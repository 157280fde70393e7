# Archives in place of shared libraries.
#
# Each shared library costs a forking server at every connection: about five mappings that fork copies and exit takes
# down, and page faults of their own in every child (book, "What a connection costs"). Where the system has the archives,
# a release is linked from them; the C library stays shared, since it loads what /etc/nsswitch.conf asks for.
#
# Loadable modules stay possible: a program that is linked with ENABLE_EXPORTS shows its modules the C++ runtime that is
# in it together with its own functions, so that there is one runtime in the process and an exception crosses either way.
option(FORKLORE_STATIC_LIBRARIES "Link libraries from their archives where the system has them" ON)
if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
  set(FORKLORE_STATIC_LIBRARIES OFF)
endif()

# What servers are linked with.
add_library(forklore_server_flags INTERFACE)
if(NOT FORKLORE_SANITIZE)
  # All symbols are looked up once, before the first fork, instead of once in every child.
  target_link_options(forklore_server_flags INTERFACE -Wl,-z,now)
endif()

include(CheckCXXSourceCompiles)

# Links the archives of a library and of what it needs in place of an imported target's shared ones, if a program that
# calls it can be linked so; leaves the target as it is otherwise.
#
#   forklore_use_archives(<imported target> <prefix of pkg_check_modules> <program>)
function(forklore_use_archives target prefix program)
  if(NOT FORKLORE_STATIC_LIBRARIES)
    return()
  endif()
  foreach(name IN LISTS ${prefix}_STATIC_LIBRARIES)
    set(archive archive-NOTFOUND)
    if(NOT name MATCHES "^(c|dl|m|pthread|rt)$")
      find_library(archive NAMES lib${name}.a HINTS ${${prefix}_STATIC_LIBRARY_DIRS} NO_CACHE)
    endif()
    if(archive)
      list(APPEND CMAKE_REQUIRED_LIBRARIES ${archive})
    else()
      list(APPEND CMAKE_REQUIRED_LIBRARIES -l${name})
    endif()
  endforeach()
  list(APPEND CMAKE_REQUIRED_INCLUDES ${${prefix}_INCLUDE_DIRS})
  check_cxx_source_compiles("${program}" FORKLORE_ARCHIVES_OF_${prefix})
  if(FORKLORE_ARCHIVES_OF_${prefix})
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${CMAKE_REQUIRED_LIBRARIES}")
  endif()
endfunction()
forklore_use_archives(PkgConfig::LIBBSD LIBBSD "#include <sys/types.h>\n#include <bsd/readpassphrase.h>\n#include <md5.h>\nint main() { MD5_CTX c; MD5Init(&c); char p; return readpassphrase(\"\", &p, 1, 0) == nullptr; }")
forklore_use_archives(PkgConfig::LIBIDN LIBIDN "#include <stringprep.h>\nint main() { return stringprep_check_version(nullptr) == nullptr; }")
forklore_use_archives(PkgConfig::PROTOBUF_C PROTOBUF_C "#include <protobuf-c/protobuf-c.h>\nint main() { return *protobuf_c_version(); }")
forklore_use_archives(PkgConfig::RE2 RE2 "#include <re2/re2.h>\nint main() { return RE2::FullMatch(\"a\", \"a\"); }")
forklore_use_archives(PkgConfig::OPENSSL OPENSSL "#include <openssl/ssl.h>\nint main() { return SSL_CTX_new(TLS_server_method()) != nullptr; }")

# fmt has no archive in Debian. Its headers hold what is needed to make one: what its own build makes libfmt.a of.
set(FORKLORE_FMT fmt::fmt)
if(FORKLORE_STATIC_LIBRARIES)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static-libstdc++ -static-libgcc)
  check_cxx_source_compiles("#include <iostream>\nint main() { std::cout << 1; }" FORKLORE_ARCHIVE_OF_RUNTIME)
  set(CMAKE_REQUIRED_LINK_OPTIONS)
  if(FORKLORE_ARCHIVE_OF_RUNTIME)
    target_link_options(forklore_server_flags INTERFACE -static-libstdc++ -static-libgcc)
  endif()
  set(fmt_source [[
#include <fmt/format-inl.h>
FMT_BEGIN_NAMESPACE
namespace detail {
template FMT_API auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template FMT_API auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template FMT_API locale_ref::locale_ref(const std::locale&);
template FMT_API auto locale_ref::get<std::locale>() const -> std::locale;
template FMT_API auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref) -> char;
template FMT_API void buffer<char>::append(const char*, const char*);
template FMT_API void vformat_to(buffer<char>&, string_view, format_args, locale_ref);
}
FMT_END_NAMESPACE
]])
  set(CMAKE_REQUIRED_FLAGS -std=c++20)
  check_cxx_source_compiles("${fmt_source}int main() { return fmt::format(\"{} {:L} {:.2f}\", 1, 2, 3.0).size() == 0; }"
                            FORKLORE_ARCHIVE_OF_FMT)
  if(FORKLORE_ARCHIVE_OF_FMT)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/fmt.cpp CONTENT "${fmt_source}" @ONLY)
    add_library(forklore_fmt STATIC ${CMAKE_BINARY_DIR}/fmt.cpp)
    target_include_directories(forklore_fmt SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
    set(FORKLORE_FMT forklore_fmt)
  endif()
endif()
