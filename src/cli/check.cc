#include "cli/check.h"

#include <fmt/core.h>

#include "project/project.h"

namespace weir::cli {

namespace {

std::string counted(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void print_json(Context& context, const project::LoadResult& result) {
  std::string out = fmt::format("{{\"valid\":{},\"diagnostics\":[", result.project.has_value());
  for (size_t i = 0; i < result.diagnostics.size(); ++i) {
    out += (i > 0 ? "," : "") + project::render_json(result.diagnostics[i]);
  }
  out += "]";
  if (const auto& p = result.project) {
    out += fmt::format(",\"project\":{},\"sources\":{},\"models\":{},\"sinks\":{}",
                       project::json_string(p->name), p->sources.size(), p->models.size(),
                       p->sinks.size());
  }
  context.print(out + "}\n");
}

void print_text(Context& context, const project::LoadResult& result) {
  const size_t errors = result.errors;
  const size_t warnings = result.warnings;
  for (const project::Diagnostic& d : result.diagnostics) {
    context.print(project::render_text(d, context.colour) + "\n");
  }
  if (errors > 0) {
    context.print(fmt::format("{}, {}\n", counted(errors, "error"), counted(warnings, "warning")));
    return;
  }
  const project::Project& p = *result.project;
  context.print(fmt::format("{}: {}, {}, {}: no errors{}\n", p.name,
                            counted(p.sources.size(), "source"), counted(p.models.size(), "model"),
                            counted(p.sinks.size(), "sink"),
                            warnings > 0 ? ", " + counted(warnings, "warning") : ""));
}

int run(Context& context, const Invocation&) {
  const project::LoadResult result =
      project::load_project(context.files, context.dir, context.env, project::Purpose::kCheck);
  if (context.json) {
    print_json(context, result);
  } else {
    print_text(context, result);
  }
  return result.project ? kExitDone : kExitInvalid;
}

}  // namespace

constexpr Verb kCheckVerb = {
    "check", "find everything that is wrong in the project, offline",
    "Reads all files, binds and types all SQL and reports every error at its place, not only the\n"
    "first. Nothing outside is asked. Exit code 4 where there is an error.",
    {}, {}, run};

}  // namespace weir::cli
