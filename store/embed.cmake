# embed.cmake -- turns a text file into a C array, at build time and without another language:
#   cmake -DINPUT=telltale.lua -DOUTPUT=telltale_lua.c -DNAME=store_function_code -P embed.cmake
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* Written by store/embed.cmake from ${file}. */
#include \"store/library.h\"

const char ${NAME}[${size}] = {
${bytes}
};
const size_t ${NAME}_size = ${size};
")
