#include "cli/explain.h"

#include <algorithm>

#include <fmt/core.h>

#include "cli/load.h"
#include "plan/planner.h"
#include "plan/scope.h"

namespace weir::cli {

namespace {

Error no_such_view(const project::Project& project, const std::string& name) {
  const bool source = std::any_of(project.sources.begin(), project.sources.end(),
                                  [&](const auto& s) { return s.definition.name == name; });
  std::vector<std::string> names;
  for (const plan::View& view : project.models) names.push_back(view.definition.name);
  return Error(ErrorKind::kInvalidUsage, 1294, fmt::format("there is no view \"{}\"", name))
      .hint(names.empty() ? "the project has no models"
                          : fmt::format("{}views here are: {}",
                                        source ? "that is a source, which is read as it is; " : "",
                                        plan::comma_list(names)));
}

std::string as_json(const plan::View& view, const std::string& text) {
  std::string out = fmt::format("{{\"view\":{},\"plan\":[",
                                project::json_string(view.definition.name));
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    out += (begin > 0 ? "," : "") + project::json_string(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out + "]}\n";
}

int run(Context& context, const Invocation& invocation) {
  const auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  const std::string& name = invocation.arguments[0];
  const auto view = std::find_if(project->models.begin(), project->models.end(),
                                 [&](const auto& v) { return v.definition.name == name; });
  if (view == project->models.end()) {
    const Error error = no_such_view(*project, name);
    context.complain(error);
    return exit_code(error);
  }
  const std::string text = plan::explain(*view);
  context.print(context.json ? as_json(*view, text) : text);
  return kExitDone;
}

constexpr VerbArgument kArguments[] = {{"VIEW", "a model of the project", true}};

}  // namespace

constexpr Verb kExplainVerb = {
    "explain",
    "how a view is computed, and what it keeps",
    "One operator a line, its inputs below it. Behind -- stands what the operator keeps, what\n"
    "that grows with and, where nothing bounds it, what would. Nothing has to run.",
    kArguments,
    {},
    run};

}  // namespace weir::cli
