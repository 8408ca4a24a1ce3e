#include "log/embedded/segment.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::log {

namespace {
constexpr uint64_t kIndexEvery = 64 << 10;
constexpr std::string_view kIndexMagic = "weirINDX";
constexpr uint32_t kIndexVersion = 1;
constexpr size_t kIndexHeader = 16;  // magic, version, checksum of the rest
constexpr size_t kNameDigits = 20;
constexpr std::string_view kSuffix = ".log";
constexpr int64_t kFarthest = int64_t{1} << 40;  // that a batch behind a damaged one can begin
}  // namespace

Segment::Segment(io::FileSystem& files, const std::string& dir, int64_t base, bool gaps)
    : files_(files),
      dir_(dir),
      base_(base),
      path_(io::join_path(dir, fmt::format("{:020}{}", base, kSuffix))),
      gaps_(gaps),
      end_(base) {}

std::string Segment::index_path() const {
  return path_.substr(0, path_.size() - kSuffix.size()) + ".index";
}

std::optional<int64_t> Segment::base_of(const std::string& name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  int64_t base = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kNameDigits, base);
  if (error != std::errc() || end != name.data() + kNameDigits || base < 0) return std::nullopt;
  return base;
}

Error Segment::damaged(uint64_t position, const char* what) const {
  return Error(ErrorKind::kCorrupt, 1410,
               fmt::format("{} is damaged at byte {}: {}", path_, position, what))
      .detail("Only a torn end that was never confirmed is cut off by itself.")
      .hint("restore the file from a backup, or remove the folder to read the sources again");
}

Result<std::unique_ptr<Segment>> Segment::create(io::FileSystem& files, const std::string& dir,
                                                 int64_t base) {
  auto segment = std::make_unique<Segment>(files, dir, base);
  segment->file_ = TRY(files.open(segment->path_, io::OpenMode::kCreate));
  TRY_VOID(segment->file_->truncate(0));
  TRY_VOID(files.sync_dir(dir));
  return segment;
}

Result<io::File*> Segment::file(std::unique_ptr<io::File>& holder) const {
  if (file_) return file_.get();
  holder = TRY(files_.open(path_, io::OpenMode::kRead));
  return holder.get();
}

Result<std::optional<BatchHeader>> Segment::header_at(io::File& file, uint64_t position) const {
  char raw[kBatchHeaderBytes];
  const size_t n = TRY(file.read_at(position, raw, sizeof raw));
  return peek_batch({raw, n});
}

Result<std::string> Segment::batch_at(io::File& file, uint64_t position,
                                      const BatchHeader& header) const {
  std::string bytes(static_cast<size_t>(header.size), '\0');
  bytes.resize(TRY(file.read_at(position, bytes.data(), bytes.size())));
  return bytes;
}

void Segment::note_at(const BatchHeader& header, uint64_t position) {
  max_timestamp_ms_ = std::max(max_timestamp_ms_, header.max_timestamp_ms);
  end_ = header.next_offset();
  origin_ = header.origin;
  if (index_.empty() || position - index_.back().position >= kIndexEvery) {
    index_.push_back({header.base_offset, position, max_timestamp_ms_});
  }
}

// Up to the first place that is no whole batch, which may be the end of the file.
Status Segment::scan(io::File& file, uint64_t file_size, bool with_checksums) {
  while (size_ < file_size) {
    const std::optional<BatchHeader> header = TRY(header_at(file, size_));
    if (!header || !follows(*header, end_)) return {};
    if (size_ + static_cast<uint64_t>(header->size) > file_size) return {};
    if (with_checksums) {
      const std::string bytes = TRY(batch_at(file, size_, *header));
      if (bytes.size() != static_cast<size_t>(header->size) || !batch_is_whole(bytes)) return {};
    }
    note_at(*header, size_);
    size_ += static_cast<uint64_t>(header->size);
  }
  return {};
}

Status Segment::load_closed(bool read_only) {
  const uint64_t file_size = TRY(files_.info(path_)).size;
  if (const auto bytes = files_.read_all(index_path()); bytes && decode_index(*bytes, file_size)) {
    return {};
  }
  size_ = 0;
  end_ = base_;
  index_.clear();
  const auto file = TRY(files_.open(path_, io::OpenMode::kRead));
  TRY_VOID(scan(*file, file_size, false));
  if (size_ != file_size) return damaged(size_, "not a record batch");
  if (read_only) return {};
  log_info("built the index of a segment", {{"path", path_}});
  if (const Status written = files_.write_atomically(index_path(), encode_index()); !written) {
    log_warn("the index of a segment was not written", {{"error", written.error().to_string()}});
  }
  return {};
}

