// The key of a document, so that memcmp gives PostgreSQL's order (compareJsonbContainers):
//
//   document  10 count 00 scalar  |  10 count 01 elements  |  11 count members
//             A scalar on its own counts as an array of one element, which is how an empty array
//             comes to stand before it.
//   value     01 null | 02 bytes 00 string | 03 numeric | 04 00|01 boolean | 10 count elements
//             | 11 count members;  member: bytes 00, value, in the stored order of names
//   count     32 bits, big-endian
#include "base/bytes.h"
#include "data/decimal_key.h"
#include "data/jsonb.h"

namespace weir {

namespace {

// Reads canonical text only: that is what columns hold. Anything else ends early, never out of
// bounds.
class JsonbKey {
 public:
  JsonbKey(std::string_view text, std::string& out) : text_(text), out_(out) {}

  void document() {
    const char first = peek();
    if (first == '{') return value();
    if (first == '[') {
      out_.push_back(0x10);
      return list(']', "\x01");
    }
    out_.append(std::string_view("\x10\0\0\0\1\0", 6));
    value();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void value() {
    switch (peek()) {
      case '{': out_.push_back(0x11); return list('}', "");
      case '[': out_.push_back(0x10); return list(']', "");
      case '"': out_.push_back(0x02); return string();
      case 't': out_.append("\x04\x01", 2); at_ += 4; return;
      case 'f': out_.append("\x04\x00", 2); at_ += 5; return;
      case 'n': out_.push_back(0x01); at_ += 4; return;
      default: return number();
    }
  }

  // Elements or members up to the closing bracket, behind their number.
  void list(char end, std::string_view behind_count) {
    const size_t count_at = out_.size();
    out_.append(4, '\0');
    out_.append(behind_count);
    uint32_t count = 0;
    for (++at_; at_ < text_.size() && peek() != end; ++count) {
      if (end == '}') {
        string();
        skip(": ");
      }
      value();
      skip(", ");
    }
    ++at_;
    const uint32_t big = byte_swap(count);
    std::memcpy(out_.data() + count_at, &big, sizeof big);
  }

  void skip(std::string_view what) {
    if (text_.substr(std::min(at_, text_.size())).starts_with(what)) at_ += what.size();
  }

  void string() {
    for (++at_; at_ < text_.size() && peek() != '"'; ++at_) {
      if (peek() == '\\') {
        ++at_;
        escape();
      } else {
        out_.push_back(peek());
      }
    }
    ++at_;
    out_.push_back('\0');  // no jsonb string has one
  }

  void escape() {
    switch (peek()) {
      case 'b': return out_.push_back('\b');
      case 'f': return out_.push_back('\f');
      case 'n': return out_.push_back('\n');
      case 'r': return out_.push_back('\r');
      case 't': return out_.push_back('\t');
      case 'u': {  // canonical text has them for control characters alone
        const std::string digits(text_.substr(std::min(at_ + 3, text_.size()), 2));
        out_.push_back(static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16)));
        at_ += 4;
        return;
      }
      default: return out_.push_back(peek());
    }
  }

  void number() {
    const size_t begin = std::min(at_, text_.size());
    at_ = std::min(text_.find_first_of(",]}", begin), text_.size());
    const std::string_view token = text_.substr(begin, at_ - begin);
    out_.push_back(0x03);
    const std::optional<Decimal> v = Decimal::parse(token);
    if (v) return append_decimal_key(out_, *v);
    // Beyond 38 digits numbers order by their text: distinct, which is what grouping needs.
    out_.push_back('\x07');
    out_.append(token);
    out_.push_back('\0');
  }

  const std::string_view text_;
  std::string& out_;
  size_t at_ = 0;
};

}  // namespace

void append_jsonb_key(std::string_view canonical, std::string& out) {
  JsonbKey(canonical, out).document();
}

std::strong_ordering compare_jsonb(std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  std::string key_a, key_b;
  append_jsonb_key(a, key_a);
  append_jsonb_key(b, key_b);
  return key_a.compare(key_b) <=> 0;
}

}  // namespace weir
