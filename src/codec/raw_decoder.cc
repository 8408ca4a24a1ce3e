// One column takes the record as it is: text (which must be UTF-8 without NUL), bytea, or any other
// type by its input function.
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "codec/record_decoder.h"
#include "codec/scalar.h"
#include "codec/decoders.h"

namespace weir::codec {

namespace {

class RawDecoder final : public RecordDecoder {
 public:
  explicit RawDecoder(const DecoderOptions& options) : RecordDecoder(options) {}

 private:
  void take(std::string_view record, uint64_t byte_offset) override {
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
