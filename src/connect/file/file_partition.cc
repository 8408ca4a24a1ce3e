#include "connect/file/file_partition.h"

#include <charconv>

#include <fmt/core.h>

#include "base/hash.h"
#include "base/log.h"
#include "connect/position.h"

namespace weir::connect {

namespace {

constexpr size_t kChunkBytes = 512 << 10;
constexpr size_t kFingerprintBytes = 1024;
constexpr size_t kMaxAvroHeader = 4 << 20;
constexpr int kReadsAPoll = 8;
constexpr int64_t kLookNanos = 100'000'000;
constexpr int64_t kMaxBackOffNanos = 5'000'000'000;

Result<std::string> first_bytes(io::FileSystem& files, const std::string& path, size_t size) {
  auto file = TRY(files.open(path, io::OpenMode::kRead));
  std::string out(size, '\0');
  out.resize(TRY(file->read_at(0, out.data(), size)));
  return out;
}

// "app.log.1", "app.log-20260101", "app.log.2026-01-01": what rotation makes of "app.log".
bool is_rotated_name(std::string_view name, std::string_view base) {
  if (name.size() <= base.size() + 1 || !name.starts_with(base)) return false;
  if (name[base.size()] != '.' && name[base.size()] != '-') return false;
  return name.substr(base.size() + 1).find_first_not_of("0123456789-_T") == std::string_view::npos;
}

}  // namespace

Position FilePlace::to_position() const {
  return PositionWriter()
      .add("path", path)
      .add("inode", static_cast<int64_t>(inode))
      .add("fingerprint", fmt::format("{:016x}", fingerprint))
      .add("fingerprint_bytes", static_cast<int64_t>(fingerprint_bytes))
      .add("offset", static_cast<int64_t>(offset))
      .finish();
}

Result<FilePlace> FilePlace::from_position(const Position& position) {
  const PositionReader reader = TRY(PositionReader::parse(position));
  FilePlace place;
  place.path = TRY(reader.text("path"));
  place.inode = static_cast<uint64_t>(TRY(reader.integer("inode")));
  const std::string hex = TRY(reader.text("fingerprint"));
  std::from_chars(hex.data(), hex.data() + hex.size(), place.fingerprint, 16);
  place.fingerprint_bytes = static_cast<uint64_t>(TRY(reader.integer("fingerprint_bytes")));
  place.offset = static_cast<uint64_t>(TRY(reader.integer("offset")));
  place.fingerprint_bytes = std::min<uint64_t>(place.fingerprint_bytes, kFingerprintBytes);
  return place;
}

FilePartition::FilePartition(const FileSourceSettings& settings, const SourceContext& context,
                             PartitionId id, std::string path, std::optional<FilePlace> start,
                             std::optional<FilePlace> stop)
    : settings_(settings),
      context_(context),
      id_(id),
      path_(std::move(path)),
      start_(std::move(start)),
      stop_(std::move(stop)) {
  load_refused();
}

void FilePartition::load_refused() {
  if (!settings_.refused) return;
  const std::string prefix = path_ + ":";
  for (const auto& [place, record] : *settings_.refused) {
    if (place.first != id_ || !place.second.starts_with(prefix)) continue;
    uint64_t offset = 0;
    const char* end = place.second.data() + place.second.size();
    const auto parsed = std::from_chars(place.second.data() + prefix.size(), end, offset);
    if (parsed.ec == std::errc() && parsed.ptr == end) refused_[offset] = record;
  }
}

// How much of what was read stands before the next refused record.
size_t FilePartition::up_to_refused() const {
  const auto next = refused_.upper_bound(begin_offset_);
  if (next == refused_.end()) return end_ - begin_;
  return static_cast<size_t>(std::min<uint64_t>(end_ - begin_, next->first - begin_offset_));
}

// Of the record that stands here, with its end of line, where it is a refused one; 0: not all of it
// has been read yet.
std::optional<size_t> FilePartition::refused_bytes() const {
  const auto it = refused_.find(begin_offset_);
  if (it == refused_.end()) return std::nullopt;
  const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  size_t size = it->second.size;
  if (bytes.size() < size) return ended_ ? std::nullopt : std::optional<size_t>(0);
  if (hash64(bytes.substr(0, size)) != it->second.hash) return std::nullopt;
  size = bytes.find('\n', size);
  if (size != std::string_view::npos) return size + 1;
  return ended_ ? bytes.size() : 0;
}

Delivery FilePartition::skip_refused(size_t bytes) {
  begin_ += bytes;
  begin_offset_ += bytes;
  codec::Decoded nothing;
  nothing.records = 1;
  for (const codec::DecodeColumn& column : settings_.decoder.columns) {
    nothing.batch.columns.push_back(Column::nulls(column.field.type, 0));
  }
  return make_delivery(std::move(nothing), begin_offset_, false);
}

std::string FilePartition::full_path(const std::string& path) const {
  return path.starts_with("/") ? path : io::join_path(context_.project_dir, path);
}

Result<bool> FilePartition::is_at(const std::string& path, const FilePlace& place) {
  const auto info = context_.files.info(full_path(path));
  if (!info) return false;
  if (!is_compressed(path) && info->size < place.offset) return false;
  const std::string bytes =
      TRY(first_bytes(context_.files, full_path(path), place.fingerprint_bytes));
  return bytes.size() == place.fingerprint_bytes && hash64(bytes) == place.fingerprint;
}

std::optional<std::string> FilePartition::find_renamed(const FilePlace& place) {
  const std::string dir = io::parent_path(path_);
  const std::string base = io::base_name(path_);
  const auto names = context_.files.list(full_path(dir));
  if (!names) return std::nullopt;
  for (const std::string& name : *names) {
    if (!is_rotated_name(name, base)) continue;
    const std::string path = io::join_path(dir, name);
    const auto info = context_.files.info(full_path(path));
    if (!info || info->inode != place.inode) continue;
    const auto same = is_at(path, place);
    if (same && *same) return path;
  }
  return std::nullopt;
}

// The file that was written after the open one: a renamed one of the same name, or the path itself.
std::optional<std::string> FilePartition::next_generation() {
  const auto ours = bytes_->info();
  if (!ours) return std::nullopt;
  const std::string dir = io::parent_path(path_);
  const auto names = context_.files.list(full_path(dir));
  std::optional<std::string> best;
  int64_t best_time = INT64_MAX;
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!is_rotated_name(name, io::base_name(path_))) continue;
    const std::string path = io::join_path(dir, name);
    const auto info = context_.files.info(full_path(path));
    const bool newer = info && !info->is_directory && info->inode != ours->inode &&
                       info->modified_micros > ours->modified_micros;
    if (newer && info->modified_micros < best_time) {
      best = path;
      best_time = info->modified_micros;
    }
  }
  if (best) return best;
  const auto current = context_.files.info(full_path(path_));
  if (current && current->inode != ours->inode) return path_;
  return std::nullopt;
}

