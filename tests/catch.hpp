/// \file
/// Catch2 as this system has it: Debian 12 ships version 2, newer systems version 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::Equals;
#else
#include <catch2/catch.hpp>
using Catch::Matchers::Equals;
#endif
