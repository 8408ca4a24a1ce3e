#include "cli/init.h"

#include <fmt/core.h>

#include "cli/templates.h"

namespace weir::cli {

namespace {

// The folder's name as a project name: lower case, _ for what may not stand in a name.
std::string project_name(const std::string& dir) {
  std::string base = io::base_name(dir);
  std::string out;
  for (const char c : base) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool good = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (good) {
      out += lower;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (out.size() > 50) out.resize(50);
  return !out.empty() && out[0] >= 'a' && out[0] <= 'z' ? out : "";
}

std::string renamed(std::string_view content, const std::string& name) {
  std::string out(content);
  const size_t at = out.find("name: ");
  if (name.empty() || at == std::string::npos) return out;
  const size_t end = std::min(out.find('\n', at), out.size());
  return out.replace(at + 6, end - at - 6, name);
}

Status write_files(Context& context, const std::string& dir, const std::string& chosen,
                   std::vector<std::string>& written) {
  for (const TemplateFile& file : template_files()) {
    if (file.name != chosen || !context.files.exists(io::join_path(dir, file.path))) continue;
    return Error(ErrorKind::kAlreadyExists, 1005, fmt::format("{} exists already",
                                                              io::join_path(dir, file.path)))
        .detail("A folder without the files of the template is needed; nothing was written.")
        .hint("choose another folder: weir init NAME");
  }
  for (const TemplateFile& file : template_files()) {
    if (file.name != chosen) continue;
    const std::string path = io::join_path(dir, file.path);
    TRY_VOID(context.files.make_dirs(io::parent_path(path)));
    const std::string content = file.path == "weir.yml" ? renamed(file.content, project_name(dir))
                                                        : std::string(file.content);
    TRY_VOID(context.files.write_atomically(path, content));
    written.emplace_back(file.path);
  }
  return {};
}

int run(Context& context, const Invocation& invocation) {
  const std::string given = invocation.arguments.empty() ? "" : invocation.arguments[0];
  const std::string dir = given.empty() ? context.dir : io::join_path(context.dir, given);
  const std::string chosen = invocation.value("--template", "shop");
  std::vector<std::string> written;
  if (auto status = write_files(context, dir, chosen, written); !status) {
    context.complain(status.error());
    return exit_code(status.error());
  }
  if (context.json) {
    std::string out = "{\"files\":[";
    for (const std::string& path : written)
      out += fmt::format("{}\"{}\"", out.back() == '[' ? "" : ",", path);
    context.print(out + "]}\n");
    return kExitDone;
  }
  for (const std::string& path : written) context.print(fmt::format("  {}\n", path));
  const std::string step = given.empty() ? "weir dev" : fmt::format("cd {} && weir dev", given);
  context.print(fmt::format("\nmade {} files from the template {}. Next: {}\n", written.size(),
                            chosen, step));
  return kExitDone;
}

constexpr VerbArgument kArguments[] = {{"DIR", "folder to make; default: this one"}};
constexpr VerbOption kOptions[] = {
    {"--template", "NAME", "fleet, plant, shop or empty; default: shop", "fleet|plant|shop|empty"},
};

}  // namespace

constexpr Verb kInitVerb = {
    "init", "make a project that runs at once",
    "  fleet   positions of vehicles: late and repeated rows, windows, last known place\n"
    "  plant   sensors of machines: limits, outages, energy\n"
    "  shop    orders and payments: revenue, best sellers, fraud\n"
    "  empty   only the frame\n\nNo file is overwritten.",
    kArguments, kOptions, run};

}  // namespace weir::cli