Status FilePartition::open_file(const std::string& path, uint64_t offset) {
  bytes_ = TRY(open_bytes(context_.files, full_path(path), offset));
  const io::FileInfo info = TRY(bytes_->info());
  open_path_ = path;
  place_ = FilePlace{path_, info.inode, hash64(""), 0, offset};
  TRY_VOID(extend_fingerprint());
  decoder_ = TRY(codec::make_decoder(settings_.decoder));
  begin_ = end_ = 0;
  begin_offset_ = offset;
  inside_record_ = false;
  ended_ = false;
  caught_up_ = false;
  stops_here_ = stop_ && TRY(is_at(path, *stop_));
  if (offset > 0) TRY_VOID(read_header());
  return {};
}

// Of the open file, whatever has its name by now.
Status FilePartition::extend_fingerprint() {
  const std::string bytes = TRY(bytes_->head(kFingerprintBytes));
  place_.fingerprint = hash64(bytes);
  place_.fingerprint_bytes = bytes.size();
  return {};
}

// CSV: the decoder learns the columns from the file's first line, wherever reading goes on. Avro:
// the schema, from its header.
Status FilePartition::read_header() {
  const bool has_header =
      settings_.decoder.format == codec::Format::kCsv && settings_.decoder.csv_header;
  auto head = TRY(open_bytes(context_.files, full_path(open_path_), 0));
  std::string bytes(64 << 10, ' ');
  if (settings_.decoder.format == codec::Format::kAvro) {
    bytes.resize(kMaxAvroHeader);
  } else if (!has_header) {
    bytes.resize(8);  // still not the start: a byte order mark is data here
  }
  const size_t room = bytes.size();
  bytes.append(codec::Decoder::kPadding, ' ');
  size_t size = 0;
  for (size_t got = 1; got > 0 && size < room; size += got) {
    got = TRY(head->read(bytes.data() + size, room - size));
  }
  (void)decoder_->decode(std::string_view(bytes.data(), size), true, 0);
  return {};
}

