# find_package(Forklore): what it takes to build a module for an installed server.
#
#   forklore_add_module(<name> <sources>…)      see forklore_add_module.cmake
#   FORKLORE_SERVER                             the server's program
#   FORKLORE_MODULE_DIR                         where it looks for modules
include(CMakeFindDependencyMacro)
find_dependency(fmt)
find_dependency(Boost)

get_filename_component(prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
set(FORKLORE_SERVER ${prefix}/bin/forklore)
set(FORKLORE_MODULE_DIR ${prefix}/lib/forklore)
if(NOT TARGET Forklore::headers)
  add_library(Forklore::headers INTERFACE IMPORTED)
  target_include_directories(Forklore::headers INTERFACE
    ${prefix}/include/forklore $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
  target_link_libraries(Forklore::headers INTERFACE Boost::headers)
  target_compile_features(Forklore::headers INTERFACE cxx_std_20)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/forklore_add_module.cmake)
