// The files of src/http/page, put into the program when it is built.
#pragma once
#include <span>
#include <string_view>

namespace weir::http {

struct PageFile {
  std::string_view name;  // "index.html"
  std::string_view content;
};

std::span<const PageFile> page_files();

}  // namespace weir::http
