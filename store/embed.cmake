# embed.cmake -- joins text files into one, and turns that into a C array, at build time and without another language:
#   cmake "-DPARTS=functions/shared.lua;functions/sweep.lua" -DJOINED=telltale.lua -DOUTPUT=telltale_lua.c -DNAME=store_function_code -P embed.cmake
# The joined text is kept beside the array, because Redis reports an error by its line number there.
execute_process(COMMAND ${CMAKE_COMMAND} -E cat ${PARTS} OUTPUT_FILE ${JOINED} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "cannot join ${PARTS}")
endif()
file(READ ${JOINED} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "/* Written by store/embed.cmake from store/functions/. */
#include \"store/library.h\"

const char ${NAME}[${size}] = {
${bytes}
};
const size_t ${NAME}_size = ${size};
")
