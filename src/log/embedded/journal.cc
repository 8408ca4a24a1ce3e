#include "log/embedded/journal.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::log {

namespace {
constexpr std::string_view kMagic = "weirJRNL";
constexpr uint32_t kVersion = 1;
constexpr size_t kFileHeader = 12;
constexpr uint32_t kFrameMagic = 0x454d5246;  // "FRME"
constexpr size_t kCheckedAt = 12;             // in a frame: what the checksum covers
constexpr std::string_view kSuffix = ".journal";

// `checked`: synced and payload.
uint32_t frame_checksum(uint64_t file, uint64_t position, std::string_view checked) {
  std::string place;
  ByteWriter w(place);
  w.le<uint64_t>(file);
  w.le<uint64_t>(position);
  w.le<uint64_t>(checked.size());
  return crc32c(checked, crc32c(place));
}

struct Frame {
  uint64_t synced = 0;
  std::string_view payload;
};

// The whole frame at the start of `bytes`, which is at `position` of the file; nullopt: there is
// none.
std::optional<Frame> frame_at(uint64_t file, uint64_t position, std::string_view bytes) {
  ByteReader r(bytes);
  const auto magic = r.le<uint32_t>();
  const auto size = r.le<uint32_t>();
  const auto crc = r.le<uint32_t>();
  const std::string_view checked = r.raw(sizeof(uint64_t) + size);
  if (!r.ok() || magic != kFrameMagic || frame_checksum(file, position, checked) != crc) {
    return std::nullopt;
  }
  return Frame{ByteReader(checked).le<uint64_t>(), checked.substr(sizeof(uint64_t))};
}

// Whether a whole frame behind `at` says that what was there had been synced.
bool was_synced(uint64_t file, std::string_view bytes, size_t at) {
  const std::string_view magic(reinterpret_cast<const char*>(&kFrameMagic), sizeof kFrameMagic);
  for (size_t found = bytes.find(magic, at + 1); found != std::string_view::npos;
       found = bytes.find(magic, found + 1)) {
    const std::optional<Frame> frame = frame_at(file, found, bytes.substr(found));
    if (frame && frame->synced > at) return true;
  }
  return false;
}

std::string file_header() {
  std::string header(kMagic);
  ByteWriter(header).le(kVersion);
  return header;
}

std::optional<uint64_t> number_of(const std::string& name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  uint64_t number = 0;
  const char* end = name.data() + name.size() - kSuffix.size();
  const auto parsed = std::from_chars(name.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

Error damaged(const std::string& path, uint64_t at, const char* what) {
  return Error(ErrorKind::kCorrupt, 1412,
               fmt::format("{} is damaged at byte {}: {}", path, at, what))
      .hint("restore the file from a backup, or remove the folder to read the sources again");
}
}  // namespace

std::string Journal::path(uint64_t file) const {
  return io::join_path(dir_, fmt::format("{:020}{}", file, kSuffix));
}

Result<std::unique_ptr<Journal>> Journal::open(io::FileSystem& files, std::string dir,
                                               const Options& options, const OnFrame& on_frame) {
  std::unique_ptr<Journal> journal(new Journal(files, std::move(dir), options));  // NOLINT
  if (!options.read_only) TRY_VOID(files.make_dirs(journal->dir_));
  TRY_VOID(journal->load_all(on_frame));
  return journal;
}

Status Journal::load_all(const OnFrame& on_frame) {
  if (files_.exists(dir_)) {
    for (const std::string& name : TRY(files_.list(dir_))) {
      if (const auto number = number_of(name)) numbers_.push_back(*number);
    }
  }
  std::sort(numbers_.begin(), numbers_.end());
  const std::vector<uint64_t> numbers = numbers_;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i] != numbers[i - 1] + 1) {
      return Error(ErrorKind::kCorrupt, 1412,
                   fmt::format("{} is missing", path(numbers[i - 1] + 1)))
          .hint("restore the file from a backup, or remove the folder to read the sources again");
    }
    TRY_VOID(load(numbers[i], i + 1 == numbers.size(), on_frame));
  }
  if (numbers.empty() && !options_.read_only) return start_file(1);
  return {};
}

Status Journal::load(uint64_t number, bool last, const OnFrame& on_frame) {
  const std::string name = path(number);
  const std::string bytes = TRY(files_.read_all(name));
  uint64_t whole = 0;
  if (bytes.size() < kFileHeader) {
    if (!last) return damaged(name, 0, "it is too short");
  } else {
    whole = TRY(load_frames(number, bytes, last, on_frame));
  }
  return last ? continue_file(number, whole, bytes.size()) : Status();
}

