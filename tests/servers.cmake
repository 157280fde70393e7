# Tests that talk to a running server are registered once for each server that the tree builds. The last chapter's has the same layers as the
# finished one (tests/architecture sees to that), and is tested under that name.
#
#   forklore_server_test(<name> TIMEOUT <seconds> LABELS <labels>… COMMAND <script> <arguments>…)
#
# registers <name>-forklore, <name>-chapter-01, …; the script gets `--server <program>` behind its arguments.
set(FORKLORE_TESTED_SERVERS "forklore=forklore" "chapter-01=chapter_01_server" "chapter-02=chapter_02_server"
  "chapter-03=chapter_03_server" "chapter-04=chapter_04_server")

# Drivers that Debian packages for its own Python are seen by that Python only.
find_program(FORKLORE_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT FORKLORE_SYSTEM_PYTHON)
  set(FORKLORE_SYSTEM_PYTHON ${Python3_EXECUTABLE})
endif()

function(forklore_server_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;COMMAND" ${ARGN})
  if(FORKLORE_SANITIZE)  # an instrumented program takes a while to start, and these tests start many
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  foreach(server IN LISTS FORKLORE_TESTED_SERVERS)
    string(REPLACE "=" ";" server ${server})
    list(GET server 0 label)
    list(GET server 1 target)
    if(TARGET ${target})
      add_test(NAME ${name}-${label}
        COMMAND ${FORKLORE_SYSTEM_PYTHON} -B ${ARG_COMMAND} --server $<TARGET_FILE:${target}>)
      set_tests_properties(${name}-${label} PROPERTIES
        TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS};${label}" SKIP_RETURN_CODE 77)
    endif()
  endforeach()
endfunction()
