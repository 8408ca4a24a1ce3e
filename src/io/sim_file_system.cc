#include "io/sim_file_system.h"

#include "base/check.h"
#include "base/random.h"

namespace weir::io {

namespace {
constexpr size_t kSector = 512;

Error not_found(const std::string& path) {
  return Error(ErrorKind::kNotFound, 1501, path + ": no such file or folder");
}
}  // namespace

// A file: its bytes as processes see them, as the disk surely has them, and the writes in between.
struct SimFileSystem::Node {
  struct Write {
    uint64_t offset = 0;
    std::string bytes;
    bool is_truncate = false;  // to `offset`
  };
  std::string content;
  std::string durable;
  std::vector<Write> unsynced;
  uint64_t inode = 0;

  void write(uint64_t offset, std::string_view bytes) {
    apply({offset, std::string(bytes)}, content);
    unsynced.push_back({offset, std::string(bytes)});
  }
  void truncate(uint64_t size) {
    content.resize(size);
    unsynced.push_back({size, "", true});
  }
  void sync() {
    durable = content;
    unsynced.clear();
  }
  static void apply(const Write& write, std::string& to) {
    if (write.is_truncate) return to.resize(write.offset);
    if (to.size() < write.offset + write.bytes.size()) to.resize(write.offset + write.bytes.size());
    to.replace(write.offset, write.bytes.size(), write.bytes);
  }

  // Each sector of each unsynced write made it to the disk or did not.
  void lose(Random& random) {
    std::string left = durable;
    for (const Write& write : unsynced) {
      if (write.is_truncate) {
        if (random.below(2) == 0) left.resize(write.offset);
        continue;
      }
      for (size_t at = 0; at < write.bytes.size();) {
        const size_t to_boundary = kSector - (write.offset + at) % kSector;
        const size_t n = std::min(to_boundary, write.bytes.size() - at);
        if (random.below(3) != 0) apply({write.offset + at, write.bytes.substr(at, n)}, left);
        at += n;
      }
    }
    content = durable = left;
    unsynced.clear();
  }
};

class SimFileSystem::OpenFile final : public File {
 public:
  OpenFile(SimFileSystem& files, NodePtr node)
      : files_(files), node_(std::move(node)), generation_(files.generation_) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    TRY_VOID(check_alive());
    if (offset >= node_->content.size()) return size_t{0};
    const size_t n = std::min<size_t>(size, node_->content.size() - offset);
    std::memcpy(out, node_->content.data() + offset, n);
    return n;
  }
  Status write_at(uint64_t offset, std::string_view bytes) override {
    TRY_VOID(check_alive());
    if (Status status = files_.count_call("write"); !status) {
      node_->write(offset, bytes.substr(0, bytes.size() / 2));
      return status;
    }
    node_->write(offset, bytes);
    return {};
  }
  Status append(std::string_view bytes) override { return write_at(node_->content.size(), bytes); }
  Status sync() override {
    TRY_VOID(check_alive());
    TRY_VOID(files_.count_call("sync"));
    node_->sync();
    return {};
  }
  Status truncate(uint64_t size) override {
    TRY_VOID(check_alive());
    TRY_VOID(files_.count_call("truncate"));
    node_->truncate(size);
    return {};
  }
  Result<FileInfo> info() override {
    TRY_VOID(check_alive());
    return FileInfo{node_->content.size(), node_->inode, 0, false};
  }

 private:
  Status check_alive() const {
    if (generation_ == files_.generation_) return {};
    return Error(ErrorKind::kIo, 1503, "the process that opened this file is gone");
  }

  SimFileSystem& files_;
  NodePtr node_;
  const uint64_t generation_;
};

class SimFileSystem::Lock final : public FileLock {
 public:
  Lock(SimFileSystem& files, std::string path)
      : files_(files), path_(std::move(path)), generation_(files.generation_) {}
  ~Lock() override {
    if (generation_ == files_.generation_) files_.locked_.erase(path_);
  }

 private:
  SimFileSystem& files_;
  const std::string path_;
  const uint64_t generation_;
};

SimFileSystem::SimFileSystem() { dirs_ = {"/", "."}; }
SimFileSystem::~SimFileSystem() = default;

void SimFileSystem::fail_call(uint64_t number, ErrorKind kind, bool from_then_on) {
  fail_at_ = number;
  fail_kind_ = kind;
  fail_on_ = from_then_on;
}

void SimFileSystem::heal() {
  fail_at_ = UINT64_MAX;
  fail_on_ = false;
}

Status SimFileSystem::count_call(const char* what) {
  const uint64_t number = calls_++;
  if (number != fail_at_ && !(fail_on_ && number > fail_at_)) return {};
  has_failed_ = true;
  return Error(fail_kind_, 1504, std::string(what) + " failed, as it was told to");
}

