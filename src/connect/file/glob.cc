#include "connect/file/glob.h"

namespace weir::connect {

namespace {

constexpr int kMaxFolders = 32;

// "[a-z!0]" at the front of `pattern`: whether it takes `c`; moves behind it.
bool class_takes(std::string_view& pattern, char c) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  bool first = true;
  while (at < pattern.size() && (pattern[at] != ']' || first)) {
    first = false;
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = pattern[at + 2];
      at += 2;
    }
    found = found || (low <= c && c <= high);
    ++at;
  }
  pattern.remove_prefix(std::min(at + 1, pattern.size()));
  return found != negated;
}

Status walk(io::FileSystem& files, const std::string& base, std::string_view rest, int depth,
            std::vector<std::string>& out);

Status walk_folders(io::FileSystem& files, const std::string& base, std::string_view rest,
                    int depth, std::vector<std::string>& out) {
  TRY_VOID(walk(files, base, rest, depth, out));
  for (const std::string& name : TRY(files.list(base.empty() ? "." : base))) {
    if (name.starts_with(".")) continue;
    const std::string path = base.empty() ? name : io::join_path(base, name);
    const auto info = files.info(path);
    if (info && info->is_directory && depth < kMaxFolders) {
      TRY_VOID(walk_folders(files, path, rest, depth + 1, out));
    }
  }
  return {};
}

Status walk(io::FileSystem& files, const std::string& base, std::string_view rest, int depth,
            std::vector<std::string>& out) {
  const size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  const bool last = slash == std::string_view::npos;
  const std::string_view tail = last ? std::string_view() : rest.substr(slash + 1);
  if (part == "**" && !last) return walk_folders(files, base, tail, depth, out);
  std::vector<std::string> names;
  if (has_wildcards(part)) {
    const auto folder = files.info(base.empty() ? "." : base);
    if (!folder || !folder->is_directory) return {};
    for (std::string& name : TRY(files.list(base.empty() ? "." : base))) {
      const bool hidden = name.starts_with(".") && !part.starts_with(".");
      if (!hidden && matches_wildcards(part, name)) names.push_back(std::move(name));
    }
  } else {
    names.emplace_back(part);
  }
  for (const std::string& name : names) {
    const std::string path = base.empty() ? name : io::join_path(base, name);
    const auto info = files.info(path);
    if (!info) continue;
    if (last && !info->is_directory) out.push_back(path);
    if (!last && info->is_directory && depth < kMaxFolders) {
      TRY_VOID(walk(files, path, tail, depth + 1, out));
    }
  }
  return {};
}

}  // namespace

bool has_wildcards(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool matches_wildcards(std::string_view pattern, std::string_view name) {
  // The last star and where its match ended: on a mismatch it takes one character more.
  std::string_view star_pattern;
  std::string_view star_name;
  bool has_star = false;
  while (!name.empty() || !pattern.empty()) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      star_pattern = pattern;
      star_name = name;
      has_star = true;
      continue;
    }
    bool taken = false;
    if (!pattern.empty() && !name.empty()) {
      if (pattern[0] == '[') {
        taken = class_takes(pattern, name[0]);
      } else {
        taken = pattern[0] == '?' || pattern[0] == name[0];
        pattern.remove_prefix(1);
      }
      name.remove_prefix(1);
    }
    if (taken) continue;
    if (!has_star || star_name.empty()) return false;
    star_name.remove_prefix(1);
    pattern = star_pattern;
    name = star_name;
  }
  return true;
}

Result<std::vector<std::string>> files_of(io::FileSystem& files, const std::string& path) {
  if (!has_wildcards(path)) return std::vector<std::string>{path};
  std::vector<std::string> out;
  const bool absolute = path.starts_with("/");
  TRY_VOID(
      walk(files, absolute ? "/" : "", std::string_view(path).substr(absolute ? 1 : 0), 0, out));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace weir::connect
