#include "io/file_system.h"

namespace weir::io {

Result<std::string> FileSystem::read_all(const std::string& path) {
  const std::unique_ptr<File> file = TRY(open(path, OpenMode::kRead));
  const FileInfo info = TRY(file->info());
  std::string content(info.size, '\0');
  content.resize(TRY(file->read_at(0, content.data(), content.size())));
  return content;
}

Status FileSystem::write_atomically(const std::string& path, std::string_view content) {
  const std::string beside = path + ".tmp";
  {
    const std::unique_ptr<File> file = TRY(open(beside, OpenMode::kCreate));
    TRY_VOID(file->truncate(0));
    TRY_VOID(file->append(content));
    TRY_VOID(file->sync());
  }
  TRY_VOID(rename(beside, path));
  return sync_dir(parent_path(path));
}

Status FileSystem::remove_tree(const std::string& path) {
  const FileInfo root = TRY(info(path));
  if (root.is_directory) {
    for (const std::string& name : TRY(list(path))) TRY_VOID(remove_tree(join_path(path, name)));
  }
  return remove(path);
}

std::string join_path(std::string_view dir, std::string_view name) {
  if (dir.empty() || dir == ".") return std::string(name);
  std::string path(dir);
  if (path.back() != '/') path += '/';
  return path += name;
}

std::string parent_path(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace weir::io
