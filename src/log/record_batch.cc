#include "log/record_batch.h"

#include <lz4frame.h>
#include <zstd.h>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace weir::log {

namespace {

constexpr size_t kLengthAt = 8;
constexpr size_t kCrcAt = 17;  // of the CRC; it covers what is behind it
constexpr size_t kCrcFrom = 21;
constexpr size_t kOriginAt = 43;  // producer id, epoch, base sequence
constexpr size_t kMostPlain = 1ULL << 30;  // bytes of records, not compressed
constexpr int64_t kFarthestOffset = INT64_MAX - INT32_MAX - 1;
constexpr int64_t kFarthestMs = INT64_MAX / 1000;

Error corrupt(const char* what) {
  return Error(ErrorKind::kCorrupt, 1401, fmt::format("record batch is damaged: {}", what));
}

size_t varint_size(uint64_t v) {
  size_t size = 1;
  for (; v >= 0x80; v >>= 7) ++size;
  return size;
}

size_t zigzag_size(int64_t v) {
  return varint_size((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
}

size_t bytes_size(size_t n) { return zigzag_size(static_cast<int64_t>(n)) + n; }

size_t nullable_size(const std::optional<std::string>& bytes) {
  return bytes ? bytes_size(bytes->size()) : 1;
}

size_t body_size(const Record& record, int64_t timestamp_delta, int64_t offset_delta) {
  size_t size = 1 + zigzag_size(timestamp_delta) + zigzag_size(offset_delta);
  size += nullable_size(record.key) + nullable_size(record.value);
  size += zigzag_size(static_cast<int64_t>(record.headers.size()));
  for (const Header& header : record.headers) {
    size += bytes_size(header.key.size()) + bytes_size(header.value.size());
  }
  return size;
}

// Numbers that stand together are gathered here and appended at once.
class Numbers {
 public:
  void byte(char c) { bytes_[size_++] = c; }
  void zigzag(int64_t v) {
    uint64_t rest = (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
    for (; rest >= 0x80; rest >>= 7) byte(static_cast<char>(rest | 0x80));
    byte(static_cast<char>(rest));
  }
  void bytes(std::string_view text, std::string& out) {
    zigzag(static_cast<int64_t>(text.size()));
    flush(out);
    out.append(text);
  }
  void nullable(const std::optional<std::string>& text, std::string& out) {
    text ? bytes(*text, out) : zigzag(-1);
  }
  void flush(std::string& out) {
    out.append(bytes_, size_);
    size_ = 0;
  }

 private:
  char bytes_[64];  // six numbers at most stand together
  size_t size_ = 0;
};

void put_record(std::string& out, const Record& record, int64_t timestamp_delta,
                int64_t offset_delta) {
  Numbers numbers;
  numbers.zigzag(static_cast<int64_t>(body_size(record, timestamp_delta, offset_delta)));
  numbers.byte(0);  // attributes
  numbers.zigzag(timestamp_delta);
  numbers.zigzag(offset_delta);
  numbers.nullable(record.key, out);
  numbers.nullable(record.value, out);
  numbers.zigzag(static_cast<int64_t>(record.headers.size()));
  for (const Header& header : record.headers) {
    numbers.bytes(header.key, out);
    numbers.bytes(header.value, out);
  }
  numbers.flush(out);
}

void put_header(ByteWriter& w, int64_t base_offset, Compression compression, int64_t last_delta,
                int64_t base_ms, int64_t max_ms, size_t records) {
  w.be<int64_t>(base_offset);
  w.be<int32_t>(0);   // length, when it is known
  w.be<int32_t>(0);   // partition leader epoch
  w.be<int8_t>(2);    // magic
  w.be<uint32_t>(0);  // crc, when the rest is there
  w.be<int16_t>(static_cast<int16_t>(compression));
  w.be<int32_t>(static_cast<int32_t>(last_delta));
  w.be<int64_t>(base_ms);
  w.be<int64_t>(max_ms);
  w.be<int64_t>(-1);  // producer id, epoch, sequence: none
  w.be<int16_t>(-1);
  w.be<int32_t>(-1);
  w.be<int32_t>(static_cast<int32_t>(records));
}

void put_checksum(std::string& batch) {
  const uint32_t crc = byte_swap(crc32c(std::string_view(batch).substr(kCrcFrom)));
  std::memcpy(batch.data() + kCrcAt, &crc, sizeof crc);
}

Result<std::string> compress(std::string_view bytes, Compression compression) {
  std::string out;
  if (compression == Compression::kZstd) {
    out.resize(ZSTD_compressBound(bytes.size()));
    const size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
    if (ZSTD_isError(n)) return Error(ErrorKind::kInternal, 1402, ZSTD_getErrorName(n));
    out.resize(n);
    return out;
  }
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  out.resize(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const size_t n =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(n)) return Error(ErrorKind::kInternal, 1402, LZ4F_getErrorName(n));
  out.resize(n);
  return out;
}

Result<std::string> decompress_zstd(std::string_view bytes) {
  std::string out;
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t left = 1;
  while (left != 0) {
    const size_t at = out.size();
    out.resize(at + std::max<size_t>(bytes.size() * 3, 4096));
    ZSTD_outBuffer chunk{out.data() + at, out.size() - at, 0};
    left = ZSTD_decompressStream(context, &chunk, &in);
    out.resize(at + chunk.pos);
    const bool stuck = chunk.pos == 0 && in.pos == in.size && left != 0;
    if (ZSTD_isError(left) || stuck || out.size() > kMostPlain) {
      ZSTD_freeDCtx(context);
      return corrupt("zstd block");
    }
  }
  ZSTD_freeDCtx(context);
  return out;
}

Result<std::string> decompress_lz4(std::string_view bytes) {
  std::string out;
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return corrupt("lz4");
  size_t consumed = 0;
  size_t left = 1;
  while (left != 0) {
    const size_t at = out.size();
    out.resize(at + std::max<size_t>(bytes.size() * 3, 4096));
    size_t produced = out.size() - at;
    size_t taken = bytes.size() - consumed;
    left = LZ4F_decompress(context, out.data() + at, &produced, bytes.data() + consumed, &taken,
                           nullptr);
    out.resize(at + produced);
    consumed += taken;
    const bool stuck = produced == 0 && taken == 0 && left != 0;
    if (LZ4F_isError(left) || stuck || out.size() > kMostPlain) {
      LZ4F_freeDecompressionContext(context);
      return corrupt("lz4 block");
    }
  }
  LZ4F_freeDecompressionContext(context);
  return out;
}

std::optional<std::string_view> take_nullable(ByteReader& r) {
  const int64_t size = r.zigzag();
  if (size < 0) return std::nullopt;
  return r.raw(static_cast<size_t>(size));
}

bool take_record(ByteReader& r, const BatchHeader& header, StoredRecord& record) {
  const int64_t size = r.zigzag();
  if (!r.ok() || size < 0) return false;
  ByteReader b(r.raw(static_cast<size_t>(size)));
  b.le<uint8_t>();
  int64_t ms = 0;
  if (__builtin_add_overflow(header.base_timestamp_ms, b.zigzag(), &ms)) return false;
  if (ms > kFarthestMs || ms < -kFarthestMs) return false;
  record.timestamp = ms * 1000;
  const int64_t offset_delta = b.zigzag();
  if (offset_delta < 0 || offset_delta > header.last_offset_delta) return false;
  record.offset = Offset(header.base_offset + offset_delta);
  record.key = take_nullable(b);
  record.value = take_nullable(b);
  const int64_t headers = b.zigzag();
  if (!b.ok() || headers < 0 || headers > size) return false;
  for (int64_t i = 0; i < headers; ++i) {
    const auto key = take_nullable(b);
    const auto value = take_nullable(b);
    record.headers.emplace_back(key.value_or(std::string_view()),
                                value.value_or(std::string_view()));
  }
  return b.ok() && b.at_end() && r.ok();
}

}  // namespace

size_t most_bytes(const Record& record) {
  size_t bytes = 40 + (record.key ? record.key->size() : 0);
  bytes += record.value ? record.value->size() : 0;
  for (const Header& header : record.headers) bytes += 10 + header.key.size() + header.value.size();
  return bytes;
}

Result<std::string> encode_batch(int64_t base_offset, std::span<const Record> records,
                                 Compression compression, std::span<const int64_t> offsets) {
  std::string out;
  TRY_VOID(encode_batch_into(out, base_offset, records, compression, offsets));
  return out;
}

Status encode_batch_into(std::string& out, int64_t base_offset, std::span<const Record> records,
                         Compression compression, std::span<const int64_t> offsets) {
  const int64_t base_ms = records.empty() ? 0 : records[0].timestamp / 1000;
  int64_t max_ms = base_ms;
  for (const Record& record : records) max_ms = std::max(max_ms, record.timestamp / 1000);
  const int64_t last_delta =
      offsets.empty() ? static_cast<int64_t>(records.size()) - 1 : offsets.back() - base_offset;
  out.clear();
  size_t most = kBatchHeaderBytes;
  for (const Record& record : records) most += most_bytes(record);
  out.reserve(most);
  ByteWriter w(out);
  put_header(w, base_offset, compression, last_delta, base_ms, max_ms, records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    const int64_t delta = offsets.empty() ? static_cast<int64_t>(i) : offsets[i] - base_offset;
    put_record(out, records[i], records[i].timestamp / 1000 - base_ms, delta);
  }
  if (out.size() - kBatchHeaderBytes > kMostPlain) {
    return Error(ErrorKind::kInvalidData, 1403, "a batch of records is larger than 1 GiB");
  }
  if (compression != Compression::kNone) {
    const std::string packed =
        TRY(compress(std::string_view(out).substr(kBatchHeaderBytes), compression));
    out.resize(kBatchHeaderBytes);
    out += packed;
  }
  const uint32_t length = byte_swap(static_cast<uint32_t>(out.size() - 12));
  std::memcpy(out.data() + kLengthAt, &length, sizeof length);
  put_checksum(out);
  return {};
}

BatchOrigin origin_of(std::string_view pipeline, Epoch epoch) {
  return {static_cast<int64_t>(hash64(pipeline) & INT64_MAX),
          static_cast<int32_t>(epoch.value & INT32_MAX)};
}

void stamp_batch(std::string& batch, const BatchOrigin& origin) {
  const auto producer = byte_swap(static_cast<uint64_t>(origin.producer));
  const uint16_t producer_epoch = 0;
  const auto sequence = byte_swap(static_cast<uint32_t>(origin.sequence));
  std::memcpy(batch.data() + kOriginAt, &producer, sizeof producer);
  std::memcpy(batch.data() + kOriginAt + 8, &producer_epoch, sizeof producer_epoch);
  std::memcpy(batch.data() + kOriginAt + 10, &sequence, sizeof sequence);
  put_checksum(batch);
}

std::optional<BatchHeader> peek_batch(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  ByteReader r(bytes);
  BatchHeader header;
  header.base_offset = r.be<int64_t>();
  const auto length = r.be<int32_t>();
  r.be<int32_t>();
  const auto magic = r.be<int8_t>();
  r.be<uint32_t>();
  const auto attributes = r.be<int16_t>();
  header.last_offset_delta = r.be<int32_t>();
  header.base_timestamp_ms = r.be<int64_t>();
  header.max_timestamp_ms = r.be<int64_t>();
  header.origin.producer = r.be<int64_t>();
  r.be<int16_t>();
  header.origin.sequence = r.be<int32_t>();
  header.records = r.be<int32_t>();
  header.compression = static_cast<Compression>(attributes & 7);
  if (magic != 2 || length < static_cast<int32_t>(kBatchHeaderBytes) - 12 ||
      length > INT32_MAX - 12 || header.base_offset < 0 || header.base_offset > kFarthestOffset ||
      header.records < 0 || header.last_offset_delta < header.records - 1) {
    return std::nullopt;
  }
  header.size = length + 12;
  return header;
}

bool batch_is_whole(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes) return false;
  ByteReader r(bytes.substr(kCrcAt));
  return r.be<uint32_t>() == crc32c(bytes.substr(kCrcFrom));
}

Status decode_batch(std::string_view bytes, ReadBatch& out) {
  const std::optional<BatchHeader> header = peek_batch(bytes);
  if (!header || static_cast<size_t>(header->size) != bytes.size()) return corrupt("header");
  if (!batch_is_whole(bytes)) return corrupt("checksum");
  std::string_view records = bytes.substr(kBatchHeaderBytes);
  if (header->compression != Compression::kNone) {
    Result<std::string> plain = header->compression == Compression::kZstd ? decompress_zstd(records)
                                : header->compression == Compression::kLz4
                                    ? decompress_lz4(records)
                                    : Result<std::string>(corrupt("unknown compression"));
    if (!plain) return std::move(plain).error();
    out.buffers.push_back(std::make_shared<const std::string>(std::move(*plain)));
    records = *out.buffers.back();
  }
  ByteReader r(records);
  for (int32_t i = 0; i < header->records; ++i) {
    StoredRecord record;
    if (!take_record(r, *header, record)) return corrupt("record");
    out.records.push_back(std::move(record));
  }
  if (!r.at_end()) return corrupt("bytes are left over");
  return {};
}

}  // namespace weir::log
