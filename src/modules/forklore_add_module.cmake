# A module: a shared library that a server loads. What it calls is in the server, so it is linked with nothing of it.
#
#   forklore_add_module(<name> <sources>…)
#
# makes <name>.so. `cmake --install` puts it where the server looks for modules.
function(forklore_add_module name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE Forklore::headers)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so)
  install(TARGETS ${name} LIBRARY DESTINATION ${FORKLORE_MODULE_DIR})
endfunction()
