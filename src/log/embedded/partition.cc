#include "log/embedded/partition.h"

#include <fmt/core.h>

#include "base/check.h"
#include "base/log.h"

namespace weir::log {

namespace {
constexpr uint64_t kIndexEvery = 64 << 10;
constexpr size_t kMaxBatch = 1ULL << 31;

Error damaged(const std::string& path, uint64_t position, const char* what) {
  return Error(ErrorKind::kCorrupt, 1410, fmt::format("{} is damaged at byte {}: {}", path, position, what))
      .detail("Only a torn end that was never confirmed is cut off by itself.")
      .hint("restore the file from a backup, or remove the folder to read the sources again");
}
}  // namespace

std::string Partition::segment_path(int64_t base) const {
  return io::join_path(dir_, fmt::format("{:020}.log", base));
}

Result<std::unique_ptr<Partition>> Partition::open(io::FileSystem& files, std::string dir, Options options) {
  std::unique_ptr<Partition> partition(new Partition(files, std::move(dir), options));
  if (!options.read_only) TRY_VOID(files.make_dirs(partition->dir_));
  TRY_VOID(partition->load());
  return partition;
}

Status Partition::load() {
  std::vector<int64_t> bases;
  if (files_.exists(dir_)) {
    for (const std::string& name : TRY(files_.list(dir_))) {
      if (!name.ends_with(".log") || name.size() != 24) continue;
      bases.push_back(std::strtoll(name.c_str(), nullptr, 10));
    }
  }
  std::sort(bases.begin(), bases.end());
  for (size_t i = 0; i < bases.size(); ++i) {
    auto segment = std::make_unique<Segment>();
    segment->base = segment->end = bases[i];
    segment->path = segment_path(bases[i]);
    segment->file = TRY(files_.open(segment->path, options_.read_only ? io::OpenMode::kRead : io::OpenMode::kReadWrite));
    TRY_VOID(scan(*segment, i + 1 == bases.size()));
    end_ = segment->end;
    segments_.push_back(std::move(segment));
  }
  written_end_ = end_;
  return {};
}

// Every batch header, and of the last segment every checksum: the only one that may have a torn end.
Status Partition::scan(Segment& segment, bool last) {
  const uint64_t file_size = TRY(segment.file->info()).size;
  std::string buffer;
  while (segment.size < file_size) {
    buffer.resize(kBatchHeaderBytes);
    buffer.resize(TRY(segment.file->read_at(segment.size, buffer.data(), buffer.size())));
    const std::optional<BatchHeader> header = peek_batch(buffer);
    bool whole = header && header->base_offset >= segment.end && segment.size + static_cast<uint64_t>(header->size) <= file_size;
    if (whole && last) {
      buffer.resize(static_cast<size_t>(header->size));
      whole = TRY(segment.file->read_at(segment.size, buffer.data(), buffer.size())) == buffer.size() && batch_is_whole(buffer);
    }
    if (!whole) break;
    note(segment, *header, segment.size);
    segment.size += static_cast<uint64_t>(header->size);
  }
  if (segment.size == file_size) return {};
  if (!last) return damaged(segment.path, segment.size, "not a record batch");
  TRY_VOID(look_beyond(segment, segment.size, file_size));
  if (options_.read_only) return {};
  log_warn("cutting an unfinished end off a segment", {{"path", segment.path}, {"from", segment.size}, {"to", file_size}});
  TRY_VOID(segment.file->truncate(segment.size));
  return segment.file->sync();
}

// A batch that is whole behind one that is not: either pages reached the disk out of order (then the
// journal has what is missing) or stored bytes were damaged. The caller decides by found_beyond().
Status Partition::look_beyond(const Segment& segment, uint64_t position, uint64_t file_size) {
  std::string rest(file_size - position, '\0');
  rest.resize(TRY(segment.file->read_at(position, rest.data(), rest.size())));
  for (size_t at = 1; at + kBatchHeaderBytes <= rest.size(); ++at) {
    if (rest[at + 16] != 2) continue;
    const std::optional<BatchHeader> header = peek_batch(std::string_view(rest).substr(at));
    if (!header || header->base_offset < segment.end || at + static_cast<size_t>(header->size) > rest.size()) continue;
    if (!batch_is_whole(std::string_view(rest).substr(at, static_cast<size_t>(header->size)))) continue;
    found_beyond_ = std::max(found_beyond_, header->next_offset());
    at += static_cast<size_t>(header->size) - 1;
  }
  return {};
}

void Partition::note(Segment& segment, const BatchHeader& header, uint64_t position) {
  segment.max_timestamp_ms = std::max(segment.max_timestamp_ms, header.max_timestamp_ms);
  segment.end = header.next_offset();
  if (segment.index.empty() || position - segment.index.back().position >= kIndexEvery) {
    segment.index.push_back({header.base_offset, position, segment.max_timestamp_ms});
  }
}

int64_t Partition::start() const { return segments_.empty() ? 0 : segments_.front()->base; }

Status Partition::add_segment(int64_t base) {
  auto segment = std::make_unique<Segment>();
  segment->base = segment->end = base;
  segment->path = segment_path(base);
  segment->file = TRY(files_.open(segment->path, io::OpenMode::kCreate));
  TRY_VOID(files_.sync_dir(dir_));
  segments_.push_back(std::move(segment));
  return {};
}

Status Partition::write(std::string_view batch, const BatchHeader& header) {
  const bool full = !segments_.empty() && segments_.back()->size > 0 &&
                    segments_.back()->size + batch.size() > static_cast<uint64_t>(options_.segment_bytes);
  if (full) TRY_VOID(segments_.back()->file->sync());
  if (segments_.empty() || full) TRY_VOID(add_segment(header.base_offset));
  Segment& segment = *segments_.back();
  if (Status written = segment.file->write_at(segment.size, batch); !written) {
    static_cast<void>(segment.file->truncate(segment.size));
    return written;
  }
  note(segment, header, segment.size);
  segment.size += batch.size();
  written_end_ = segment.end;
  dirty_ = true;
  return {};
}

Status Partition::flush_tail() {
  while (!tail_.empty()) {
    TRY_VOID(write(tail_.front(), *peek_batch(tail_.front())));
    tail_.pop_front();
  }
  return {};
}

Status Partition::append(std::string_view batch) {
  const std::optional<BatchHeader> header = peek_batch(batch);
  WEIR_CHECK(header && header->base_offset >= end_ && batch.size() < kMaxBatch);
  end_ = header->next_offset();
  Status flushed = options_.read_only ? Status(Error(ErrorKind::kNoSpace, 1411, "read only")) : flush_tail();
  if (flushed) flushed = write(batch, *header);
  if (flushed) return {};
  if (flushed.error().kind() != ErrorKind::kNoSpace) return flushed;
  tail_.emplace_back(batch);
  return {};
}

Status Partition::sync() {
  TRY_VOID(flush_tail());
  if (!dirty_ || segments_.empty()) return {};
  TRY_VOID(segments_.back()->file->sync());
  dirty_ = false;
  return {};
}

Status Partition::read_segment(const Segment& segment, int64_t& from, int64_t visible_end, size_t& budget, ReadBatch& out) const {
  auto entry = std::upper_bound(segment.index.begin(), segment.index.end(), from,
                                [](int64_t offset, const IndexEntry& e) { return offset < e.offset; });
  uint64_t at = entry == segment.index.begin() ? 0 : std::prev(entry)->position;
  while (at < segment.size && budget > 0) {
    char raw[kBatchHeaderBytes];
    const size_t n = TRY(segment.file->read_at(at, raw, sizeof raw));
    const std::optional<BatchHeader> header = peek_batch({raw, n});
    if (!header || at + static_cast<uint64_t>(header->size) > segment.size) return damaged(segment.path, at, "not a record batch");
    if (header->base_offset >= visible_end) {
      budget = 0;
      break;
    }
    if (header->next_offset() > from) {
      auto bytes = std::make_shared<std::string>(static_cast<size_t>(header->size), '\0');
      bytes->resize(TRY(segment.file->read_at(at, bytes->data(), bytes->size())));
      const Status decoded = decode_batch(*bytes, out);
      if (!decoded) return damaged(segment.path, at, decoded.error().primary().c_str());
      out.buffers.push_back(std::move(bytes));
      from = header->next_offset();
      budget -= std::min(budget, static_cast<size_t>(header->size));
    }
    at += static_cast<uint64_t>(header->size);
  }
  return {};
}

Status Partition::read(int64_t from, int64_t visible_end, size_t max_bytes, ReadBatch& out) const {
  const int64_t asked = from;
  size_t budget = std::max<size_t>(max_bytes, 1);
  for (const auto& segment : segments_) {
    if (segment->end <= from || budget == 0) continue;
    TRY_VOID(read_segment(*segment, from, visible_end, budget, out));
  }
  for (const std::string& batch : tail_) {
    const BatchHeader header = *peek_batch(batch);
    if (budget == 0 || header.next_offset() <= from || header.base_offset >= visible_end) continue;
    auto bytes = std::make_shared<const std::string>(batch);
    TRY_VOID(decode_batch(*bytes, out));
    out.buffers.push_back(std::move(bytes));
    from = header.next_offset();
    budget -= std::min(budget, batch.size());
  }
  std::erase_if(out.records, [&](const StoredRecord& r) { return r.offset.value < asked; });
  out.next = Offset(from);
  return {};
}

Result<int64_t> Partition::offset_for_time(int64_t time_ms) const {
  for (const auto& segment : segments_) {
    if (segment->max_timestamp_ms < time_ms) continue;
    ReadBatch batch;
    TRY_VOID(read(segment->base, segment->end, SIZE_MAX, batch));
    for (const StoredRecord& record : batch.records) {
      if (record.timestamp / 1000 >= time_ms) return record.offset.value;
    }
  }
  return end_;
}

uint64_t Partition::size_bytes() const {
  uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->size;
  for (const std::string& batch : tail_) bytes += batch.size();
  return bytes;
}

Status Partition::drop_before(int64_t time_ms, std::optional<int64_t> keep_bytes) {
  uint64_t bytes = size_bytes();
  while (segments_.size() > 1) {
    const Segment& oldest = *segments_.front();
    const bool too_old = oldest.max_timestamp_ms < time_ms;
    const bool too_much = keep_bytes && bytes - oldest.size >= static_cast<uint64_t>(*keep_bytes);
    if (!too_old && !too_much) break;
    bytes -= oldest.size;
    TRY_VOID(files_.remove(oldest.path));
    segments_.erase(segments_.begin());
  }
  return {};
}

// The newest record of each key stays, in its place and with its offset. Segment by segment, each
// replaced by a rename: a crash leaves some done and some not, both right.
Status Partition::compact() {
  TRY_VOID(flush_tail());
  std::unordered_map<std::string, int64_t> newest;
  ReadBatch all;
  TRY_VOID(read(start(), end_, SIZE_MAX, all));
  for (const StoredRecord& record : all.records) {
    if (record.key) newest[std::string(*record.key)] = record.offset.value;
  }
  for (size_t i = 0; i + 1 < segments_.size(); ++i) {
    Segment& segment = *segments_[i];
    ReadBatch content;
    TRY_VOID(read(segment.base, segment.end, SIZE_MAX, content));
    std::vector<Record> kept;
    std::vector<int64_t> offsets;
    for (const StoredRecord& stored : content.records) {
      if (stored.offset.value >= segment.end) break;
      if (stored.key && newest[std::string(*stored.key)] != stored.offset.value) continue;
      Record record;
      if (stored.key) record.key = std::string(*stored.key);
      if (stored.value) record.value = std::string(*stored.value);
      record.timestamp = stored.timestamp;
      for (const auto& [key, value] : stored.headers) record.headers.push_back({std::string(key), std::string(value)});
      kept.push_back(std::move(record));
      offsets.push_back(stored.offset.value);
    }
    const std::string bytes = kept.empty() ? "" : TRY(encode_batch(offsets[0], kept, Compression::kLz4, offsets));
    const int64_t segment_end = segment.end;
    TRY_VOID(files_.write_atomically(segment.path, bytes));
    segment.file = TRY(files_.open(segment.path, io::OpenMode::kReadWrite));
    segment.size = bytes.size();
    segment.index.clear();
    if (const auto header = peek_batch(bytes)) segment.index.push_back({header->base_offset, 0, header->max_timestamp_ms});
    segment.end = segment_end;
  }
  return {};
}

}  // namespace weir::log
