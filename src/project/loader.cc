// Loading a folder: the steps in order, each reporting all it finds and going on, so that one run
// says everything. A Project comes out only where no diagnostic is an error.
#include <fmt/core.h>

#include "project/loading.h"

namespace weir::project {

namespace {

constexpr size_t kMaxFileBytes = 16 << 20;
constexpr size_t kMaxFiles = 20'000;
constexpr int kMaxFolderDepth = 16;

Diagnostic make(Severity severity, uint16_t code, std::string message, SourceSpan span,
                std::string expected, std::string help) {
  Diagnostic d;
  d.severity = severity;
  d.code = code;
  d.message = std::move(message);
  d.span = std::move(span);
  d.expected = std::move(expected);
  d.help = std::move(help);
  return d;
}

void list_into(Loading& loading, const std::string& folder, int depth,
               std::vector<std::string>& out) {
  auto names = loading.files.list(io::join_path(loading.dir, folder));
  if (!names) {
    if (names.error().kind() != ErrorKind::kNotFound) {
      loading.report(1162, fmt::format("{} cannot be read: {}", folder, names.error().primary()),
                     {folder}, "a folder that can be read", "check its permissions");
    }
    return;
  }
  for (const std::string& name : *names) {
    if (name.empty() || name.front() == '.' || name.front() == '#' || name.back() == '~') continue;
    const std::string path = io::join_path(folder, name);
    auto info = loading.files.info(io::join_path(loading.dir, path));
    if (info && info->is_directory) {
      if (depth > 0) list_into(loading, path, depth - 1, out);
      continue;
    }
    const bool ours = name.ends_with(".yml") || name.ends_with(".yaml") ||
                      name.ends_with(".sql") || name.ends_with(".csv");
    if (ours && out.size() < kMaxFiles) out.push_back(path);
  }
}

// Where each line of a text begins, so that many diagnostics of one file cost one scan of it.
std::vector<size_t> line_starts(const std::string& text) {
  std::vector<size_t> starts = {0};
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    starts.push_back(at + 1);
  }
  return starts;
}

std::string line_at(const std::string& text, size_t at) {
  std::string out = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
  while (!out.empty() && (out.back() == '\r' || out.back() == ' ')) out.pop_back();
  return out;
}

void add_source_lines(Loading& loading) {
  std::map<std::string, std::vector<size_t>> starts;
  for (Diagnostic& d : loading.diagnostics) {
    const auto text = loading.texts.find(d.span.file);
    if (text == loading.texts.end() || !d.span.known()) continue;
    const auto [of_file, fresh] = starts.try_emplace(d.span.file);
    if (fresh) of_file->second = line_starts(text->second);
    if (d.span.line > of_file->second.size()) continue;
    d.source_line = line_at(text->second, of_file->second[d.span.line - 1]);
    if (d.source_line.size() > 4096 && d.span.column < 4000) d.source_line.resize(4096);
  }
}

void remove_repeated(std::vector<Diagnostic>& diagnostics) {
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.code == b.code && a.span == b.span && a.message == b.message;
  };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
}

}  // namespace

Diagnostic& Loading::report(uint16_t code, std::string message, SourceSpan span,
                            std::string expected, std::string help) {
  diagnostics.push_back(make(Severity::kError, code, std::move(message), std::move(span),
                             std::move(expected), std::move(help)));
  return diagnostics.back();
}

Diagnostic& Loading::warn(uint16_t code, std::string message, SourceSpan span, std::string expected,
                          std::string help) {
  diagnostics.push_back(make(Severity::kWarning, code, std::move(message), std::move(span),
                             std::move(expected), std::move(help)));
  return diagnostics.back();
}

const std::string* Loading::text_of(const std::string& path) {
  const auto known = texts.find(path);
  if (known != texts.end()) return &known->second;
  read.push_back(path);
  const std::string full = io::join_path(dir, path);
  auto info = files.info(full);
  if (info && info->size > kMaxFileBytes) {
    report(1163, fmt::format("the file has more than {} MiB", kMaxFileBytes >> 20), {path},
           "a smaller file", "keep data outside of the project's definitions");
    return nullptr;
  }
  if (info && info->is_special) {  // a pipe would never end, or never begin
    report(1162, "the file cannot be read: it is a pipe or a device", {path}, "a regular file",
           "put a file in its place");
    return nullptr;
  }
  auto text = files.read_all(full);
  if (!text) {
    report(1162, fmt::format("the file cannot be read: {}", text.error().primary()), {path},
           "a file that can be read", "check its permissions");
    return nullptr;
  }
  if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
  return &(texts[path] = std::move(*text));
}

std::optional<YamlNode> Loading::yaml_of(const std::string& path) {
  const std::string* text = text_of(path);
  if (!text) return std::nullopt;
  auto tree = parse_yaml(*text, path, diagnostics);
  if (tree) substitute(*this, *tree);
  return tree;
}

std::vector<std::string> Loading::list_files(const std::string& folder, bool deep) {
  std::vector<std::string> out;
  list_into(*this, folder, deep ? kMaxFolderDepth : 0, out);
  return out;
}

bool Loading::take_name(const std::string& name, const SourceSpan& span, std::string_view what) {
  const std::string last = name.substr(name.rfind('.') + 1);
  const std::string fault = name_fault(last);
  if (!fault.empty()) {
    report(1115, fmt::format("the name {} {}", quoted(name), fault), span,
           "a lower-case letter, then up to 50 of a-z, 0-9 and single _", "rename it");
    return false;
  }
  if (name == "weir" || name.starts_with("pg_") || name.starts_with("weir.")) {
    report(1116, fmt::format("the name {} is reserved", quoted(name)), span, "another name",
           fmt::format("rename the {}", what));
    return false;
  }
  const auto [it, fresh] = names.emplace(name, span);
  if (fresh) return true;
  std::string where = it->second.file;
  if (it->second.known()) where += fmt::format(":{}:{}", it->second.line, it->second.column);
  report(1117, fmt::format("the name {} is taken", quoted(name)), span,
         fmt::format("a name that is unique in the project; it stands in {} too", where),
         "rename one of the two");
  return false;
}

Settings load_settings(io::FileSystem& files, const std::string& dir, const std::string& env) {
  Loading loading{files, dir, Purpose::kCheck, {}, {}, {}, {}, {}, false, {}};
  load_environment(loading, env);
  return std::move(loading.project.settings);
}

LoadResult load_project(io::FileSystem& files, const std::string& dir, const std::string& env,
                        Purpose purpose) {
  Loading loading{files, dir, purpose, {}, {}, {}, {}, {}, false, {}};
  loading.project.dir = dir;
  load_weir_yml(loading);
  LoadResult result;
  const bool a_project = !loading.texts.empty() || !loading.read.empty();
  if (a_project) {
    load_environment(loading, env);
    load_sources(loading);
    load_seeds(loading);
    load_models(loading);
    load_sinks(loading);
    load_tests(loading);
    load_other_kinds(loading);
  }
  add_source_lines(loading);
  sort_diagnostics(loading.diagnostics);
  remove_repeated(loading.diagnostics);
  result.diagnostics = std::move(loading.diagnostics);
  result.files = std::move(loading.read);
  if (!has_errors(result.diagnostics)) result.project = std::move(loading.project);
  return result;
}

}  // namespace weir::project
