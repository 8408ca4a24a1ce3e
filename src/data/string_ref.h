// A string of up to 4 GB in 16 bytes: length, the first 4 bytes, then either the other 8 (inline,
// up to 12 bytes in all) or a pointer. Equality mostly ends in the first 8 bytes, and short strings
// need no memory of their own. The pointer is into a heap that the column keeps alive. (Arrow's
// string view with a pointer where Arrow has buffer index and offset: gathering from many batches
// then copies 16 bytes and never renumbers buffers.)
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

class StringRef {
 public:
  static constexpr uint32_t kInline = 12;

  StringRef() = default;
  // Refers to `text` where it is longer than kInline: the caller keeps it alive.
  explicit StringRef(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
    if (size_ <= kInline) {
      std::memcpy(bytes_, text.data(), size_);
    } else {
      std::memcpy(bytes_, text.data(), 4);
      const char* data = text.data();
      std::memcpy(bytes_ + 4, &data, 8);
    }
  }
  uint32_t size() const { return size_; }
  bool is_inline() const { return size_ <= kInline; }
  const char* data() const {
    if (is_inline()) return bytes_;
    const char* p;
    std::memcpy(&p, bytes_ + 4, 8);
    return p;
  }
  std::string_view view() const { return {data(), size_}; }

  friend bool operator==(const StringRef& a, const StringRef& b) {
    if (std::memcmp(&a, &b, 8) != 0) return false;
    if (a.is_inline()) return std::memcmp(a.bytes_ + 4, b.bytes_ + 4, 8) == 0;
    return std::memcmp(a.data() + 4, b.data() + 4, a.size_ - 4) == 0;
  }
  friend bool operator<(const StringRef& a, const StringRef& b) { return a.view() < b.view(); }

 private:
  uint32_t size_ = 0;
  char bytes_[12] = {};
};
static_assert(sizeof(StringRef) == 16);

}  // namespace weir
