// Avro records to columns. Two kinds of input:
//  - single records: bare ones of the schema that the source names, or with Confluent's five bytes
//    before them (0, then the schema's number, high byte first), whose schema a registry has;
//  - object container files: a header with the schema, then blocks of records, packed or not, each
//    with the file's 16 bytes of sync behind it. Nothing is consumed but whole blocks, so reading
//    goes on at any block once the header was shown. A block that is damaged costs itself: reading
//    goes on behind the next sync.
#include <map>

#include <fmt/core.h>

#include "codec/avro_record.h"
#include "codec/block_codec.h"
#include "codec/decoders.h"
#include "codec/framed_schemas.h"
#include "codec/record_splitter.h"

namespace weir::codec {

namespace {

constexpr size_t kSync = 16;
constexpr size_t kMaxHeader = 4 << 20;
constexpr size_t kMaxBlock = size_t{64} << 20;      // packed
constexpr size_t kMaxUnpacked = size_t{256} << 20;
constexpr uint64_t kMaxEmptyRecords = 100'000;      // of a block: records without bytes

class AvroDecoder final : public Decoder {
 public:
  AvroDecoder(const DecoderOptions& options, PathTree tree, std::optional<AvroSchema> reader)
      : tree_(std::move(tree)),
        reader_(std::move(reader)),
        schemas_(options.schemas, "AVRO"),
        max_record_bytes_(options.max_record_bytes),
        output_(options) {
    if (reader_ && !schemas_) bare_ = make_records(*reader_);
  }

  Decoded decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) override;
  Decoded decode_records(const std::vector<std::string_view>& records) override;
  Status prepare(const std::vector<std::string_view>& records) override;
  void reset() override {
    file_.reset();
    lost_.reset();
    broken_ = false;
  }

 private:
  using Records = std::unique_ptr<AvroRecordReader>;
  struct File {
    Records records;
    BlockCodec codec = BlockCodec::kNull;
    std::string sync;
  };
  enum class Step : uint8_t { kTaken, kNeedsMore };

  Records make_records(const AvroSchema& writer) {
    return std::make_unique<AvroRecordReader>(
        AvroResolution::make(writer, reader_ ? &*reader_ : nullptr), tree_, output_);
  }
  void take_record(std::string_view record, uint64_t byte_offset);
  void take_framed(std::string_view record);
  void take_bare(AvroRecordReader& records, std::string_view record);
  Result<Records> of_writer(const WriterSchema& schema);

  Step header(std::string_view bytes, bool end_of_input, size_t* at);
  std::string open_file(AvroCursor& cursor, bool* cut);
  Step block(std::string_view bytes, bool end_of_input, size_t* at);
  std::string block_records(int64_t count, std::string_view packed, uint64_t byte_offset);
  Step to_next_sync(std::string_view bytes, bool end_of_input, size_t* at);
  void lose(std::string_view raw, size_t at, std::string reason);

  PathTree tree_;
  std::optional<AvroSchema> reader_;
  FramedSchemas<AvroRecordReader> schemas_;
  size_t max_record_bytes_;
  RowOutput output_;
  Records bare_;

