// The files of the templates of `weir init`. They are the examples, put into the binary when it is
// built (cmake/EmbedTemplates.cmake): what init makes is what the tests run.
#pragma once
#include <span>
#include <string_view>

namespace weir::cli {

struct TemplateFile {
  std::string_view name;     // of the template
  std::string_view path;     // within it
  std::string_view content;
};

std::span<const TemplateFile> template_files();

}  // namespace weir::cli
