// JSON records with a schema: checked, then read as JSON.
#include "codec/decoders.h"
#include "codec/json_schema.h"
#include "codec/transcoder.h"

namespace weir::codec {

namespace {

class CheckedJson final : public JsonMaker {
 public:
  explicit CheckedJson(std::unique_ptr<JsonSchema> schema) : schema_(std::move(schema)) {}
  std::optional<std::string> make(std::string_view record, std::string& json) override {
    auto violation = schema_->check(record);
    if (!violation) json += record;
    return violation;
  }

 private:
  std::unique_ptr<JsonSchema> schema_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_schema_decoder(const DecoderOptions& options) {
  std::unique_ptr<JsonMaker> reader;
  if (!options.reader_schema.empty()) {
    auto schema = TRY(JsonSchema::parse(options.reader_schema, options.imports));
    reader = std::make_unique<CheckedJson>(std::move(schema));
  }
  const auto of_writer = [](const WriterSchema& schema) -> Result<std::unique_ptr<JsonMaker>> {
    auto parsed = TRY(JsonSchema::parse(schema.text, schema.references));
    return std::unique_ptr<JsonMaker>(std::make_unique<CheckedJson>(std::move(parsed)));
  };
  return make_transcoder(options, "JSON", of_writer, std::move(reader));
}

}  // namespace weir::codec
