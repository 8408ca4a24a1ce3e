# Compiler settings shared by all targets. WEIR_SANITIZE: empty | address | thread.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
option(WEIR_TESTS "build the unit tests" ON)
set(WEIR_SANITIZE "" CACHE STRING "address, thread or empty")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Wno-unused-parameter
  -march=x86-64-v2 -fno-omit-frame-pointer)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-psabi>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # g++ 12 sees ghosts in moved strings and variants
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # simdjson 3.6 has templates that clang 19 refuses unused
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fdelayed-template-parsing>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated>)
endif()
if(WEIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(WEIR_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-sanitize=vptr)
  add_link_options(-fsanitize=address,undefined)
elseif(WEIR_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
else()
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
if(NOT WEIR_FUZZ)  # the fuzzer's runtime shares symbols of the standard library with the program
  add_link_options(-Wl,--exclude-libs,ALL)
endif()
# Objects are shared by all checkouts on the machine: paths are hashed relative to the checkout, and
# ccache takes a use of a precompiled header only with these kinds of sloppiness.
find_program(CCACHE ccache)
if(CCACHE)
  set(cached ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${cached})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${cached})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

# One precompiled header of standard headers, never with a third-party or own header in it.
file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "")
add_library(weir_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
target_precompile_headers(weir_pch PRIVATE <algorithm> <array> <atomic> <bit> <charconv>
  <condition_variable> <cstdint> <cstring> <deque> <functional> <limits> <map> <memory> <mutex>
  <optional> <span> <string> <string_view> <thread> <tuple> <type_traits> <unordered_map>
  <unordered_set> <utility> <variant> <vector>)

function(weir_configure_target target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_precompile_headers(${target} REUSE_FROM weir_pch)
endfunction()