Status FilePartition::open_first() {
  if (!start_) return open_file(path_, 0);
  const auto same = is_at(path_, *start_);
  if (same && *same) return open_file(path_, start_->offset);
  if (!settings_.follow) {
    if (!same) return same.error();
    if (!context_.files.info(full_path(path_))) return open_file(path_, 0);  // says what is wrong
    return Error(ErrorKind::kInvalidData, 1515,
                 fmt::format("{} is not the file that was read before", path_))
        .detail(fmt::format("Its first {} bytes changed, or it is shorter than byte {}, where "
                            "reading stopped.", start_->fingerprint_bytes, start_->offset))
        .hint("put the file back, or give the source a new name to read it from the beginning");
  }
  if (const auto renamed = find_renamed(*start_)) {
    renamed_ = true;
    return open_file(*renamed, start_->offset);
  }
  if (!same && context_.files.info(full_path(path_))) return same.error();
  TRY_VOID(open_file(path_, 0));
  log_warn("followed file was replaced and its old content is gone, the new one is read",
           {{"path", path_}, {"offset", start_->offset}});
  return {};
}

Status FilePartition::retry_later(Error error) {
  if (!settings_.follow) {
    return Error(error.kind(), 1513, fmt::format("source file {} cannot be read", path_))
        .caused_by(std::move(error));
  }
  if (back_off_nanos_ == 0 && error.kind() != ErrorKind::kNotFound) {
    log_warn("source file cannot be read, trying again",
             {{"path", path_}, {"error", error.to_string()}});
  }
  back_off_nanos_ = std::clamp(2 * back_off_nanos_, kLookNanos, kMaxBackOffNanos);
  next_look_nanos_ = context_.clock.monotonic_nanos() + back_off_nanos_;
  caught_up_ = true;
  return {};
}

// Whether reading is worth a buffer: many followed files are quiet, and have none.
Result<bool> FilePartition::has_more() {
  if (!settings_.follow || stops_here_ || is_compressed(open_path_)) return true;
  if (TRY(bytes_->info()).size > begin_offset_) return true;
  buffer_ = std::string();
  return false;
}

// Reads a chunk behind end_; 0: nothing there now, or the stop is reached.
Result<size_t> FilePartition::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == 0 && !TRY(has_more())) return size_t{0};
  size_t want = kChunkBytes;
  if (stops_here_) {
    const uint64_t read_to = begin_offset_ + end_;
    want = static_cast<size_t>(
        std::min<uint64_t>(want, stop_->offset > read_to ? stop_->offset - read_to : 0));
    if (want == 0) {
      ended_ = true;
      return size_t{0};
    }
  }
  buffer_.resize(std::max(buffer_.size(), end_ + want + codec::Decoder::kPadding));
  const size_t got = TRY(bytes_->read(buffer_.data() + end_, want));
  end_ += got;
  if (got > 0 && place_.fingerprint_bytes < kFingerprintBytes && !renamed_) {
    TRY_VOID(extend_fingerprint());
  }
  return got;
}

// At the end of a followed file: was it renamed away, or cut? True: there may be more to read.
Result<bool> FilePartition::look_for_change() {
  const int64_t now = context_.clock.monotonic_nanos();
  if (now < next_look_nanos_) return false;
  next_look_nanos_ = now + kLookNanos;
  const auto info = context_.files.info(full_path(path_));
  if (!info) return false;  // renamed, and the new one is not there yet
  if (info->inode != place_.inode) {
    renamed_ = true;
    return true;
  }
  const uint64_t read_to = begin_offset_ + (end_ - begin_);
  if (info->size >= read_to) return info->size > read_to;
  log_warn("followed file was cut, it is read from its beginning",
           {{"path", path_}, {"size", info->size}, {"offset", begin_offset_}});
  TRY_VOID(open_file(path_, 0));
  return true;
}

