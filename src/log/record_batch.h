// Kafka's record batch, magic 2 (docs/formats/log.md): a header of 61 bytes with a CRC32C, then the
// records, compressed as one block. What a Kafka client reads and writes, byte for byte.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace weir::log {

constexpr size_t kBatchHeaderBytes = 61;

// Which epoch of which pipeline wrote a batch, where Kafka has a producer's id and sequence; -1:
// records that came by themselves.
struct BatchOrigin {
  int64_t producer = -1;  // origin_of() a pipeline's name
  int32_t sequence = -1;  // the epoch's low 31 bits
};
BatchOrigin origin_of(std::string_view pipeline, Epoch epoch);

struct BatchHeader {
  int64_t base_offset = 0;
  int32_t size = 0;  // of the whole batch, header included
  int32_t last_offset_delta = 0;
  int64_t base_timestamp_ms = 0;
  int64_t max_timestamp_ms = 0;
  int32_t records = 0;
  Compression compression = Compression::kNone;
  BatchOrigin origin;

  int64_t next_offset() const { return base_offset + last_offset_delta + 1; }
};

// About what a record takes in a batch that is not compressed; never less.
size_t most_bytes(const Record& record);

// `offsets`: of each record, ascending; empty: consecutive from base_offset. At most 1 GiB of
// records.
Result<std::string> encode_batch(int64_t base_offset, std::span<const Record> records,
                                 Compression compression, std::span<const int64_t> offsets = {});
// The same into a buffer that is used again and again.
Status encode_batch_into(std::string& out, int64_t base_offset, std::span<const Record> records,
                         Compression compression, std::span<const int64_t> offsets = {});

// Writes the origin into an encoded batch.
void stamp_batch(std::string& batch, const BatchOrigin& origin);

// The header at the start of `bytes`; nullopt: too short for one, or not a batch. Does not check
// the CRC.
std::optional<BatchHeader> peek_batch(std::string_view bytes);
// True where `bytes` (header.size of them) are what the CRC says.
bool batch_is_whole(std::string_view bytes);

// Appends the batch's records to out.records; their views point into `bytes` where it is not
// compressed (the caller keeps it), else into a buffer added to out.buffers. kCorrupt: not such a
// batch.
Status decode_batch(std::string_view bytes, ReadBatch& out);

}  // namespace weir::log
