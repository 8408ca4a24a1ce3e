#include "log/embedded/partition.h"

#include <algorithm>
#include <mutex>

#include <fmt/core.h>

#include "base/check.h"
#include "base/log.h"

namespace weir::log {

Error Partition::damaged(int64_t offset) const {
  return Error(ErrorKind::kCorrupt, 1420,
               fmt::format("{} is damaged behind offset {}", dir_, offset))
      .detail("Records from there on are missing, and whole ones stand behind them: no torn end.")
      .hint("restore the folder from a backup, or remove it to read the sources again");
}

Result<std::unique_ptr<Partition>> Partition::open(io::FileSystem& files, std::string dir,
                                                   Options options) {
  std::unique_ptr<Partition> partition(new Partition(files, std::move(dir), options));  // NOLINT
  if (!options.read_only) TRY_VOID(files.make_dirs(partition->dir_));
  TRY_VOID(partition->load());
  return partition;
}

Status Partition::load() {
  std::vector<int64_t> bases;
  if (files_.exists(dir_)) {
    for (const std::string& name : TRY(files_.list(dir_))) {
      if (const auto base = Segment::base_of(name)) bases.push_back(*base);
      const bool unfinished = name.ends_with(".tmp") && !options_.read_only;
      if (unfinished) TRY_VOID(files_.remove(io::join_path(dir_, name)));
    }
  }
  std::sort(bases.begin(), bases.end());
  for (size_t i = 0; i < bases.size(); ++i) {
    const bool closed = i + 1 < bases.size();
    const bool gaps = closed && options_.compact;
    segments_.push_back(std::make_unique<Segment>(files_, dir_, bases[i], gaps));
    if (closed) {
      TRY_VOID(segments_.back()->load_closed(options_.read_only));
    } else {
      active_ = segments_.back().get();
      found_ = TRY(active_->load_active(options_.read_only));
    }
    end_ = segments_.back()->end();
  }
  // An earlier process may have written what is not synced yet.
  dirty_ = owes_journal_ = active_ != nullptr;
  TRY_VOID(load_compacted());
  return check_order();
}

// Compaction may take the last records of a segment, nothing else leaves a gap.
Status Partition::check_order() const {
  for (size_t i = 1; i < segments_.size(); ++i) {
    const int64_t end = segments_[i - 1]->end();
    const int64_t next = segments_[i]->base();
    if (end > next || (end < next && !options_.compact)) return damaged(end);
  }
  return {};
}

Status Partition::redo(std::string_view batch) {
  const BatchHeader header = *peek_batch(batch);
  if (header.next_offset() <= end_) return {};
  if (header.base_offset != end_) return damaged(end_);
  tail_.emplace_back(batch);
  end_ = header.next_offset();
  return {};
}

BatchOrigin Partition::last_origin() const {
  if (!tail_.empty()) return peek_batch(tail_.back())->origin;
  return active_ ? active_->last_origin() : BatchOrigin();
}

Status Partition::truncate_to(int64_t offset) {
  if (end_ <= offset && found_.empty()) return {};
  const std::unique_lock lock(mutex_);
  std::erase_if(found_, [&](const auto& b) { return peek_batch(b)->base_offset >= offset; });
  while (!tail_.empty() && peek_batch(tail_.back())->base_offset >= offset) tail_.pop_back();
  while (segments_.size() > 1 && segments_.back()->base() > offset) {
    if (!options_.read_only) TRY_VOID(segments_.back()->remove());
    segments_.pop_back();
  }
  if (!options_.read_only) TRY_VOID(files_.sync_dir(dir_));
  active_ = segments_.empty() ? nullptr : segments_.back().get();
  // What follows a damaged batch stays on disk until settle() has judged it.
  const bool in_memory = options_.read_only || (active_ && active_->has_unfinished_end());
  if (active_) TRY_VOID(active_->truncate_to(offset, in_memory));
  end_ = active_ ? active_->end() : 0;
  if (!tail_.empty()) end_ = peek_batch(tail_.back())->next_offset();
  return {};
}

// A batch that follows without a gap was written before the power went, though not confirmed: it
// stays. One behind a gap means that something confirmed is gone.
Status Partition::settle() {
  for (std::string& batch : found_) {
    const BatchHeader header = *peek_batch(batch);
    if (header.next_offset() <= end_) continue;
    if (header.base_offset != end_) return damaged(end_);
    end_ = header.next_offset();
    tail_.push_back(std::move(batch));
  }
  found_.clear();
  settled_ = true;
  if (options_.read_only) return {};
  if (active_ && active_->has_unfinished_end()) TRY_VOID(active_->cut());
  Status flushed = flush_tail();
  if (!flushed && flushed.error().kind() == ErrorKind::kNoSpace) return {};
  return flushed;
}

int64_t Partition::start() const {
  const std::shared_lock lock(mutex_);
  return segments_.empty() ? 0 : segments_.front()->base();
}

int64_t Partition::end() const {
  const std::shared_lock lock(mutex_);
  return end_;
}

uint64_t Partition::size_bytes() const {
  const std::shared_lock lock(mutex_);
  uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->size();
  for (const std::string& batch : tail_) bytes += batch.size();
  return bytes;
}

Status Partition::add_segment(int64_t base) {
  if (active_) {
    TRY_VOID(sync_active());
    TRY_VOID(active_->write_index());
  }
  auto segment = TRY(Segment::create(files_, dir_, base));
  const std::unique_lock lock(mutex_);
  if (active_) active_->forget_file();
  active_ = segment.get();
  segments_.push_back(std::move(segment));
  return {};
}

// The segment that is full is synced and indexed, the next one's name is durable, before it is
// used.
Status Partition::write(std::string_view batch, const BatchHeader& header) {
  const bool full = active_ && active_->size() > 0 &&
                    active_->size() + batch.size() > static_cast<uint64_t>(options_.segment_bytes);
  if (!active_ || full) TRY_VOID(add_segment(header.base_offset));
  TRY_VOID(active_->write(batch));
  const std::unique_lock lock(mutex_);
  active_->note(header);
  dirty_ = true;
  return {};
}

Status Partition::flush_tail() {
  while (!tail_.empty()) {
    TRY_VOID(write(tail_.front(), *peek_batch(tail_.front())));
    owes_journal_ = true;
    const std::unique_lock lock(mutex_);
    tail_.pop_front();
  }
  return {};
}

Status Partition::append(std::string_view batch) {
  const std::optional<BatchHeader> header = peek_batch(batch);
  WEIR_CHECK(header && header->base_offset == end_ && settled_ && !options_.read_only);
  TRY_VOID(flush_tail());
  TRY_VOID(write(batch, *header));
  const std::unique_lock lock(mutex_);
  end_ = header->next_offset();
  return {};
}

Status Partition::append_journaled(std::string_view batch) {
  Status written = append(batch);
  owes_journal_ = owes_journal_ || written;
  if (written || written.error().kind() != ErrorKind::kNoSpace) return written;
  const std::unique_lock lock(mutex_);
  tail_.emplace_back(batch);
  end_ = peek_batch(batch)->next_offset();
  return {};
}

Status Partition::sync_active() {
  if (!dirty_ || !active_) return {};
  if (Status synced = active_->sync(); !synced) {
    sync_failed_ = owes_journal_ || synced.error().kind() != ErrorKind::kNoSpace;
    return synced;
  }
  dirty_ = owes_journal_ = false;
  return {};
}

Status Partition::sync() {
  TRY_VOID(flush_tail());
  return sync_active();
}

Status Partition::roll_if_older(int64_t time_ms) {
  if (!active_ || active_->size() == 0 || active_->max_timestamp_ms() >= time_ms) return {};
  TRY_VOID(flush_tail());
  return add_segment(end_);
}

Status Partition::read(int64_t from, int64_t visible_end, size_t max_bytes, ReadBatch& out) const {
  const std::shared_lock lock(mutex_);
  const int64_t asked = from;
  size_t budget = std::max<size_t>(max_bytes, 1);
  for (const auto& segment : segments_) {
    if (segment->end() <= from || budget == 0) continue;
    TRY_VOID(segment->read(from, visible_end, budget, out));
  }
  for (const std::string& batch : tail_) {
    const BatchHeader header = *peek_batch(batch);
    const bool wanted = header.next_offset() > from && header.base_offset < visible_end;
    if (budget == 0 || !wanted) continue;
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

Result<int64_t> Partition::offset_for_time(int64_t time_ms, int64_t visible_end) const {
  const std::shared_lock lock(mutex_);
  for (const auto& segment : segments_) {
    if (const auto found = TRY(segment->offset_for_time(time_ms, visible_end))) return *found;
  }
  for (const std::string& batch : tail_) {
    const BatchHeader header = *peek_batch(batch);
    if (header.max_timestamp_ms < time_ms || header.base_offset >= visible_end) continue;
    ReadBatch records;
    TRY_VOID(decode_batch(batch, records));
    for (const StoredRecord& record : records.records) {
      if (record.timestamp / 1000 >= time_ms) return record.offset.value;
    }
  }
  return visible_end;
}

Status Partition::drop_before(int64_t time_ms, std::optional<int64_t> keep_bytes,
                              int64_t visible_end) {
  uint64_t bytes = size_bytes();
  bool dropped = false;
  while (true) {
    const std::unique_lock lock(mutex_);
    if (segments_.size() < 2 || segments_.front()->end() > visible_end) break;
    const Segment& first = *segments_.front();
    const bool too_old = first.max_timestamp_ms() < time_ms;
    const bool too_much = keep_bytes && bytes - first.size() >= static_cast<uint64_t>(*keep_bytes);
    if (!too_old && !too_much) break;
    bytes -= first.size();
    TRY_VOID(segments_.front()->remove());
    segments_.erase(segments_.begin());
    dropped = true;
  }
  return dropped ? files_.sync_dir(dir_) : Status();
}

}  // namespace weir::log
