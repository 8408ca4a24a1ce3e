# Third-party code as targets weir::NAME. Static archives, so that the binary is one file; what
# Debian has only shared, or too old, was put into build/deps by `./dev setup` (tools/deps).
find_package(Threads REQUIRED)
set(WEIR_DEPS ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH "sources and archives made by ./dev setup")

function(weir_library name)
  cmake_parse_arguments(ARG "" "" "INCLUDE;LINK;DEFINE" ${ARGN})
  add_library(weir_lib_${name} INTERFACE)
  target_include_directories(weir_lib_${name} SYSTEM INTERFACE ${ARG_INCLUDE})
  target_link_libraries(weir_lib_${name} INTERFACE ${ARG_LINK})
  target_compile_definitions(weir_lib_${name} INTERFACE ${ARG_DEFINE})
  add_library(weir::${name} ALIAS weir_lib_${name})
endfunction()

foreach(archive libyaml.a libre2.a libzstd.a liblz4.a libz.a libedit.a libbsd.a libtinfo.a libmd.a
        libcrypto.a libssl.a libprotobuf.a)
  string(REGEX REPLACE "lib(.*)\\.a" "\\1" id ${archive})
  find_library(ARCHIVE_${id} ${archive} REQUIRED)
endforeach()
if(NOT EXISTS ${WEIR_DEPS}/simdjson/simdjson.cpp OR NOT EXISTS ${WEIR_DEPS}/pg_query/libpg_query.a
   OR NOT EXISTS ${WEIR_DEPS}/rdkafka/librdkafka.a)
  message(FATAL_ERROR "${WEIR_DEPS} is incomplete: run ./dev setup")
endif()

# fmt has no archive: its one source is compiled here with its explicit instantiations.
file(WRITE ${CMAKE_BINARY_DIR}/fmt.cc.in "#include <fmt/format-inl.h>
FMT_BEGIN_NAMESPACE
namespace detail {
template FMT_API auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template FMT_API auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template FMT_API auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref) -> char;
template FMT_API void buffer<char>::append(const char*, const char*);
template FMT_API void vformat_to(buffer<char>&, string_view,
                                 basic_format_args<FMT_BUFFER_CONTEXT(char)>, locale_ref);
}  // namespace detail
FMT_END_NAMESPACE
")
configure_file(${CMAKE_BINARY_DIR}/fmt.cc.in ${CMAKE_BINARY_DIR}/fmt.cc COPYONLY)
add_library(weir_fmt STATIC ${CMAKE_BINARY_DIR}/fmt.cc)
add_library(weir_simdjson STATIC ${WEIR_DEPS}/simdjson/simdjson.cpp)
target_include_directories(weir_simdjson SYSTEM PUBLIC ${WEIR_DEPS}/simdjson)
target_compile_options(weir_simdjson PRIVATE -O3 -w)

weir_library(fmt LINK weir_fmt)
weir_library(xxhash)
weir_library(simdjson LINK weir_simdjson)
weir_library(asio LINK Threads::Threads DEFINE BOOST_ASIO_NO_DEPRECATED)
weir_library(openssl LINK ${ARCHIVE_ssl} ${ARCHIVE_crypto} ${CMAKE_DL_LIBS})
weir_library(zstd LINK ${ARCHIVE_zstd})
weir_library(lz4 LINK ${ARCHIVE_lz4})
weir_library(zlib LINK ${ARCHIVE_z})
weir_library(re2 LINK ${ARCHIVE_re2} Threads::Threads)
weir_library(yaml LINK ${ARCHIVE_yaml})
weir_library(pg_query INCLUDE /usr/include LINK ${WEIR_DEPS}/pg_query/libpg_query.a)
weir_library(edit LINK ${ARCHIVE_edit} ${ARCHIVE_bsd} ${ARCHIVE_md} ${ARCHIVE_tinfo})
weir_library(cli11)
weir_library(protobuf LINK ${ARCHIVE_protobuf} ${ARCHIVE_z} Threads::Threads)
weir_library(rdkafka INCLUDE ${WEIR_DEPS}/rdkafka/include DEFINE LIBRDKAFKA_STATICLIB
  LINK ${WEIR_DEPS}/rdkafka/librdkafka.a ${ARCHIVE_ssl} ${ARCHIVE_crypto} ${ARCHIVE_zstd}
       ${ARCHIVE_lz4} ${ARCHIVE_z} Threads::Threads ${CMAKE_DL_LIBS} m)
find_library(ARCHIVE_gtest libgtest.a)
find_library(ARCHIVE_gtest_main libgtest_main.a)
weir_library(gtest LINK ${ARCHIVE_gtest_main} ${ARCHIVE_gtest} Threads::Threads)
