# cmake -DROOT=<src/http/page> -DOUT=<file.cc> -P EmbedPage.cmake
# The files of the first page as string literals, for the HTTP server.
set(text "#include \"http/page_files.h\"\n\nnamespace weir::http {\n\nnamespace {\n\n")
string(APPEND text "constexpr PageFile kFiles[] = {\n")
file(GLOB files RELATIVE ${ROOT} ${ROOT}/*)
list(SORT files)
foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} content)
  string(APPEND text "    {\"${file}\", R\"weir_page(${content})weir_page\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\n")
string(APPEND text "std::span<const PageFile> page_files() { return kFiles; }\n\n")
string(APPEND text "}  // namespace weir::http\n")
file(WRITE ${OUT} "${text}")