// Answers where the whole frames end.
Result<uint64_t> Journal::load_frames(uint64_t number, std::string_view bytes, bool last,
                                      const OnFrame& on_frame) {
  const std::string name = path(number);
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return damaged(name, 0, "it does not begin as a journal");
  }
  const auto version = ByteReader(bytes.substr(kMagic.size())).le<uint32_t>();
  if (version > kVersion) {
    return Error(ErrorKind::kNewerFormat, 1413, fmt::format("{} was written by a newer weir", name))
        .hint("run the weir that wrote this folder, or a later one");
  }
  if (version != kVersion) return damaged(name, kMagic.size(), "unknown version");
  uint64_t at = kFileHeader;
  while (at < bytes.size()) {
    const std::optional<Frame> frame = frame_at(number, at, bytes.substr(at));
    if (!frame) {
      if (!last || was_synced(number, bytes, at)) return damaged(name, at, "a frame");
      break;
    }
    const Place place{number, at + kFrameHeader, static_cast<uint32_t>(frame->payload.size())};
    if (Status taken = on_frame(frame->payload, place); !taken) {
      if (taken.error().kind() != ErrorKind::kInvalidData) return std::move(taken).error();
      return damaged(name, at, taken.error().primary().c_str());
    }
    at += kFrameHeader + frame->payload.size();
  }
  return at;
}

Status Journal::continue_file(uint64_t number, uint64_t whole, uint64_t file_size) {
  active_ = number;
  size_ = whole;
  file_ = TRY(files_.open(path(number),
                          options_.read_only ? io::OpenMode::kRead : io::OpenMode::kReadWrite));
  if (options_.read_only) return {};
  if (whole == file_size && whole > 0) return sync();
  log_warn("cutting an unfinished end off the journal",
           {{"path", path(number)}, {"from", whole}, {"to", file_size}});
  TRY_VOID(file_->truncate(whole));
  if (whole == 0) TRY_VOID(file_->write_at(0, file_header()));
  size_ = std::max<uint64_t>(whole, kFileHeader);
  return sync();
}

Status Journal::start_file(uint64_t number) {
  std::unique_ptr<io::File> file = TRY(files_.open(path(number), io::OpenMode::kCreate));
  TRY_VOID(file->truncate(0));
  TRY_VOID(file->write_at(0, file_header()));
  TRY_VOID(file->sync());
  TRY_VOID(files_.sync_dir(dir_));
  file_ = std::move(file);
  active_ = number;
  size_ = synced_ = kFileHeader;
  if (numbers_.empty() || numbers_.back() != number) numbers_.push_back(number);
  return {};
}

Result<Journal::Place> Journal::append(std::string& frame) {
  WEIR_CHECK(frame.size() >= kFrameHeader && frame.size() - kFrameHeader <= kMaxPayload);
  std::memcpy(frame.data() + kCheckedAt, &synced_, sizeof synced_);
  std::string header;
  ByteWriter w(header);
  w.le(kFrameMagic);
  w.le(static_cast<uint32_t>(frame.size() - kFrameHeader));
  w.le(frame_checksum(active_, size_, std::string_view(frame).substr(kCheckedAt)));
  frame.replace(0, header.size(), header);
  if (Status written = file_->write_at(size_, frame); !written) {
    static_cast<void>(file_->truncate(size_));
    return std::move(written).error();
  }
  const Place place{active_, size_ + kFrameHeader,
                    static_cast<uint32_t>(frame.size() - kFrameHeader)};
  size_ += frame.size();
  return place;
}

Status Journal::take_back(const Place& place) {
  WEIR_CHECK(place.file == active_);
  size_ = place.position - kFrameHeader;
  synced_ = std::min(synced_, size_);
  return file_->truncate(size_);
}

Status Journal::sync() {
  TRY_VOID(file_->sync());
  synced_ = size_;
  return {};
}

Result<std::string> Journal::read(const Place& place) {
  const std::unique_ptr<io::File> file = TRY(files_.open(path(place.file), io::OpenMode::kRead));
  const uint64_t at = place.position - kFrameHeader;
  std::string frame(kFrameHeader + place.size, '\0');
  frame.resize(TRY(file->read_at(at, frame.data(), frame.size())));
  const std::optional<Frame> found = frame_at(place.file, at, frame);
  if (!found || found->payload.size() != place.size)
    return damaged(path(place.file), at, "a frame");
  return std::string(found->payload);
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
  return files_.sync_dir(dir_);
}

uint64_t Journal::bytes_of(uint64_t file) {
  const auto info = files_.info(path(file));
  return info ? info->size : 0;
}

}  // namespace weir::log