Result<std::vector<std::string>> Segment::load_active(bool read_only) {
  file_ = TRY(files_.open(path_, read_only ? io::OpenMode::kRead : io::OpenMode::kReadWrite));
  const uint64_t file_size = TRY(file_->info()).size;
  TRY_VOID(scan(*file_, file_size, true));
  unfinished_end_ = size_ != file_size;
  if (!unfinished_end_) return std::vector<std::string>();
  return find_behind(*file_, file_size);
}

// Whole batches behind one that is not: pages reached the disk out of order before a sync, or
// stored bytes were damaged. Where the broken batch still says how long it is, nothing inside it
// counts: the bytes of a record may look like a batch.
Result<std::vector<std::string>> Segment::find_behind(io::File& file, uint64_t file_size) const {
  std::string rest(file_size - size_, '\0');
  rest.resize(TRY(file.read_at(size_, rest.data(), rest.size())));
  std::vector<std::string> found;
  int64_t end = end_;
  const std::string_view all(rest);
  for (size_t at = 0; at + kBatchHeaderBytes <= all.size();) {
    const std::optional<BatchHeader> header =
        static_cast<uint8_t>(all[at + 16]) == 2 ? peek_batch(all.substr(at)) : std::nullopt;
    const bool fits = header && header->base_offset >= end &&
                      header->base_offset - end < kFarthest &&
                      at + static_cast<size_t>(header->size) <= all.size();
    if (!fits) {
      ++at;
      continue;
    }
    const std::string_view batch = all.substr(at, static_cast<size_t>(header->size));
    const std::string_view behind = all.substr(at + batch.size());
    if (batch_is_whole(batch)) {
      found.emplace_back(batch);
      end = header->next_offset();
      at += batch.size();
    } else {
      at += behind.empty() || peek_batch(behind) ? batch.size() : 1;
    }
  }
  return found;
}

Status Segment::write(std::string_view batch) {
  Status written = file_->write_at(size_, batch);
  if (!written) static_cast<void>(file_->truncate(size_));
  return written;
}

void Segment::note(const BatchHeader& header) {
  note_at(header, size_);
  size_ += static_cast<uint64_t>(header.size);
}

Status Segment::sync() { return file_->sync(); }

Status Segment::cut() {
  log_warn("cutting an unfinished end off a segment", {{"path", path_}, {"at", size_}});
  TRY_VOID(file_->truncate(size_));
  TRY_VOID(file_->sync());
  unfinished_end_ = false;
  return {};
}

Status Segment::truncate_to(int64_t offset, bool in_memory) {
  std::unique_ptr<io::File> holder;
  io::File* reader = TRY(file(holder));
  const uint64_t old_size = size_;
  size_ = 0;
  end_ = base_;
  max_timestamp_ms_ = INT64_MIN;
  origin_ = {};
  index_.clear();
  while (size_ < old_size) {
    const std::optional<BatchHeader> header = TRY(header_at(*reader, size_));
    if (!header) return damaged(size_, "not a record batch");
    if (header->base_offset >= offset) break;
    note(*header);
  }
  if (in_memory) return {};
  if (files_.exists(index_path())) TRY_VOID(files_.remove(index_path()));
  if (!file_) file_ = TRY(files_.open(path_, io::OpenMode::kReadWrite));
  return cut();
}

Status Segment::prepare(std::string_view content, int64_t end) {
  while (size_ < content.size()) note(*peek_batch(content.substr(size_)));
  end_ = end;
  const auto file = TRY(files_.open(path_ + ".tmp", io::OpenMode::kCreate));
  TRY_VOID(file->truncate(0));
  TRY_VOID(file->write_at(0, content));
  return file->sync();
}

// The old index goes first: it must never be one of other content.
Status Segment::take_place() {
  if (files_.exists(index_path())) TRY_VOID(files_.remove(index_path()));
  return files_.rename(path_ + ".tmp", path_);
}

Status Segment::write_index() {
  TRY_VOID(files_.sync_dir(dir_));
  return files_.write_atomically(index_path(), encode_index());
}

Status Segment::remove() {
  if (files_.exists(index_path())) TRY_VOID(files_.remove(index_path()));
  return files_.remove(path_);
}

Segment::IndexEntry Segment::entry_before(int64_t offset) const {
  const auto behind =
      std::upper_bound(index_.begin(), index_.end(), offset,
                       [](int64_t o, const IndexEntry& entry) { return o < entry.offset; });
  return behind == index_.begin() ? IndexEntry{base_, 0, 0} : *std::prev(behind);
}

