# Flags for our own code only, never for third-party headers. `telltale_code(target)` applies them.
include(CheckCCompilerFlag)

set(TELLTALE_WARNINGS
  -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wimplicit-fallthrough
  -Werror)

set(TELLTALE_HARDENING)
function(telltale_harden flag)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    set(TELLTALE_HARDENING ${TELLTALE_HARDENING} ${flag} PARENT_SCOPE)
  endif()
endfunction()

telltale_harden(-fstack-protector-strong)      # a smashed stack frame ends the process instead of returning
telltale_harden(-fstack-clash-protection)      # a large frame cannot jump over the guard page
telltale_harden(-ftrivial-auto-var-init=zero)  # an uninitialised local is zero, never an old secret
telltale_harden(-fno-strict-overflow)          # signed overflow wraps; no check is optimised away
telltale_harden(-fno-delete-null-pointer-checks) # a NULL check after a use stays
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  telltale_harden(-fcf-protection=full)        # indirect jumps and returns land only where they may (CET)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  telltale_harden(-mbranch-protection=standard) # the same on ARM (PAC and BTI)
endif()

set(TELLTALE_LINK
  -pie                # with PIC code: the whole program is placed at random
  -Wl,-z,relro        # relocations become read-only
  -Wl,-z,now          # ... all of them, before main()
  -Wl,-z,noexecstack  # data is never code
  -Wl,--as-needed)

function(telltale_code target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE TELLTALE_VERSION="${PROJECT_VERSION}")
  target_compile_options(${target} PRIVATE ${TELLTALE_WARNINGS} ${TELLTALE_HARDENING})
  if(TELLTALE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${TELLTALE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${TELLTALE_SANITIZE})
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(${target} PRIVATE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)  # checked memcpy & co where sizes are known
  endif()
  if(TELLTALE_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_link_options(${target} PRIVATE ${TELLTALE_LINK})
    if(TELLTALE_FUZZ OR "${TELLTALE_SANITIZE}" MATCHES "address|thread")
      target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/known_leaks.c)
    endif()
  endif()
endfunction()

# One folder of the house: a static library named telltale_<room>.
function(telltale_room room)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
  add_library(telltale_${room} STATIC ${ROOM_SOURCES})
  target_link_libraries(telltale_${room} PUBLIC ${ROOM_USES})
  telltale_code(telltale_${room})
endfunction()
