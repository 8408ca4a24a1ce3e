// Splits bytes at newlines into records, for the formats of one record a line. A line longer than
// the bound is skipped while it streams by: only its first bytes are kept, for its dead row. Blank
// lines and a byte order mark at the start are no records. A quote that is never closed costs its
// own line.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::codec {

class RecordSplitter {
 public:
  static constexpr size_t kRawBytes = 64 << 10;  // kept of a record that is too long

  enum class Found : uint8_t { kNothing, kRecord, kTooLong };

  // `quote`: newlines between two of these belong to the record (CSV); 0: none do.
  explicit RecordSplitter(size_t max_record_bytes, char quote = '\0')
      : max_record_bytes_(max_record_bytes), quote_(quote) {}

  void begin(std::string_view bytes, bool end_of_input);
  // kRecord: `record` is a view into the bytes, without its newline. kTooLong: the line's first
  // bytes, given once, when the line's end was seen.
  Found next(std::string_view& record);

  size_t record_offset() const { return record_offset_; }  // in the bytes given; 0: began before
  size_t consumed() const { return at_; }
  bool inside_record() const { return skipping_; }
  void reset();

 private:
  const char* end_of_record(const char* begin, size_t left) const;
  Found skip_to_newline(std::string_view& record);

  size_t max_record_bytes_;
  char quote_;
  std::string_view bytes_;
  bool end_of_input_ = false;
  size_t at_ = 0;
  size_t record_offset_ = 0;
  bool at_start_ = true;    // of the stream: a byte order mark may stand here
  bool skipping_ = false;
  bool gave_ = false;  // a record of the bytes at hand: then a too long one waits for the next call
  std::string kept_;        // first bytes of the line being skipped
};

}  // namespace weir::codec
