# embed.cmake -- turns the files of pages/ into one C table, at build time and without another language:
#   cmake "-DFILES=pages/a.js;pages/b.css" -DOUTPUT=assets.c -P embed.cmake
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${file} hex HEX)
  file(MD5 ${file} hash)
  file(SIZE ${file} size)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char asset_${count}[] = {\n${bytes}\n};\n")
  string(APPEND rows "    {\"${name}\", (const char *)asset_${count}, ${size}, \"${hash}\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "/* Written by dashboard/embed.cmake from dashboard/pages/ and build/assets/. */
#include \"dashboard/assets.h\"

${arrays}
const struct asset assets[] = {
${rows}};
const size_t assets_count = ${count};
")
