#include "log/embedded/journal.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::log {

namespace {
constexpr std::string_view kMagic = "weirJRNL";
constexpr uint32_t kVersion = 1;
constexpr size_t kFileHeader = 12;
constexpr uint32_t kFrameMagic = 0x454d5246;  // "FRME"
constexpr size_t kFrameHeader = 12;

struct Frame {
  uint32_t size = 0;
  bool whole = false;
};
Frame frame_at(std::string_view bytes, size_t at) {
  ByteReader r(bytes.substr(at));
  const auto magic = r.le<uint32_t>();
  const auto size = r.le<uint32_t>();
  const auto crc = r.le<uint32_t>();
  if (!r.ok() || magic != kFrameMagic || size > r.remaining()) return {};
  return {size, crc32c(r.raw(size)) == crc};
}

bool whole_frame_behind(std::string_view bytes, size_t at) {
  const std::string magic(reinterpret_cast<const char*>(&kFrameMagic), 4);
  for (size_t found = bytes.find(magic, at + 1); found != std::string_view::npos; found = bytes.find(magic, found + 1)) {
    if (frame_at(bytes, found).whole) return true;
  }
  return false;
}

std::string file_header() {
  std::string header(kMagic);
  ByteWriter(header).le(kVersion);
  return header;
}
}  // namespace

std::string Journal::path(uint64_t file) const { return io::join_path(dir_, fmt::format("{:020}.journal", file)); }

Result<std::unique_ptr<Journal>> Journal::open(io::FileSystem& files, std::string dir, bool read_only, const OnFrame& on_frame) {
  std::unique_ptr<Journal> journal(new Journal(files, std::move(dir), read_only));
  if (!read_only) TRY_VOID(files.make_dirs(journal->dir_));
  if (files.exists(journal->dir_)) {
    for (const std::string& name : TRY(files.list(journal->dir_))) {
      if (name.ends_with(".journal")) journal->numbers_.push_back(std::strtoull(name.c_str(), nullptr, 10));
    }
  }
  std::sort(journal->numbers_.begin(), journal->numbers_.end());
  const std::vector<uint64_t> numbers = journal->numbers_;
  for (size_t i = 0; i < numbers.size(); ++i) TRY_VOID(journal->load(numbers[i], i + 1 == numbers.size(), on_frame));
  if (numbers.empty() && !read_only) TRY_VOID(journal->start_file(1));
  return journal;
}

Status Journal::load(uint64_t number, bool last, const OnFrame& on_frame) {
  const std::string name = path(number);
  const std::string bytes = TRY(files_.read_all(name));
  const auto damaged = [&](size_t at, const char* what) {
    return Error(ErrorKind::kCorrupt, 1412, fmt::format("{} is damaged at byte {}: {}", name, at, what))
        .hint("restore the file from a backup, or remove the folder to read the sources again");
  };
  size_t at = kFileHeader;
  const bool headless = bytes.size() < kFileHeader;
  if (headless && !last) return damaged(0, "it is too short");
  if (!headless) {
    if (std::string_view(bytes).substr(0, 8) != kMagic) return damaged(0, "it does not begin as a journal");
    const auto version = ByteReader(std::string_view(bytes).substr(8)).le<uint32_t>();
    if (version > kVersion) {
      return Error(ErrorKind::kNewerFormat, 1413, fmt::format("{} was written by a newer weir", name))
          .hint("run the weir that wrote this folder, or a later one");
    }
    if (version != kVersion) return damaged(8, "unknown version");
    while (at < bytes.size()) {
      const Frame frame = frame_at(bytes, at);
      if (!frame.whole) {
        if (!last || whole_frame_behind(bytes, at)) return damaged(at, "a frame");
        break;
      }
      TRY_VOID(on_frame(std::string_view(bytes).substr(at + kFrameHeader, frame.size), {number, at + kFrameHeader, frame.size}));
      at += kFrameHeader + frame.size;
    }
  }
  if (!last) return {};
  active_ = number;
  size_ = at;
  file_ = TRY(files_.open(name, read_only_ ? io::OpenMode::kRead : io::OpenMode::kReadWrite));
  if (read_only_ || (at == bytes.size() && !headless)) return {};
  log_warn("cutting an unfinished end off the journal", {{"path", name}, {"from", headless ? 0 : at}, {"to", bytes.size()}});
  if (headless) {
    TRY_VOID(file_->truncate(0));
    TRY_VOID(file_->write_at(0, file_header()));
  } else {
    TRY_VOID(file_->truncate(at));
  }
  return file_->sync();
}

Status Journal::start_file(uint64_t number) {
  std::unique_ptr<io::File> file = TRY(files_.open(path(number), io::OpenMode::kCreate));
  TRY_VOID(file->truncate(0));
  TRY_VOID(file->write_at(0, file_header()));
  TRY_VOID(file->sync());
  TRY_VOID(files_.sync_dir(dir_));
  file_ = std::move(file);
  active_ = number;
  size_ = kFileHeader;
  numbers_.push_back(number);
  return {};
}

Result<Journal::Place> Journal::append(std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + kFrameHeader);
  ByteWriter w(frame);
  w.le(kFrameMagic);
  w.le(static_cast<uint32_t>(payload.size()));
  w.le(crc32c(payload));
  w.raw(payload);
  if (Status written = file_->write_at(size_, frame); !written) {
    static_cast<void>(file_->truncate(size_));
    return std::move(written).error();
  }
  const Place place{active_, size_ + kFrameHeader, static_cast<uint32_t>(payload.size())};
  size_ += frame.size();
  return place;
}

Status Journal::take_back(const Place& place) {
  size_ = place.position - kFrameHeader;
  return file_->truncate(size_);
}

Status Journal::sync() { return file_->sync(); }

Result<std::string> Journal::read(const Place& place) {
  const std::unique_ptr<io::File> file = TRY(files_.open(path(place.file), io::OpenMode::kRead));
  std::string payload(place.size, '\0');
  const size_t n = TRY(file->read_at(place.position, payload.data(), payload.size()));
  if (n != payload.size()) {
    return Error(ErrorKind::kCorrupt, 1412, fmt::format("{} ends early at byte {}", path(place.file), place.position + n));
  }
  return payload;
}

Status Journal::roll() {
  TRY_VOID(file_->sync());
  return start_file(active_ + 1);
}

std::vector<uint64_t> Journal::closed() const {
  std::vector<uint64_t> closed = numbers_;
  std::erase(closed, active_);
  return closed;
}

Status Journal::remove(uint64_t file) {
  TRY_VOID(files_.remove(path(file)));
  std::erase(numbers_, file);
  return {};
}

}  // namespace weir::log
