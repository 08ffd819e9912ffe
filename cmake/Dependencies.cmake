# Third-party libraries (docs/ARCHITECTURE.md says which file meets which). Each becomes one imported
# target; a missing one ends the configuration with the Debian package that has it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(telltale_dependency name module package)
  pkg_check_modules(${name} IMPORTED_TARGET ${module})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${module} was not found: apt-get install ${package} (or run deploy/install-packages, which installs everything the build needs)")
  endif()
  add_library(dep::${name} ALIAS PkgConfig::${name})
endfunction()

telltale_dependency(pcap libpcap libpcap-dev)
telltale_dependency(ndpi libndpi libndpi-dev)
telltale_dependency(maxminddb libmaxminddb libmaxminddb-dev)
telltale_dependency(hiredis hiredis libhiredis-dev)
telltale_dependency(jansson jansson libjansson-dev)
telltale_dependency(inih inih libinih-dev)
telltale_dependency(sodium libsodium libsodium-dev)
telltale_dependency(idn2 libidn2 libidn2-dev)
telltale_dependency(psl libpsl libpsl-dev)
telltale_dependency(gcrypt libgcrypt libgcrypt20-dev)
telltale_dependency(cmocka cmocka libcmocka-dev)
