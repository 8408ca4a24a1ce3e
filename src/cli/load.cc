#include "cli/load.h"

namespace weir::cli {

std::optional<project::Project> load_or_complain(Context& context) {
  project::LoadResult result =
      project::load_project(context.files, context.dir, context.env, project::Purpose::kRun);
  for (const project::Diagnostic& diagnostic : result.diagnostics) {
    const std::string text = project::render_text(diagnostic, context.colour) + "\n";
    std::fwrite(text.data(), 1, text.size(), context.err);
  }
  return std::move(result.project);
}

}  // namespace weir::cli
