#include "codec/record_decoder.h"

#include <fmt/core.h>

namespace weir::codec {

Decoded RecordDecoder::decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) {
  splitter_.begin(bytes, end_of_input);
  std::string_view record;
  while (output_.records() < max_rows || before_rows()) {
    const RecordSplitter::Found found = splitter_.next(record);
    if (found == RecordSplitter::Found::kNothing) break;
    if (found == RecordSplitter::Found::kTooLong) {
      too_long(record, splitter_.record_offset());
    } else {
      take(record, splitter_.record_offset());
    }
  }
  Decoded out = output_.take();
  out.consumed = splitter_.consumed();
  out.inside_record = splitter_.inside_record();
  return out;
}

Decoded RecordDecoder::decode_records(const std::vector<std::string_view>& records) {
  size_t consumed = 0;
  for (const std::string_view record : records) {
    if (record.size() > max_record_bytes_) {
      too_long(record, consumed);
    } else {
      take_alone(record, consumed);
    }
    consumed += record.size();
  }
  Decoded out = output_.take();
  out.consumed = consumed;
  return out;
}

void RecordDecoder::too_long(std::string_view record, uint64_t byte_offset) {
  output_.dead_record(record, byte_offset, "54000",
                      fmt::format("record is longer than {} bytes", max_record_bytes_));
}

}  // namespace weir::codec
