// Records to columns. A decoder is made once for (format, columns) and fed bytes; it answers
// batches of exactly the wanted columns, and the rows it could not decode with their raw bytes and
// the reason.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "codec/schema_source.h"
#include "data/batch.h"

namespace weir {
class TimeZone;  // data/time_zone.h
}

namespace weir::codec {

enum class Format : uint8_t { kJson, kCsv, kRaw, kAvro, kProtobuf, kJsonSchema };
enum class OnBadValue : uint8_t { kDeadLetter, kNull };

struct DecodeColumn {
  Field field;
  // JSON: "$.velocity.ground", "$.a[0]", "$" (the record); empty: the field's name. CSV: the name
  // in the header, or "$[2]" for the third field (how columns of files without header are found).
  std::string path;
  // Numbers to timestamps: micros per unit (s: 1000000); below zero: units per micro (ns: -1000).
  std::optional<Micros> epoch_unit;
  std::optional<int32_t> zone_offset_seconds;  // of stamps without zone
  std::shared_ptr<const TimeZone> zone;        // the same, where offsets vary
};

struct DecoderOptions {
  Format format = Format::kJson;
  std::vector<DecodeColumn> columns;
  OnBadValue on_bad_value = OnBadValue::kDeadLetter;
  char csv_delimiter = ',';
  char csv_quote = '"';
  bool csv_header = true;
  std::string csv_null;                    // this unquoted text is NULL
  uint32_t csv_fields = 0;                 // of each record where there is no header; 0: not known
  // Formats with a schema: the reader's, in the format's language; empty: as it was written.
  std::string reader_schema;
  std::vector<NamedSchema> imports;        // what it imports, each behind what it imports itself
  std::string message;                     // Protobuf: the reader's message; empty: the first
  // Records of topics begin with the number of their schema here; null: they are bare, of
  // reader_schema.
  std::shared_ptr<const SchemaSource> schemas;
  size_t max_record_bytes = 16 << 20;      // longer: a dead row (its first bytes are kept)
};

struct DeadRow {
  uint64_t index = 0;        // how many records stood before it in this call
  std::string raw;           // the record's bytes (cut at 64 KiB)
  std::string column;        // empty: the whole record
  std::string sqlstate;      // "22P02"
  std::string reason;
  uint64_t byte_offset = 0;  // in the bytes given
};

struct Decoded {
  Batch batch;
  std::vector<uint32_t> record_of_row;  // index of the record of each row; empty: row i is record i
  std::vector<DeadRow> dead;
  uint64_t records = 0;                 // good and bad
  size_t consumed = 0;                  // bytes; what is left is an unfinished record
  // The consumed bytes end inside a record that is longer than max_record_bytes and is being
  // skipped. Its dead row comes with its end: until then, go on reading but publish no position.
  bool inside_record = false;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Text formats: whole lines up to about `max_rows`; with `end_of_input` the last one needs no
  // newline. `bytes` must be followed by kPadding readable bytes. With max_rows 0 at most a header
  // is read: so a CSV file is gone on with from its middle, after its first line was shown to the
  // decoder.
  virtual Decoded decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) = 0;
  // Fetches what decode_records() needs from outside for these (schemas). kUnavailable: try again
  // later, nothing is lost.
  virtual Status prepare(const std::vector<std::string_view>& records);
  // One record per element (topics, HTTP): never split at newlines.
  virtual Decoded decode_records(const std::vector<std::string_view>& records) = 0;
  // Start of a new file or stream: CSV reads its header again.
  virtual void reset() = 0;
  static constexpr size_t kPadding = 64;
  // A record whose fields are all missing, in every format.
  static const std::string_view kEmptyRecord;
};

Result<std::unique_ptr<Decoder>> make_decoder(const DecoderOptions& options);

}  // namespace weir::codec
