# A module: a shared library that a server loads. What it calls is in the server, so it is linked with nothing of it.
#
#   forklore_add_module(<name> <sources>…)
#
# makes <name>.so. `cmake --install` puts it where the server looks for modules. Its own functions are its own, also where the server has one of the same
# name. Its variables are not: those that come from the server's headers must be the server's, so that there is one of each.
function(forklore_add_module name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE Forklore::headers)
  target_link_options(${name} PRIVATE LINKER:-Bsymbolic-functions)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so)
  if(FORKLORE_MODULE_DIR)
    install(TARGETS ${name} LIBRARY DESTINATION ${FORKLORE_MODULE_DIR})
  endif()
endfunction()
