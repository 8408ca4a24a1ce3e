#include "engine/state_copy.h"

#include <charconv>

#include <fmt/core.h>

#include "base/hash.h"

namespace weir::engine {

namespace {

constexpr std::string_view kSuffix = ".copy";
constexpr std::string_view kFirstLine = "weir state copy ";
constexpr uint64_t kVersion = 1;
constexpr size_t kPiece = io::ObjectStore::kRange;
constexpr size_t kEpochDigits = 20;
constexpr const char* kFiles = "files/";

std::string copy_name(Epoch epoch) { return fmt::format("{:020}{}", epoch.value, kSuffix); }

bool parse_number(std::string_view text, uint64_t& out, int base = 10) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::string_view next_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

// No way out of the folder that it is fetched into.
bool is_below(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return false;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return true;
}

bool take_line(std::string_view line, StateCopy& copy) {
  const std::string_view word = next_word(line);
  if (word == "pipeline") return copy.pipeline = line, !line.empty();
  if (word == "epoch") return parse_number(line, copy.epoch.value);
  if (word == "log") {
    copy.kafka = line == "kafka";
    copy.with_log = line == "whole";
    return copy.kafka || copy.with_log || line == "none";
  }
  if (word != "file") return false;
  CopiedFile file;
  const bool numbers = parse_number(next_word(line), file.bytes) &&
                       parse_number(next_word(line), file.checksum, 16);
  file.path = line;
  copy.files.push_back(file);
  return numbers && is_below(file.path);
}

}  // namespace

std::string CopiedFile::object() const {
  return fmt::format("{}{}-{:016x}", kFiles, io::base_name(path), checksum);
}

std::string encode_copy(const StateCopy& copy) {
  std::string out = fmt::format("{}{}\n", kFirstLine, kVersion);
  out += fmt::format("pipeline {}\nepoch {}\nlog {}\n", copy.pipeline, copy.epoch.value,
                     copy.kafka ? "kafka" : copy.with_log ? "whole" : "none");
  for (const CopiedFile& file : copy.files) {
    out += fmt::format("file {} {:016x} {}\n", file.bytes, file.checksum, file.path);
  }
  return out + fmt::format("end {:016x}\n", hash64(out));
}

Result<StateCopy> decode_copy(const std::string& text, const std::string& place) {
  const auto damaged = [&] {
    return Error(ErrorKind::kCorrupt, 1911, fmt::format("{} is damaged", place));
  };
  uint64_t version = 0;
  const size_t first = text.find('\n');
  if (first == std::string::npos || !text.starts_with(kFirstLine)) return damaged();
  const auto number = std::string_view(text).substr(0, first).substr(kFirstLine.size());
  if (!parse_number(number, version) || version == 0) return damaged();
  if (version > kVersion) {
    return Error(ErrorKind::kNewerFormat, 1912,
                 fmt::format("{} was written by a newer weir", place))
        .hint("use the weir that wrote it, or a later one");
  }
  const size_t end = text.rfind("end ");
  uint64_t checksum = 0;
  if (end == std::string::npos || text.back() != '\n') return damaged();
  const std::string_view whole = text;
  if (!parse_number(whole.substr(end + 4, text.size() - end - 5), checksum, 16)) return damaged();
  if (checksum != hash64(whole.substr(0, end))) return damaged();
  StateCopy copy;
  for (std::string_view rest = whole.substr(first + 1, end - first - 1); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!take_line(line, copy)) return damaged();
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return copy;
}

Result<std::vector<Epoch>> CopyStore::list() {
  std::vector<Epoch> epochs;
  for (const io::ObjectInfo& one : TRY(objects_->list(key("")))) {
    const std::string name = one.key.substr(key("").size());
    uint64_t epoch = 0;
    if (!name.ends_with(kSuffix)) continue;
    const auto digits = std::string_view(name).substr(0, name.size() - kSuffix.size());
    if (digits.size() == kEpochDigits && parse_number(digits, epoch)) {
      epochs.push_back(Epoch(epoch));
    }
  }
  std::sort(epochs.begin(), epochs.end());
  return epochs;
}

Result<StateCopy> CopyStore::read(Epoch epoch) {
  const std::string name = key(copy_name(epoch));
  const std::string where = fmt::format("{}, {}", place(), name);
  StateCopy copy = TRY(decode_copy(TRY(objects_->get(name)), where));
  if (copy.epoch == epoch && copy.pipeline == pipeline_) return copy;
  return Error(ErrorKind::kCorrupt, 1911, fmt::format("{} is damaged", where))
      .detail("It is of another epoch or project than its name says.");
}

Result<CopiedFile> CopyStore::describe(const std::string& dir, const std::string& path) {
  CopiedFile out;
  out.path = path;
  const auto file = TRY(files_.open(io::join_path(dir, path), io::OpenMode::kRead));
  out.bytes = TRY(file->info()).size;
  std::string piece;
  for (uint64_t at = 0; at < out.bytes; at += piece.size()) {
    piece.resize(std::min<uint64_t>(kPiece, out.bytes - at));
    piece.resize(TRY(file->read_at(at, piece.data(), piece.size())));
    if (piece.empty()) return Error(ErrorKind::kIo, 1922, "a file became shorter meanwhile");
    out.checksum = hash64(piece.data(), piece.size(), out.checksum);
  }
  return out;
}

Status CopyStore::put(const std::string& dir, const CopiedFile& file) {
  const std::string object = key(file.object());
  for (const io::ObjectInfo& there : TRY(objects_->list(object))) {
    if (there.key == object && there.bytes == file.bytes) return {};
  }
  const auto from = TRY(files_.open(io::join_path(dir, file.path), io::OpenMode::kRead));
  return objects_->put_file(object, *from, file.bytes);
}

Result<bool> CopyStore::write(StateCopy copy, const std::string& dir,
                              const std::vector<std::string>& paths) {
  copy.pipeline = pipeline_;
  copy.files.clear();
  for (const std::string& path : paths) {
    copy.files.push_back(TRY(describe(dir, path)));
    TRY_VOID(put(dir, copy.files.back()));
  }
  return objects_->put_new(key(copy_name(copy.epoch)), encode_copy(copy));
}

Status CopyStore::fetch_file(const CopiedFile& file, const std::string& to) {
  const auto damaged = [&](const char* what) {
    return Error(ErrorKind::kCorrupt, 1917,
                 fmt::format("{}, {} is damaged: {}", place(), key(file.object()), what));
  };
  const auto out = TRY(files_.open(to, io::OpenMode::kCreate));
  TRY_VOID(out->truncate(0));
  uint64_t checksum = 0;
  for (uint64_t at = 0; at < file.bytes;) {
    const size_t size = std::min<uint64_t>(kPiece, file.bytes - at);
    auto piece = objects_->get_range(key(file.object()), at, size);
    if (!piece && piece.error().code() == 1905) return damaged("it is not there");
    if (!piece) return std::move(piece).error();
    if (piece->size() != size) return damaged("it is too short");
    checksum = hash64(piece->data(), piece->size(), checksum);
    TRY_VOID(out->append(*piece));
    at += size;
  }
  if (checksum != file.checksum) return damaged("its checksum is wrong");
  return out->sync();
}

Status CopyStore::fetch(const StateCopy& copy, const std::string& dir) {
  for (const CopiedFile& file : copy.files) {
    const std::string to = io::join_path(dir, file.path);
    const std::string beside = to + ".part";
    TRY_VOID(files_.make_dirs(io::parent_path(to)));
    if (Status fetched = fetch_file(file, beside); !fetched) {
      (void)files_.remove(beside).has_value();
      return fetched;
    }
    TRY_VOID(files_.rename(beside, to));
    TRY_VOID(files_.sync_dir(io::parent_path(to)));
  }
  return {};
}

// A file goes by what the kept copies name, and only below their epochs: a newer one may be of a
// copy that somebody is just writing.
Status CopyStore::keep_newest(size_t count) {
  const std::vector<Epoch> epochs = TRY(list());
  if (epochs.size() < count) return {};
  std::set<std::string> kept;
  const size_t first = epochs.size() - count;
  for (size_t i = first; i < epochs.size(); ++i) {
    auto copy = read(epochs[i]);
    if (!copy) return {};  // what it needs is not known: nothing goes
    for (const CopiedFile& file : copy->files) kept.insert(key(file.object()));
  }
  for (size_t i = 0; i < first; ++i) TRY_VOID(objects_->remove(key(copy_name(epochs[i]))));
  for (const io::ObjectInfo& one : TRY(objects_->list(key(kFiles)))) {
    const std::string name = one.key.substr(key(kFiles).size());
    uint64_t epoch = 0;
    if (!parse_number(std::string_view(name).substr(0, kEpochDigits), epoch)) continue;
    if (Epoch(epoch) < epochs[first] && !kept.count(one.key)) TRY_VOID(objects_->remove(one.key));
  }
  return {};
}

Result<std::set<std::string>> CopyStore::pipelines() {
  std::set<std::string> found;
  for (const io::ObjectInfo& one : TRY(objects_->list(""))) {
    const size_t slash = one.key.find('/');
    if (slash != std::string::npos && one.key.ends_with(kSuffix)) {
      found.insert(one.key.substr(0, slash));
    }
  }
  return found;
}

}  // namespace weir::engine