void SimFileSystem::place(const std::string& path, std::string content) {
  for (std::string dir = parent_path(path); !is_dir(dir); dir = parent_path(dir)) dirs_.insert(dir);
  NodePtr& node = names_[path];
  if (!node) {
    node = std::make_shared<Node>();
    node->inode = next_inode_++;
  }
  node->content = std::move(content);
  node->sync();
  durable_names_[path] = node;
}

std::vector<std::string> SimFileSystem::all_files(const std::string& below) const {
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    if (name.starts_with(below)) found.push_back(name);
  }
  return found;
}

void SimFileSystem::process_death() {
  ++generation_;
  locked_.clear();
}

void SimFileSystem::power_loss(uint64_t seed) {
  process_death();
  Random random(seed);
  // A folder's changes reach the disk in order: some first ones may have.
  for (auto& [dir, changes] : unsynced_) {
    const uint64_t kept = random.below(changes.size() + 1);
    for (uint64_t i = 0; i < kept; ++i) {
      if (changes[i].node) {
        durable_names_[changes[i].name] = changes[i].node;
      } else {
        durable_names_.erase(changes[i].name);
      }
    }
  }
  unsynced_.clear();
  names_ = durable_names_;
  std::set<Node*> seen;
  for (const auto& [name, node] : names_) {
    if (seen.insert(node.get()).second) node->lose(random);
  }
}

SimFileSystem::NodePtr SimFileSystem::find(const std::string& path) const {
  const auto it = names_.find(path);
  return it == names_.end() ? nullptr : it->second;
}

void SimFileSystem::change_name(const std::string& path, NodePtr node) {
  unsynced_[parent_path(path)].push_back({path, node});
  if (node) {
    names_[path] = std::move(node);
  } else {
    names_.erase(path);
  }
}

Result<std::unique_ptr<File>> SimFileSystem::open(const std::string& path, OpenMode mode) {
  NodePtr node = find(path);
  if (node && mode == OpenMode::kCreateNew) {
    return Error(ErrorKind::kAlreadyExists, 1505, path + ": exists already");
  }
  if (!node) {
    if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite) return not_found(path);
    if (!is_dir(parent_path(path))) return not_found(parent_path(path));
    TRY_VOID(count_call("create"));
    node = std::make_shared<Node>();
    node->inode = next_inode_++;
    change_name(path, node);
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(node)));
}

Result<std::unique_ptr<FileLock>> SimFileSystem::lock(const std::string& path) {
  if (!locked_.insert(path).second) {
    return Error(ErrorKind::kLocked, 1502, path + " is locked by another process");
  }
  return std::unique_ptr<FileLock>(std::make_unique<Lock>(*this, path));
}

Result<FileInfo> SimFileSystem::info(const std::string& path) {
  if (is_dir(path)) return FileInfo{0, 0, 0, true};
  const NodePtr node = find(path);
  if (!node) return not_found(path);
  return FileInfo{node->content.size(), node->inode, 0, false};
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& dir) {
  if (!is_dir(dir)) return not_found(dir);
  std::set<std::string> names;
  for (const auto& [path, node] : names_) {
    if (parent_path(path) == dir) names.insert(base_name(path));
  }
  for (const std::string& path : dirs_) {
    if (path != dir && parent_path(path) == dir) names.insert(base_name(path));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status SimFileSystem::make_dirs(const std::string& path) {
  if (is_dir(path)) return {};
  TRY_VOID(count_call("mkdir"));
  for (std::string dir = path; !is_dir(dir); dir = parent_path(dir)) dirs_.insert(dir);
  return {};
}

Status SimFileSystem::rename(const std::string& from, const std::string& to) {
  const NodePtr node = find(from);
  if (!node) return not_found(from);
  TRY_VOID(count_call("rename"));
  WEIR_CHECK(parent_path(from) == parent_path(to));  // one folder, one journal entry
  // One step: either both names are as before or both as after.
  change_name(to, node);
  names_.erase(from);
  unsynced_[parent_path(from)].push_back({from, nullptr});
  return {};
}

Status SimFileSystem::remove(const std::string& path) {
  if (is_dir(path)) {
    TRY_VOID(count_call("rmdir"));
    dirs_.erase(path);
    return {};
  }
  if (!find(path)) return not_found(path);
  TRY_VOID(count_call("remove"));
  change_name(path, nullptr);
  return {};
}

Status SimFileSystem::sync_dir(const std::string& path) {
  TRY_VOID(count_call("sync of a folder"));
  for (const NameChange& change : unsynced_[path]) {
    if (change.node) {
      durable_names_[change.name] = change.node;
    } else {
      durable_names_.erase(change.name);
    }
  }
  unsynced_.erase(path);
  return {};
}

Result<uint64_t> SimFileSystem::free_bytes(const std::string&) { return uint64_t{1} << 40; }

}  // namespace weir::io
