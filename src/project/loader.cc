// Loading a folder: the steps in order, each reporting all it finds and going on, so that one run
// says everything. A Project comes out only where no diagnostic is an error.
#include <fmt/core.h>

#include "project/loading.h"

namespace weir::project {

namespace {

constexpr size_t kMaxFileBytes = 16 << 20;
constexpr size_t kMaxFiles = 20'000;  // of one kind, with their folders
constexpr size_t kMaxDiagnostics = 200;
constexpr size_t kMaxFolderDepth = 16;

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

// Walks a folder of definitions. Links to folders are followed, so the walk is bounded three ways:
// a folder below itself, the depth, and the entries looked at (links that fork visit one folder
// many times).
class FolderWalk {
 public:
  FolderWalk(Loading& loading, bool deep) : loading_(loading), deep_(deep) {}

  std::vector<std::string> run(const std::string& folder) {
    top_ = folder;
    auto info = loading_.files.info(io::join_path(loading_.dir, folder));
    if (info) {
      above_.push_back({info->device, info->inode});
      walk(folder);
    } else if (info.error().kind() != ErrorKind::kNotFound) {
      unreadable(folder, info.error());
    }
    return std::move(out_);
  }

 private:
  using Identity = std::pair<uint64_t, uint64_t>;  // of a folder: device, inode

  void walk(const std::string& folder) {
    auto names = loading_.files.list(io::join_path(loading_.dir, folder));
    if (!names) return unreadable(folder, names.error());
    for (const std::string& name : *names) {
      const bool hidden = name.front() == '.' || name.front() == '#' || name.back() == '~';
      if (!hidden) entry(io::join_path(folder, name), name);
      if (full_) return;
    }
  }

  void unreadable(const std::string& folder, const Error& error) {
    loading_.report(1162, fmt::format("{} cannot be read: {}", folder, error.primary()), {folder},
                    "a folder that can be read", "check its permissions");
  }

  void entry(const std::string& path, const std::string& name) {
    const bool ours = name.ends_with(".yml") || name.ends_with(".yaml") ||
                      name.ends_with(".sql") || name.ends_with(".csv");
    auto info = loading_.files.info(io::join_path(loading_.dir, path));
    const bool is_folder = info && info->is_directory;
    if (!ours && !(is_folder && deep_)) return;
    if (++entries_ > kMaxFiles) {
      full_ = true;
      loading_.report(1165, fmt::format("{} has more than {} files and folders", top_, kMaxFiles),
                      {top_}, "fewer files", "divide the project, or move what is no part of it");
    } else if (!is_folder) {
      out_.push_back(path);
    } else if (ours) {
      loading_.report(1162, "the file cannot be read: it is a folder", {path}, "a regular file",
                      "put a file in its place, or rename the folder");
    } else {
      below(path, {info->device, info->inode});
    }
  }

  void below(const std::string& path, const Identity& identity) {
    const bool known = identity.second != 0;  // a simulated folder has no inode
    if (known && std::find(above_.begin(), above_.end(), identity) != above_.end()) {
      loading_.report(1166, "the folder is a link to a folder above it", {path},
                      "folders that end", "remove the link");
    } else if (above_.size() > kMaxFolderDepth) {
      loading_.report(1164, fmt::format("more than {} folders in one another", kMaxFolderDepth),
                      {path}, "a flatter folder", "move its files up");
    } else {
      above_.push_back(identity);
      walk(path);
      above_.pop_back();
    }
  }

  Loading& loading_;
  const bool deep_;
  std::string top_;
  std::vector<Identity> above_;  // the folder looked at and those that hold it
  size_t entries_ = 0;
  bool full_ = false;
  std::vector<std::string> out_;
};

// Where each line of a text begins, so that many diagnostics of one file cost one scan of it.
std::vector<size_t> line_starts(const std::string& text) {
  std::vector<size_t> starts = {0};
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    starts.push_back(at + 1);
  }
  return starts;
}

std::string_view line_at(const std::string& text, size_t at) {
  std::string_view out = std::string_view(text).substr(at);
  out = out.substr(0, out.find('\n'));
  while (!out.empty() && (out.back() == '\r' || out.back() == ' ')) out.remove_suffix(1);
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
    keep_source_line(d, line_at(text->second, of_file->second[d.span.line - 1]));
  }
}

void remove_repeated(std::vector<Diagnostic>& diagnostics) {
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.code == b.code && a.span == b.span && a.message == b.message;
  };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
}

size_t count_errors(const std::vector<Diagnostic>& diagnostics) {
  return static_cast<size_t>(
      std::count_if(diagnostics.begin(), diagnostics.end(),
                    [](const Diagnostic& d) { return d.severity == Severity::kError; }));
}

// Errors have the room first; what does not fit becomes one last line.
void limit(std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.size() <= kMaxDiagnostics) return;
  size_t errors_left = std::min(count_errors(diagnostics), kMaxDiagnostics);
  size_t warnings_left = kMaxDiagnostics - errors_left;
  const size_t left_out = diagnostics.size() - kMaxDiagnostics;
  std::vector<Diagnostic> kept;
  Severity severity = Severity::kWarning;
  for (Diagnostic& d : diagnostics) {
    size_t& room = d.severity == Severity::kError ? errors_left : warnings_left;
    if (room > 0) {
      --room;
      kept.push_back(std::move(d));
    } else if (d.severity == Severity::kError) {
      severity = Severity::kError;
    }
  }
  kept.push_back(make(severity, 1167, fmt::format("and {} more", left_out), {}, "",
                      "correct these first"));
  diagnostics = std::move(kept);
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
  return FolderWalk(*this, deep).run(folder);
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
  Loading loading{files, dir, Purpose::kCheck};
  load_environment(loading, env);
  return std::move(loading.project.settings);
}

LoadResult load_project(io::FileSystem& files, const std::string& dir, const std::string& env,
                        Purpose purpose) {
  Loading loading{files, dir, purpose};
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
  sort_diagnostics(loading.diagnostics);
  remove_repeated(loading.diagnostics);
  result.errors = count_errors(loading.diagnostics);
  result.warnings = loading.diagnostics.size() - result.errors;
  limit(loading.diagnostics);
  add_source_lines(loading);
  result.diagnostics = std::move(loading.diagnostics);
  result.files = std::move(loading.read);
  if (result.errors == 0) result.project = std::move(loading.project);
  return result;
}

}  // namespace weir::project
