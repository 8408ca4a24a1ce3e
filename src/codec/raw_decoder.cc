// One column takes the record as it is: text (which must be UTF-8 without NUL), bytea, or any other
// type by its input function.
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "codec/record_splitter.h"
#include "codec/row_output.h"
#include "codec/scalar.h"
#include "codec/text_decoders.h"

namespace weir::codec {

namespace {

class RawDecoder final : public Decoder {
 public:
  explicit RawDecoder(const DecoderOptions& options)
      : splitter_(options.max_record_bytes),
        max_record_bytes_(options.max_record_bytes),
        output_(options) {}

  Decoded decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) override {
    splitter_.begin(bytes, end_of_input);
    std::string_view record;
    while (output_.records() < max_rows) {
      const RecordSplitter::Found found = splitter_.next(record);
      if (found == RecordSplitter::Found::kNothing) break;
      if (found == RecordSplitter::Found::kTooLong) {
        too_long(record, splitter_.record_offset());
      } else {
        decode_record(record, splitter_.record_offset());
      }
    }
    Decoded out = output_.take();
    out.consumed = splitter_.consumed();
    out.inside_record = splitter_.inside_record();
    return out;
  }

  Decoded decode_records(const std::vector<std::string_view>& records) override {
    size_t consumed = 0;
    for (const std::string_view record : records) {
      if (record.size() > max_record_bytes_) {
        too_long(record, consumed);
      } else {
        decode_record(record, consumed);
      }
      consumed += record.size();
    }
    Decoded out = output_.take();
    out.consumed = consumed;
    return out;
  }

  void reset() override { splitter_.reset(); }

 private:
  void too_long(std::string_view record, uint64_t byte_offset) {
    output_.dead_record(record, byte_offset, "54000",
                        fmt::format("record is longer than {} bytes", max_record_bytes_));
  }

  void decode_record(std::string_view record, uint64_t byte_offset) {
    output_.begin(record, byte_offset);
    for (uint32_t i = 0; i < output_.width(); ++i) append(i, record);
    output_.end();
  }

  void append(uint32_t column, std::string_view record) {
    ColumnBuilder& builder = output_.open(column);
    if (builder.type().id == TypeId::kBytea) return builder.append_text(record);
    const bool has_nul = !record.empty() && std::memchr(record.data(), '\0', record.size());
    if (has_nul || !simdjson::validate_utf8(record.data(), record.size())) {
      set_error(&error_, "22021", "invalid byte sequence for encoding \"UTF8\"");
    } else if (append_scalar(builder, output_.column(column), ScalarKind::kText, record, &error_)) {
      return;
    }
    output_.bad_value(column, error_);
  }

  RecordSplitter splitter_;
  size_t max_record_bytes_;
  RowOutput output_;
  ParseError error_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_raw_decoder(const DecoderOptions& options) {
  if (options.columns.size() > 1) {
    return Error(ErrorKind::kInvalidProject, 1343, "format raw takes one column")
        .detail(fmt::format("{} columns are declared, and a raw record has no parts.",
                            options.columns.size()));
  }
  return std::unique_ptr<Decoder>(std::make_unique<RawDecoder>(options));
}

}  // namespace weir::codec