  std::optional<File> file_;
  struct Lost {
    std::string raw;
    std::string reason;
  };
  std::optional<Lost> lost_;   // a damaged block whose end is being looked for
  uint64_t lost_at_ = 0;       // where it began, in the bytes at hand
  bool broken_ = false;        // no container file, or none that can be read: the rest is skipped
  std::string unpacked_;
};

Result<AvroDecoder::Records> AvroDecoder::of_writer(const WriterSchema& schema) {
  std::vector<std::string> references;
  for (const NamedSchema& reference : schema.references) references.push_back(reference.text);
  return make_records(TRY(AvroSchema::parse(schema.text, references)));
}

Status AvroDecoder::prepare(const std::vector<std::string_view>& records) {
  if (!schemas_) return {};
  return schemas_.prepare(records, [&](const WriterSchema& schema) { return of_writer(schema); });
}

void AvroDecoder::take_bare(AvroRecordReader& records, std::string_view record) {
  AvroCursor cursor(record);
  if (!records.read(cursor)) {
    output_.bad_record(records.fault_sqlstate(), records.fault());
  } else if (cursor.left() > 0) {
    output_.bad_record("22P02", fmt::format("invalid Avro: {} bytes are left behind the record",
                                            cursor.left()));
  }
}

void AvroDecoder::take_framed(std::string_view record) {
  if (!is_framed(record)) return output_.bad_record("22P02", unframed_reason(record));
  std::string reason;
  AvroRecordReader* records = schemas_.find(
      record, [&](const WriterSchema& schema) { return of_writer(schema); }, &reason);
  if (!records) return output_.bad_record("22P02", reason);
  take_bare(*records, record.substr(kFrameBytes));
}

void AvroDecoder::take_record(std::string_view record, uint64_t byte_offset) {
  if (record.size() > max_record_bytes_) {
    return output_.dead_record(record, byte_offset, "54000",
                               fmt::format("record is longer than {} bytes", max_record_bytes_));
  }
  output_.begin(record, byte_offset);
  if (record.data() == kEmptyRecord.data()) {
    // Nothing is given.
  } else if (schemas_) {
    take_framed(record);
  } else if (bare_) {
    take_bare(*bare_, record);
  } else {
    output_.bad_record("22P02", "the source names neither a registry nor a schema");
  }
  output_.end();
}

Decoded AvroDecoder::decode_records(const std::vector<std::string_view>& records) {
  size_t consumed = 0;
  for (const std::string_view record : records) {
    take_record(record, consumed);
    consumed += record.size();
  }
  Decoded out = output_.take();
  out.consumed = consumed;
  return out;
}

Decoded AvroDecoder::decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) {
  size_t at = 0;
  Step step = Step::kTaken;
  if (!file_ && !broken_) step = header(bytes, end_of_input, &at);
  while (step == Step::kTaken && !broken_ && max_rows > 0) {
    if (at == bytes.size() || output_.records() >= max_rows) break;
    step = lost_ ? to_next_sync(bytes, end_of_input, &at) : block(bytes, end_of_input, &at);
  }
  if (broken_) at = bytes.size();
  Decoded out = output_.take();
  out.consumed = at;
  out.inside_record = lost_.has_value();
  lost_at_ = 0;
  return out;
}

// Of a header that cannot be read the whole file is one dead record.
AvroDecoder::Step AvroDecoder::header(std::string_view bytes, bool end_of_input, size_t* at) {
  if (bytes.empty()) return Step::kNeedsMore;
  AvroCursor cursor(bytes);
  bool cut = false;
  const std::string problem = open_file(cursor, &cut);
  if (cut && !end_of_input && bytes.size() < kMaxHeader) return Step::kNeedsMore;
  if (!problem.empty()) {
    output_.dead_record(bytes.substr(0, 256), 0, "22P02", problem);
    broken_ = true;
    file_.reset();
    return Step::kTaken;
  }
  *at = bytes.size() - cursor.left();
  return Step::kTaken;
}

// What is wrong; nothing: the file is open. `cut`: more bytes may help.
std::string AvroDecoder::open_file(AvroCursor& cursor, bool* cut) {
  static constexpr std::string_view kMagic("Obj\1", 4);
  std::string_view found;
  std::string schema;
  std::string codec;
  const std::string_view start(cursor.at, std::min(cursor.left(), kMagic.size()));
  if (start != kMagic.substr(0, start.size())) return "it is no Avro container file";
  *cut = true;
  const std::string ends = "the file ends within its header";
  if (!cursor.take(kMagic.size(), &found)) return ends;
  for (int64_t count = 1; count != 0;) {
    int64_t size;
    if (!cursor.take_long(&count)) return ends;
    if (count < 0 && !cursor.take_long(&size)) return ends;
    const uint64_t pairs = count < 0 ? 0 - static_cast<uint64_t>(count)
                                     : static_cast<uint64_t>(count);
    for (uint64_t i = 0; i < pairs; ++i) {
      std::string_view key;
      std::string_view value;
      if (!cursor.take_sized(&key) || !cursor.take_sized(&value)) return ends;
      if (key == "avro.schema") schema = value;
      if (key == "avro.codec") codec = value;
    }
  }
  if (!cursor.take(kSync, &found)) return ends;
  *cut = false;
  const auto block_codec = block_codec_of(codec);
  if (!block_codec) return fmt::format("blocks packed by {} are not supported", codec);
  const auto writer = AvroSchema::parse(schema);
  if (!writer) return writer.error().primary();
  file_.emplace(File{make_records(*writer), *block_codec, std::string(found)});
  return "";
}

