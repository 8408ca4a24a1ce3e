// Protobuf records. In a registry's frame the place of the message in its file stands before them:
//   count    zig-zag varint, then as many indexes, each a zig-zag varint: the message, the message
//            within it, ...; a count of 0 is short for the first message
#include <fmt/core.h>

#include "codec/avro_cursor.h"
#include "codec/decoders.h"
#include "codec/path_tree.h"
#include "codec/protobuf_json.h"
#include "codec/protobuf_schema.h"
#include "codec/transcoder.h"

namespace weir::codec {

namespace {

using Wanted = std::set<std::string>;

// Names of the record's fields that columns take; empty: the record itself is wanted.
Result<Wanted> wanted_fields(const std::vector<DecodeColumn>& columns) {
  Wanted out;
  for (const DecodeColumn& column : columns) {
    if (column.path.empty()) {
      out.insert(column.field.name);
      continue;
    }
    const std::vector<PathStep> steps = TRY(parse_path(column.path));
    if (steps.empty() || steps[0].is_index) return Wanted();
    out.insert(steps[0].key);
  }
  if (out.empty()) out.insert("");  // no column: nothing is written out
  return out;
}

// False: cut off, or no place in any file.
bool take_place(AvroCursor& cursor, std::vector<int64_t>* out) {
  constexpr int64_t kMaxDepth = 64;
  int64_t count = 0;
  if (!cursor.take_long(&count) || count < 0 || count > kMaxDepth) return false;
  if (count == 0) *out = {0};
  for (int64_t i = 0; i < count; ++i) {
    if (!cursor.take_long(&out->emplace_back())) return false;
  }
  return true;
}

class ProtobufMaker final : public JsonMaker {
 public:
  // `message`: read as this one, whatever place is said.
  ProtobufMaker(std::unique_ptr<ProtobufSchema> schema, Wanted wanted, bool framed)
      : schema_(std::move(schema)), wanted_(std::move(wanted)), framed_(framed) {}
  Status read_as(const std::string& name) {
    const auto* message = schema_->message(name);
    if (!message) {
      return Error(ErrorKind::kInvalidProject, 1844,
                   fmt::format("there is no message \"{}\" in the schema", name));
    }
    fixed_ = std::make_unique<ProtobufJson>(message, wanted_);
    return {};
  }

  std::optional<std::string> make(std::string_view record, std::string& json) override {
    if (!framed_) return fixed_->append(record, json);
    AvroCursor cursor(record);
    std::vector<int64_t> place;
    if (!take_place(cursor, &place)) return "the place of the message is cut off";
    ProtobufJson* reader = fixed_ ? fixed_.get() : reader_of(place);
    if (!reader) return "the schema has no message at the record's place";
    return reader->append({cursor.at, cursor.left()}, json);
  }

 private:
  ProtobufJson* reader_of(const std::vector<int64_t>& place) {
    if (const auto known = readers_.find(place); known != readers_.end()) {
      return known->second.get();
    }
    const auto* message = schema_->message(place);
    if (!message) return nullptr;
    return (readers_[place] = std::make_unique<ProtobufJson>(message, wanted_)).get();
  }

  std::unique_ptr<ProtobufSchema> schema_;
  Wanted wanted_;
  bool framed_;
  std::unique_ptr<ProtobufJson> fixed_;
  std::map<std::vector<int64_t>, std::unique_ptr<ProtobufJson>> readers_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_protobuf_decoder(const DecoderOptions& options) {
  const Wanted wanted = TRY(wanted_fields(options.columns));
  std::unique_ptr<ProtobufMaker> reader;
  if (!options.reader_schema.empty()) {
    reader = std::make_unique<ProtobufMaker>(
        TRY(ProtobufSchema::parse(options.reader_schema, options.imports)), wanted,
        options.schemas != nullptr);
    TRY_VOID(reader->read_as(options.message));
  }
  using Made = Result<std::unique_ptr<JsonMaker>>;
  const auto of_writer = [wanted](const WriterSchema& schema) -> Made {
    auto parsed = TRY(ProtobufSchema::parse(schema.text, schema.references));
    return std::unique_ptr<JsonMaker>(
        std::make_unique<ProtobufMaker>(std::move(parsed), wanted, true));
  };
  return make_transcoder(options, "PROTOBUF", of_writer, std::move(reader));
}

}  // namespace weir::codec
