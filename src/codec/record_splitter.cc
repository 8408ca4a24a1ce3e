#include "codec/record_splitter.h"

#include <cstring>

namespace weir::codec {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) {
  for (const char c : line) {
    if (c != ' ' && c != '\t' && c != '\r') return false;
  }
  return true;
}
}  // namespace

void RecordSplitter::begin(std::string_view bytes, bool end_of_input) {
  bytes_ = bytes;
  end_of_input_ = end_of_input;
  at_ = 0;
  record_offset_ = 0;
  gave_ = false;
  if (!at_start_) return;
  if (!end_of_input && bytes.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(bytes)) {
    bytes_ = {};  // the mark may still be coming
    return;
  }
  at_start_ = false;
  if (bytes.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

// The newline that ends the record, or null where it is not there yet.
const char* RecordSplitter::end_of_record(const char* begin, size_t left) const {
  const auto* line = static_cast<const char*>(std::memchr(begin, '\n', left));
  if (quote_ == '\0') return line;
  const size_t line_size = line ? static_cast<size_t>(line - begin) : left;
  const auto* quote = static_cast<const char*>(std::memchr(begin, quote_, line_size));
  if (!quote) return line;
  const char* limit = begin + std::min(left, max_record_bytes_ + 1);
  bool open = false;
  for (const char* p = quote; p < limit; ++p) {
    if (*p == quote_) open = !open;
    if (*p == '\n' && !open) return p;
  }
  const bool no_more = end_of_input_ || left > max_record_bytes_;
  return open && no_more ? line : nullptr;
}

RecordSplitter::Found RecordSplitter::next(std::string_view& record) {
  if (skipping_) return skip_to_newline(record);
  while (at_ < bytes_.size()) {
    const char* begin = bytes_.data() + at_;
    const size_t left = bytes_.size() - at_;
    const char* end = end_of_record(begin, left);
    const size_t size = end ? static_cast<size_t>(end - begin) : left;
    record_offset_ = at_;
    if (size > max_record_bytes_) {
      // What was given before it must not be consumed together with half of this record.
      if (gave_) return Found::kNothing;
      kept_.assign(begin, std::min(size, kRawBytes));
      skipping_ = true;
      return skip_to_newline(record);
    }
    if (!end && !end_of_input_) return Found::kNothing;
    at_ += size + (end ? 1 : 0);
    record = std::string_view(begin, size);
    if (!record.empty() && record.back() == '\r') record.remove_suffix(1);
    if (record.empty() || (record[0] <= ' ' && is_blank(record))) continue;
    gave_ = true;
    return Found::kRecord;
  }
  return Found::kNothing;
}

RecordSplitter::Found RecordSplitter::skip_to_newline(std::string_view& record) {
  const char* begin = bytes_.data() + at_;
  const size_t left = bytes_.size() - at_;
  const char* end =
      left == 0 ? nullptr : static_cast<const char*>(std::memchr(begin, '\n', left));
  at_ = end ? static_cast<size_t>(end + 1 - bytes_.data()) : bytes_.size();
  if (!end && !end_of_input_) return Found::kNothing;
  skipping_ = false;
  gave_ = true;
  record = kept_;
  return Found::kTooLong;
}

void RecordSplitter::reset() {
  at_start_ = true;
  skipping_ = false;
  bytes_ = {};
  at_ = 0;
}

}  // namespace weir::codec
