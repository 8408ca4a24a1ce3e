// A part is about 4 KiB: small enough to be looked up in by itself, large enough that the index
// stays a two-hundredth of the file. The writer syncs every few megabytes: a single sync at the
// end would hold up those of the journal for as long as the disk takes for all of it.
#include "engine/snapshot_file.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"

namespace weir::engine {

namespace {
constexpr std::string_view kMagic = "weirSNAP";
constexpr uint32_t kVersion = 2;
constexpr size_t kHeader = 12;
constexpr size_t kHeaderOfVersion1 = 28;
constexpr size_t kTrailer = 32;
constexpr uint64_t kPartBytes = 4 << 10;
constexpr uint8_t kMostBits = 24;
constexpr size_t kWriteBytes = 1 << 20;
constexpr uint64_t kSyncBytes = 4 << 20;

size_t part_of(uint64_t hash, uint8_t bits) { return bits == 0 ? 0 : hash >> (64 - bits); }

void write_index(const Manifest& manifest, const std::map<std::string, SnapshotTable>& tables,
                 std::string& out) {
  ByteWriter w(out);
  w.string(encode_manifest(manifest));
  w.varint(tables.size());
  for (const auto& [id, table] : tables) {
    w.string(id);
    w.le(table.bits);
    w.varint(table.parts.empty() ? 0 : table.parts.front().offset);
    for (const SnapshotPart& part : table.parts) {
      w.varint(part.bytes);
      w.varint(part.entries);
      w.le(part.checksum);
    }
  }
}
}  // namespace

uint64_t SnapshotTable::entries() const {
  uint64_t sum = 0;
  for (const SnapshotPart& part : parts) sum += part.entries;
  return sum;
}

uint64_t SnapshotTable::bytes() const {
  uint64_t sum = 0;
  for (const SnapshotPart& part : parts) sum += part.bytes;
  return sum;
}

Error SnapshotFile::damaged(const std::string& path, const char* what) {
  return Error(ErrorKind::kCorrupt, 1442, fmt::format("snapshot {} is damaged: {}", path, what));
}

Result<std::unique_ptr<SnapshotFile>> SnapshotFile::open(io::FileSystem& files, std::string path) {
  std::unique_ptr<SnapshotFile> file(new SnapshotFile(files, std::move(path)));
  TRY_VOID(file->load());
  return file;
}

Status SnapshotFile::load() {
  const std::unique_ptr<io::File> file = TRY(files_.open(path_, io::OpenMode::kRead));
  bytes_ = TRY(file->info()).size;
  std::string header(kHeader, '\0');
  header.resize(TRY(file->read_at(0, header.data(), header.size())));
  ByteReader r(header);
  if (r.raw(kMagic.size()) != kMagic) return damaged("it does not begin as a snapshot");
  const auto version = r.le<uint32_t>();
  if (!r.ok()) return damaged("its length is wrong");
  if (version > kVersion) {
    return Error(ErrorKind::kNewerFormat, 1443,
                 fmt::format("snapshot {} was written by a newer weir", path_))
        .hint("run the weir that wrote this folder, or a later one");
  }
  if (version == 0) return damaged("there is no such version");
  if (version == 1) return load_version_1(*file);
  if (bytes_ < kHeader + kTrailer) return damaged("its length is wrong");
  std::string trailer(kTrailer, '\0');
  trailer.resize(TRY(file->read_at(bytes_ - kTrailer, trailer.data(), kTrailer)));
  ByteReader t(trailer);
  const auto offset = t.le<uint64_t>();
  const auto size = t.le<uint64_t>();
  const auto checksum = t.le<uint64_t>();
  if (t.raw(kMagic.size()) != kMagic) return damaged("it does not end as a snapshot");
  if (offset < kHeader || offset > bytes_ || size > bytes_ ||
      offset + size + kTrailer != bytes_) {
    return damaged("its length is wrong");
  }
  std::string index(size, '\0');
  index.resize(TRY(file->read_at(offset, index.data(), size)));
  if (hash64(index) != checksum) return damaged("its checksum is wrong");
  return load_index(index);
}

Status SnapshotFile::load_index(std::string_view index) {
  ByteReader r(index);
  manifest_ = TRY(decode_manifest(r.string()));
  uint64_t offset = kHeader;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    SnapshotTable& table = tables_[std::string(r.string())];
    table.bits = r.le<uint8_t>();
    if (table.bits > kMostBits || r.varint() != offset) return damaged("a table's place is wrong");
    table.parts.resize(size_t{1} << table.bits);
    for (SnapshotPart& part : table.parts) {
      part.offset = offset;
      part.bytes = r.varint();
      part.entries = r.varint();
      part.checksum = r.le<uint64_t>();
      if (!r.ok() || part.bytes > bytes_ || part.entries > part.bytes) {
        return damaged("its index is wrong");
      }
      offset += part.bytes;
    }
  }
  if (!r.ok() || !r.at_end() || offset + index.size() + kTrailer != bytes_) {
    return damaged("its index is wrong");
  }
  return {};
}

// The payload is a manifest whose table deltas and view changes are whole.
Status SnapshotFile::load_version_1(io::File& file) {
  std::string bytes(bytes_, '\0');
  bytes.resize(TRY(file.read_at(0, bytes.data(), bytes.size())));
  ByteReader r(bytes);
  r.raw(kHeader);
  const auto size = r.le<uint64_t>();
  const auto checksum = r.le<uint64_t>();
  const std::string_view payload = r.raw(size);
  if (!r.ok() || !r.at_end()) return damaged("its length is wrong");
  if (hash64(payload) != checksum) return damaged("its checksum is wrong");
  manifest_ = TRY(decode_manifest(payload));
  whole_.assign(kHeaderOfVersion1, '\0');
  for (const auto& [id, entries] : manifest_.table_deltas) TRY_VOID(keep_whole(id, entries));
  for (const auto& [name, change] : manifest_.view_changes) {
    TRY_VOID(keep_whole("view:" + name, TRY(entries_of_change(change))));
  }
  manifest_.drop_changes();
  return {};
}

