# embed.cmake -- turns a file into a C array: cmake -D IN=... -D OUT=... -D NAME=... -D HEADER=... -P embed.cmake
#
# The programs carry the tables of feeds/data/ and reports/data/ and need no file when they run. HEADER declares the array. A final NUL makes the array a text too;
# it is not counted.
file(READ "${IN}" hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR bytes "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f])" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
get_filename_component(file "${IN}" NAME)
file(WRITE "${OUT}" "/* Made from ${file} by feeds/embed.cmake: change that, not this. */
#include \"${HEADER}\"

const char ${NAME}[] = {
${hex}0};
const size_t ${NAME}_bytes = ${bytes};
")