// Behind the last byte of a file that will not grow. True: there is another one to read.
Result<bool> FilePartition::go_on_behind_end() {
  if (!settings_.follow || stops_here_ || is_compressed(open_path_)) {
    finish();
    return false;
  }
  const auto next = next_generation();
  if (!next) {
    caught_up_ = true;
    return false;
  }
  renamed_ = *next != path_;
  TRY_VOID(open_file(*next, 0));
  return true;
}

void FilePartition::finish() {
  done_ = true;
  bytes_.reset();
  decoder_.reset();
  buffer_ = std::string();
  begin_ = end_ = 0;
}

Delivery FilePartition::make_delivery(codec::Decoded decoded, uint64_t base, bool began_inside) {
  Delivery out;
  out.partition = id_;
  out.batch = std::move(decoded.batch);
  out.records = decoded.records;
  for (codec::DeadRow& dead : decoded.dead) {
    const bool long_one = began_inside && dead.byte_offset == 0;
    const uint64_t at = long_one ? place_.offset : base + dead.byte_offset;
    out.dead.push_back({id_, fmt::format("{}:{}", path_, at), "decode", std::move(dead.sqlstate),
                        std::move(dead.column), std::move(dead.reason), std::move(dead.raw)});
  }
  out.bytes = begin_offset_ - place_.offset;
  place_.offset = begin_offset_;
  out.next = place_.to_position();
  return out;
}

std::optional<Delivery> FilePartition::decode(uint32_t max_rows) {
  if (const auto refused = inside_record_ ? std::nullopt : refused_bytes()) {
    if (*refused > 0) return skip_refused(*refused);
    return std::nullopt;
  }
  const uint64_t base = begin_offset_;
  const bool began_inside = inside_record_;
  size_t size = up_to_refused();
  const bool all = size == end_ - begin_;
  codec::Decoded decoded = decoder_->decode(std::string_view(buffer_.data() + begin_, size),
                                            all && ended_, max_rows);
  if (!all && decoded.consumed == 0) {  // another file of this name: its records end elsewhere
    size = end_ - begin_;
    decoded = decoder_->decode(std::string_view(buffer_.data() + begin_, size), ended_, max_rows);
  }
  begin_ += decoded.consumed;
  begin_offset_ += decoded.consumed;
  inside_record_ = decoded.inside_record;
  // No position is published inside a record that is being skipped: its end brings its dead row.
  if (decoded.records == 0) return std::nullopt;
  return make_delivery(std::move(decoded), base, began_inside);
}

Result<std::optional<Delivery>> FilePartition::poll(uint32_t max_rows) {
  if (done_) return std::nullopt;
  if (back_off_nanos_ > 0 && context_.clock.monotonic_nanos() < next_look_nanos_) {
    return std::nullopt;
  }
  if (!bytes_) {
    Status opened = open_first();
    if (!opened) {
      bytes_.reset();
      TRY_VOID(retry_later(std::move(opened).error()));
      return std::nullopt;
    }
    next_look_nanos_ = 0;
  }
  back_off_nanos_ = 0;
  for (int i = 0; i < kReadsAPoll; ++i) {
    if (begin_ < end_ || ended_) {
      if (auto delivery = decode(max_rows)) {
        caught_up_ = false;
        return delivery;
      }
    }
    if (ended_) {
      if (!TRY(go_on_behind_end())) return std::nullopt;
      continue;
    }
    auto got = fill();
    if (!got) {
      TRY_VOID(retry_later(std::move(got).error()));
      return std::nullopt;
    }
    if (*got > 0 || ended_) continue;
    if (!settings_.follow || renamed_ || is_compressed(open_path_)) {
      ended_ = true;
      continue;
    }
    caught_up_ = true;
    if (!TRY(look_for_change())) return std::nullopt;
  }
  return std::nullopt;
}

uint64_t FilePartition::backlog() {
  if (done_) return 0;
  const auto info = bytes_ ? bytes_->info() : context_.files.info(full_path(path_));
  if (!info) return 0;
  if (is_compressed(bytes_ ? open_path_ : path_)) return ended_ ? end_ - begin_ : info->size;
  const uint64_t limit = stops_here_ ? stop_->offset : info->size;
  const uint64_t at = bytes_ ? place_.offset : (start_ ? start_->offset : 0);
  return limit > at ? limit - at : 0;
}

}  // namespace weir::connect