Status SnapshotFile::keep_whole(const std::string& id, const std::string& entries) {
  SnapshotPart part{whole_.size(), entries.size(), 0, hash64(entries)};
  ByteReader r(entries);
  for (; !r.at_end(); ++part.entries) {
    r.string();
    if (r.le<uint8_t>() != 0) r.string();
  }
  if (!r.ok()) return damaged("a table is cut off");
  whole_ += entries;
  tables_[id].parts = {part};
  return {};
}

const SnapshotTable* SnapshotFile::table(const std::string& id) const {
  const auto it = tables_.find(id);
  return it == tables_.end() ? nullptr : &it->second;
}

Result<std::string> SnapshotFile::read_parts(const SnapshotTable& table, size_t from,
                                             size_t to) const {
  if (from >= to) return std::string();
  const std::unique_ptr<io::File> file = TRY(reader());
  return read_parts(*file, table, from, to);
}

Result<std::unique_ptr<io::File>> SnapshotFile::reader() const {
  return files_.open(path_, io::OpenMode::kRead);
}

Result<std::string> SnapshotFile::read_parts(io::File& file, const SnapshotTable& table,
                                             size_t from, size_t to) const {
  std::string bytes;
  if (from >= to) return bytes;
  const uint64_t begin = table.parts[from].offset;
  bytes.resize(table.parts[to - 1].offset + table.parts[to - 1].bytes - begin);
  if (!whole_.empty()) return whole_.substr(begin, bytes.size());
  bytes.resize(TRY(file.read_at(begin, bytes.data(), bytes.size())));
  for (size_t at = from; at < to; ++at) {
    const SnapshotPart& part = table.parts[at];
    if (part.offset - begin + part.bytes > bytes.size()) return damaged("it is cut off");
    if (hash64(std::string_view(bytes).substr(part.offset - begin, part.bytes)) != part.checksum) {
      return damaged("its checksum is wrong");
    }
  }
  return bytes;
}

Status SnapshotFile::verify() const {
  for (const auto& [id, table] : tables_) {
    for (size_t from = 0; from < table.parts.size(); from += 64) {
      TRY_VOID(read_parts(table, from, std::min(from + 64, table.parts.size())));
    }
  }
  return {};
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::begin(io::FileSystem& files,
                                                              std::string path) {
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(files, std::move(path)));
  writer->file_ = TRY(files.open(writer->path_ + ".tmp", io::OpenMode::kCreate));
  TRY_VOID(writer->file_->truncate(0));
  ByteWriter w(writer->buffer_);
  w.raw(kMagic);
  w.le(kVersion);
  return writer;
}

SnapshotWriter::~SnapshotWriter() {
  if (!file_) return;
  file_.reset();
  (void)files_.remove(path_ + ".tmp").has_value();
}

void SnapshotWriter::begin_table(std::string id, uint64_t expected_bytes) {
  WEIR_CHECK(tables_.empty() || tables_.rbegin()->first < id);  // the index has their order
  id_ = std::move(id);
  table_ = SnapshotTable();
  while (table_.bits < kMostBits && (kPartBytes << table_.bits) < expected_bytes) ++table_.bits;
  table_.parts.push_back({bytes(), 0, 0, 0});
  part_begin_ = buffer_.size();
}

uint64_t SnapshotWriter::end_of_part(uint64_t hash) const {
  return table_.bits == 0 ? ~uint64_t{0} : hash | (~uint64_t{0} >> table_.bits);
}

void SnapshotWriter::close_parts_before(uint64_t number) {
  while (table_.parts.size() <= number) {
    part().bytes = buffer_.size() - part_begin_;
    part().checksum = hash64(std::string_view(buffer_).substr(part_begin_));
    part_begin_ = buffer_.size();
    table_.parts.push_back({bytes(), 0, 0, 0});
  }
}

Status SnapshotWriter::add(uint64_t hash, std::string_view entries) {
  const size_t number = part_of(hash, table_.bits);
  WEIR_CHECK(number + 1 >= table_.parts.size());
  close_parts_before(number);
  buffer_ += entries;
  return part_begin_ >= kWriteBytes ? flush() : Status();
}

Status SnapshotWriter::end_table() {
  close_parts_before(uint64_t{1} << table_.bits);
  table_.parts.pop_back();
  tables_[id_] = std::move(table_);
  return flush();
}

// All but the part that is being written.
Status SnapshotWriter::flush() {
  TRY_VOID(file_->write_at(written_, std::string_view(buffer_).substr(0, part_begin_)));
  written_ += part_begin_;
  buffer_.erase(0, part_begin_);
  part_begin_ = 0;
  if (written_ - synced_ < kSyncBytes) return {};
  synced_ = written_;
  return file_->sync();
}

Status SnapshotWriter::finish(const Manifest& manifest) {
  std::string index;
  write_index(manifest, tables_, index);
  const uint64_t offset = bytes();
  buffer_ += index;
  ByteWriter w(buffer_);
  w.le(offset);
  w.le<uint64_t>(index.size());
  w.le(hash64(index));
  w.raw(kMagic);
  part_begin_ = buffer_.size();
  TRY_VOID(flush());
  TRY_VOID(file_->sync());
  file_.reset();
  TRY_VOID(files_.rename(path_ + ".tmp", path_));
  return files_.sync_dir(io::parent_path(path_));
}

}  // namespace weir::engine
