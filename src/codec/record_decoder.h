// The frame of decoders that take one record after another, split at newlines or given one by one:
// what is too long becomes a dead row, positions are counted, rows are gathered. A format adds what
// a record means.
#pragma once
#include "codec/record_splitter.h"
#include "codec/row_output.h"

namespace weir::codec {

class RecordDecoder : public Decoder {
 public:
  Decoded decode(std::string_view bytes, bool end_of_input, uint32_t max_rows) final;
  Decoded decode_records(const std::vector<std::string_view>& records) final;
  void reset() override { splitter_.reset(); }

 protected:
  explicit RecordDecoder(const DecoderOptions& options, char quote = '\0')
      : output_(options),
        splitter_(options.max_record_bytes, quote),
        max_record_bytes_(options.max_record_bytes) {}

  // A record without its newline; kPadding bytes behind it can be read.
  virtual void take(std::string_view record, uint64_t byte_offset) = 0;
  // One that came alone, as it was: nothing may be readable behind it.
  virtual void take_alone(std::string_view record, uint64_t byte_offset) {
    take(record, byte_offset);
  }
  // Records that are no rows (a header) do not count towards the rows asked for.
  virtual bool before_rows() const { return false; }

  RowOutput output_;

 private:
  void too_long(std::string_view record, uint64_t byte_offset);

  RecordSplitter splitter_;
  size_t max_record_bytes_;
};

}  // namespace weir::codec
