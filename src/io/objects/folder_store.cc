// Objects as files of a folder: what is exported to a disk, and the same seam in tests.
#include <fmt/core.h>

#include "io/objects/stores.h"

namespace weir::io {

namespace {

constexpr uint64_t kPiece = 4 << 20;

class FolderStore final : public ObjectStore {
 public:
  FolderStore(std::string dir, FileSystem& files)
      : ObjectStore(dir), dir_(std::move(dir)), files_(files) {}

  Status put(const std::string& key, std::string_view bytes) override {
    TRY_VOID(files_.make_dirs(parent_path(path(key))));
    return files_.write_atomically(path(key), bytes);
  }
  Result<bool> put_new(const std::string& key, std::string_view bytes) override {
    if (files_.exists(path(key))) return false;
    TRY_VOID(put(key, bytes));
    return true;
  }
  Status put_file(const std::string& key, File& file, uint64_t bytes) override {
    const std::string to = path(key), beside = to + ".part";
    TRY_VOID(files_.make_dirs(parent_path(to)));
    {
      const auto out = TRY(files_.open(beside, OpenMode::kCreate));
      TRY_VOID(out->truncate(0));
      for (uint64_t at = 0; at < bytes; at += kPiece) {
        TRY_VOID(out->append(TRY(read_piece(file, at, std::min(kPiece, bytes - at)))));
      }
      TRY_VOID(out->sync());
    }
    TRY_VOID(files_.rename(beside, to));
    return files_.sync_dir(parent_path(to));
  }
  Result<std::string> get_range(const std::string& key, uint64_t from, size_t size) override {
    auto file = files_.open(path(key), OpenMode::kRead);
    if (!file && file.error().kind() == ErrorKind::kNotFound) {
      return Error(ErrorKind::kNotFound, 1905, fmt::format("{}: there is no such object", name()))
          .detail(key);
    }
    if (!file) return std::move(file).error();
    std::string out(std::min(size, kRange), '\0');
    out.resize(TRY((*file)->read_at(from, out.data(), out.size())));
    return out;
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    if (files_.exists(dir_)) TRY_VOID(list_below("", found));
    std::erase_if(found, [&](const ObjectInfo& one) { return !one.key.starts_with(prefix); });
    std::sort(found.begin(), found.end(),
              [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
    return found;
  }
  Status remove(const std::string& key) override {
    if (!files_.exists(path(key))) return {};
    return files_.remove(path(key));
  }

 private:
  std::string path(const std::string& key) const { return join_path(dir_, key); }
  Status list_below(const std::string& below, std::vector<ObjectInfo>& found) {
    for (const std::string& one : TRY(files_.list(below.empty() ? dir_ : path(below)))) {
      const std::string key = below.empty() ? one : join_path(below, one);
      const FileInfo info = TRY(files_.info(path(key)));
      if (info.is_directory) {
        TRY_VOID(list_below(key, found));
      } else if (!key.ends_with(".part")) {
        found.push_back({key, info.size});
      }
    }
    return {};
  }

  const std::string dir_;
  FileSystem& files_;
};

}  // namespace

std::unique_ptr<ObjectStore> open_folder_store(const std::string& path, FileSystem& files) {
  return std::make_unique<FolderStore>(path, files);
}

}  // namespace weir::io
