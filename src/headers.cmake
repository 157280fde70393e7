# Writes a header with the digest of all headers that a module may be compiled with.
#
#   cmake -D HEADERS=<file|file|…> -D OUTPUT=<file> -P headers.cmake
string(REPLACE "|" ";" HEADERS "${HEADERS}")
list(SORT HEADERS)
set(all)
foreach(header IN LISTS HEADERS)
  file(SHA256 ${header} digest)
  string(APPEND all "${header} ${digest}\n")
endforeach()
string(SHA256 digest "${all}")
string(SUBSTRING ${digest} 0 16 digest)
file(WRITE ${OUTPUT} "// The headers that this server was built with, as one number.\n#define FORKLORE_HEADERS_DIGEST \"${digest}\"\n")