AvroDecoder::Step AvroDecoder::block(std::string_view bytes, bool end_of_input, size_t* at) {
  AvroCursor cursor(bytes.substr(*at));
  int64_t count = 0;
  int64_t size = 0;
  constexpr size_t kMaxNumbers = 20;
  const bool has_numbers = cursor.take_long(&count) && cursor.take_long(&size);
  if (!has_numbers && bytes.size() - *at < kMaxNumbers && !end_of_input) return Step::kNeedsMore;
  if (!has_numbers || count < 0 || size < 0 || static_cast<uint64_t>(size) > kMaxBlock) {
    lose(bytes, *at, "a block's count and size are cut off or out of range");
    return Step::kTaken;
  }
  std::string_view packed;
  std::string_view sync;
  if (!cursor.take(static_cast<uint64_t>(size), &packed) || !cursor.take(kSync, &sync)) {
    if (!end_of_input) return Step::kNeedsMore;
    lose(bytes, *at, "the file ends within a block");
    return Step::kTaken;
  }
  if (sync != file_->sync) {
    lose(bytes, *at, "the file's sync bytes do not stand behind a block");
    return Step::kTaken;
  }
  const std::string problem = block_records(count, packed, *at);
  if (!problem.empty()) {
    output_.dead_record(bytes.substr(*at, bytes.size() - *at - cursor.left()), *at, "22P02",
                        problem);
  }
  *at = bytes.size() - cursor.left();
  return Step::kTaken;
}

// What is wrong with the block as a whole; a record that cannot be read costs those behind it too,
// since nothing says where they begin.
std::string AvroDecoder::block_records(int64_t count, std::string_view packed,
                                       uint64_t byte_offset) {
  if (!unpack_block(file_->codec, packed, kMaxUnpacked, unpacked_)) {
    return "a block cannot be unpacked";
  }
  if (static_cast<uint64_t>(count) > unpacked_.size() + kMaxEmptyRecords) {
    return fmt::format("a block of {} bytes claims {} records", unpacked_.size(), count);
  }
  AvroCursor cursor(unpacked_);
  AvroRecordReader& records = *file_->records;
  for (int64_t i = 0; i < count; ++i) {
    const char* start = cursor.at;
    output_.begin(std::string_view(start, cursor.left()), byte_offset);
    const bool ok = records.read(cursor);
    if (!ok) {
      const std::string behind =
          i + 1 == count ? "" : fmt::format("; the {} records behind it in its block are lost with "
                                            "it", count - i - 1);
      output_.bad_record(records.fault_sqlstate(), records.fault() + behind);
    } else {
      output_.cut_raw(static_cast<size_t>(cursor.at - start));
    }
    output_.end();
    if (!ok) return "";
  }
  return cursor.left() == 0 ? "" : fmt::format("{} bytes are left behind the records of a block",
                                               cursor.left());
}

void AvroDecoder::lose(std::string_view bytes, size_t at, std::string reason) {
  lost_ = Lost{std::string(bytes.substr(at, RecordSplitter::kRawBytes)), std::move(reason)};
  lost_at_ = at;
}

AvroDecoder::Step AvroDecoder::to_next_sync(std::string_view bytes, bool end_of_input, size_t* at) {
  const size_t found = bytes.find(file_->sync, *at);
  if (found == std::string_view::npos && !end_of_input) {
    if (bytes.size() - *at >= kSync) *at = bytes.size() - kSync + 1;
    return Step::kNeedsMore;
  }
  output_.dead_record(lost_->raw, lost_at_, "22P02", lost_->reason);
  lost_.reset();
  *at = found == std::string_view::npos ? bytes.size() : found + kSync;
  return Step::kTaken;
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_avro_decoder(const DecoderOptions& options) {
  PathTree tree = TRY(PathTree::make(options.columns));
  std::optional<AvroSchema> reader;
  if (!options.reader_schema.empty()) reader = TRY(AvroSchema::parse(options.reader_schema));
  return std::unique_ptr<Decoder>(
      std::make_unique<AvroDecoder>(options, std::move(tree), std::move(reader)));
}

}  // namespace weir::codec