Status Segment::read(int64_t& from, int64_t visible_end, size_t& budget, ReadBatch& out) const {
  std::unique_ptr<io::File> holder;
  io::File* reader = TRY(file(holder));
  const IndexEntry entry = entry_before(from);
  int64_t end = entry.offset;
  for (uint64_t at = entry.position; at < size_ && budget > 0;) {
    const std::optional<BatchHeader> header = TRY(header_at(*reader, at));
    if (!header || at + static_cast<uint64_t>(header->size) > size_) {
      return damaged(at, "not a record batch");
    }
    if (!follows(*header, end) || header->next_offset() > end_) return damaged(at, "its offsets");
    end = header->next_offset();
    if (header->base_offset >= visible_end) {
      budget = 0;
      break;
    }
    if (header->next_offset() > from) {
      auto bytes = std::make_shared<const std::string>(TRY(batch_at(*reader, at, *header)));
      if (const Status decoded = decode_batch(*bytes, out); !decoded) {
        return damaged(at, decoded.error().primary().c_str());
      }
      out.buffers.push_back(std::move(bytes));
      from = header->next_offset();
      budget -= std::min(budget, static_cast<size_t>(header->size));
    }
    at += static_cast<uint64_t>(header->size);
  }
  return {};
}

Result<std::optional<int64_t>> Segment::offset_for_time(int64_t time_ms,
                                                        int64_t visible_end) const {
  const std::optional<int64_t> none;
  if (max_timestamp_ms_ < time_ms) return none;
  // The batch is the one of an entry or lies behind the entry before it.
  const auto entry =
      std::lower_bound(index_.begin(), index_.end(), time_ms,
                       [](const IndexEntry& e, int64_t time) { return e.max_timestamp_ms < time; });
  std::unique_ptr<io::File> holder;
  io::File* reader = TRY(file(holder));
  for (uint64_t at = entry == index_.begin() ? 0 : std::prev(entry)->position; at < size_;) {
    const std::optional<BatchHeader> header = TRY(header_at(*reader, at));
    if (!header) return damaged(at, "not a record batch");
    if (header->base_offset >= visible_end) return none;
    if (header->max_timestamp_ms >= time_ms) {
      ReadBatch batch;
      const std::string bytes = TRY(batch_at(*reader, at, *header));
      if (const Status decoded = decode_batch(bytes, batch); !decoded) {
        return damaged(at, decoded.error().primary().c_str());
      }
      for (const StoredRecord& record : batch.records) {
        if (record.timestamp / 1000 >= time_ms) return std::optional(record.offset.value);
      }
    }
    at += static_cast<uint64_t>(header->size);
  }
  return none;
}

Status Segment::for_each_batch(const OnBatch& on_batch) const {
  std::unique_ptr<io::File> holder;
  io::File* reader = TRY(file(holder));
  for (uint64_t at = 0; at < size_;) {
    const std::optional<BatchHeader> header = TRY(header_at(*reader, at));
    if (!header) return damaged(at, "not a record batch");
    const std::string bytes = TRY(batch_at(*reader, at, *header));
    if (bytes.size() != static_cast<size_t>(header->size) || !batch_is_whole(bytes)) {
      return damaged(at, "checksum");
    }
    TRY_VOID(on_batch(*header, bytes));
    at += bytes.size();
  }
  return {};
}

std::string Segment::encode_index() const {
  std::string body;
  ByteWriter w(body);
  w.le<uint64_t>(size_);
  w.le<int64_t>(end_);
  w.le<int64_t>(max_timestamp_ms_);
  w.le<uint32_t>(static_cast<uint32_t>(index_.size()));
  for (const IndexEntry& entry : index_) {
    w.le<int64_t>(entry.offset);
    w.le<uint64_t>(entry.position);
    w.le<int64_t>(entry.max_timestamp_ms);
  }
  std::string bytes(kIndexMagic);
  ByteWriter header(bytes);
  header.le<uint32_t>(kIndexVersion);
  header.le<uint32_t>(crc32c(body));
  return bytes + body;
}

// False: it is not one of this file; nothing is refused for an index, it can be built again.
bool Segment::decode_index(std::string_view bytes, uint64_t file_size) {
  if (bytes.size() < kIndexHeader || bytes.substr(0, 8) != kIndexMagic) return false;
  ByteReader header(bytes.substr(8, 8));
  const auto version = header.le<uint32_t>();
  const auto crc = header.le<uint32_t>();
  const std::string_view body = bytes.substr(kIndexHeader);
  if (version != kIndexVersion || crc != crc32c(body)) return false;
  ByteReader r(body);
  const auto size = r.le<uint64_t>();
  const auto end = r.le<int64_t>();
  const auto max_timestamp_ms = r.le<int64_t>();
  const auto count = r.le<uint32_t>();
  if (!r.ok() || size != file_size || r.remaining() != uint64_t{count} * 24) return false;
  index_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const auto offset = r.le<int64_t>();
    const auto position = r.le<uint64_t>();
    index_.push_back({offset, position, r.le<int64_t>()});
  }
  size_ = size;
  end_ = end;
  max_timestamp_ms_ = max_timestamp_ms;
  return true;
}

}  // namespace weir::log
