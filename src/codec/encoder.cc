#include "codec/encoder.h"

#include "codec/output_schema.h"
#include "data/text_form.h"

namespace weir::codec {

namespace {

class JsonEncoder final : public Encoder {
 public:
  explicit JsonEncoder(const Schema& schema) {
    for (const Field& field : schema.fields) {
      std::string& key = keys_.emplace_back(keys_.empty() ? "{" : ",");
      append_json_string(key, field.name);
      key.push_back(':');
    }
  }
  std::string header() override { return {}; }
  void encode(const Batch& batch, uint32_t row, std::string& out) override {
    if (keys_.empty()) out.push_back('{');
    for (size_t i = 0; i < keys_.size(); ++i) {
      out += keys_[i];
      append_json_form(out, *batch.columns[i], row);
    }
    out.push_back('}');
  }

 private:
  std::vector<std::string> keys_;  // with what stands before and behind them
};

// As PostgreSQL's COPY ... CSV: NULL is nothing, an empty text is "".
class CsvEncoder final : public Encoder {
 public:
  explicit CsvEncoder(const Schema& schema) {
    for (size_t i = 0; i < schema.size(); ++i) {
      if (i > 0) header_.push_back(',');
      append_field(schema.fields[i].name, header_);
    }
    header_.push_back('\n');
  }
  std::string header() override { return header_; }
  void encode(const Batch& batch, uint32_t row, std::string& out) override {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      if (i > 0) out.push_back(',');
      const Column& column = *batch.columns[i];
      if (column.is_null(row)) continue;
      scratch_.clear();
      append_text_form(scratch_, column, row);
      append_field(scratch_, out);
    }
  }

 private:
  static void append_field(std::string_view text, std::string& out) {
    const bool quote = text.empty() || text == "\\." ||
                       text.find_first_of(",\"\r\n") != std::string_view::npos;
    if (!quote) {
      out += text;
      return;
    }
    out.push_back('"');
    for (const char c : text) {
      if (c == '"') out.push_back('"');
      out.push_back(c);
    }
    out.push_back('"');
  }

  std::string header_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(OutputFormat format, const Schema& schema) {
  switch (format) {
    case OutputFormat::kJson:
    case OutputFormat::kJsonSchema: break;
    case OutputFormat::kCsv: return std::make_unique<CsvEncoder>(schema);
    case OutputFormat::kAvro: return make_avro_encoder(schema);
    case OutputFormat::kProtobuf: return make_protobuf_encoder();
  }
  return std::make_unique<JsonEncoder>(schema);
}

OutputSchema output_schema(OutputFormat format, const Schema& schema, const std::string& record) {
  switch (format) {
    case OutputFormat::kAvro: return {"AVRO", avro_schema_text(schema, record), record};
    case OutputFormat::kProtobuf: return {"PROTOBUF", protobuf_schema_text(schema, record), record};
    case OutputFormat::kJsonSchema: return {"JSON", json_schema_text(schema, record), record};
    default: return {};
  }
}

}  // namespace weir::codec
