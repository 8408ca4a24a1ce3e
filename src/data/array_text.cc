// The text of arrays: {1,NULL,"a b"}, a brace around each dimension. An element is quoted where it
// would be read as something else: empty, NULL, or with a blank, comma, brace, quote or backslash.
// Input may say the bounds in front, "[1:2][1:3]={...}", which must be the real ones and from 1.
#include <charconv>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/array.h"
#include "data/text_form.h"

namespace weir {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_null_word(std::string_view text) { return text.size() == 4 && lower(text) == "null"; }

bool needs_quotes(std::string_view element) {
  if (element.empty() || is_null_word(element)) return true;
  return std::any_of(element.begin(), element.end(), [](char c) {
    return is_blank(c) || c == ',' || c == '{' || c == '}' || c == '"' || c == '\\';
  });
}

void put_element(std::string& out, std::string_view element) {
  if (!needs_quotes(element)) return void(out += element);
  out.push_back('"');
  for (const char c : element) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

// Walks an array in row-major order with brackets around each dimension.
template <class PutElement>
void put_nested(std::string& out, const Array& array, const char* brackets, PutElement put) {
  if (array.size() == 0) return void(out.append(brackets, 2));
  // A dimension begins and ends where the number of elements so far is a multiple of its size.
  std::vector<uint32_t> sizes(array.lengths.size(), 1);
  for (size_t d = sizes.size(); d-- > 0;) {
    sizes[d] = array.lengths[d] * (d + 1 < sizes.size() ? sizes[d + 1] : 1);
  }
  for (uint32_t i = 0; i < array.size(); ++i) {
    if (i > 0) out.push_back(',');
    for (const uint32_t size : sizes) {
      if (i % size == 0) out.push_back(brackets[0]);
    }
    put(i);
    for (const uint32_t size : sizes) {
      if ((i + 1) % size == 0) out.push_back(brackets[1]);
    }
  }
}

class ArrayParser {
 public:
  ArrayParser(std::string_view text, Type element, ParseError* error)
      : text_(text), elements_(element), error_(error) {}

  bool parse(std::string* out) {
    skip_blanks();
    if (!bounds()) return false;
    skip_blanks();
    if (peek() != '{' || !list(0)) return malformed();
    skip_blanks();
    if (at_ != text_.size()) return malformed();
    const ColumnPtr elements = elements_.finish();
    if (elements->size() == 0) lengths_.clear();
    if (!declared_.empty() && declared_ != lengths_) return malformed();
    *out = make_array(lengths_, *elements);
    return true;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool fail(const char* sqlstate, std::string message) {
    if (!failed_) {
      std::memcpy(error_->sqlstate, sqlstate, 6);
      error_->message = std::move(message);
    }
    failed_ = true;
    return false;
  }
  bool malformed() {
    return fail("22P02", fmt::format("malformed array literal: \"{}\"", text_.substr(0, 200)));
  }
  bool too_many_dimensions() {
    return fail("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed "
                                     "({})",
                                     kMaxDimensions + 1, kMaxDimensions));
  }

  bool number(int64_t* out) {
    if (peek() == '+') ++at_;
    const char* begin = text_.data() + at_;
    const auto parsed = std::from_chars(begin, text_.data() + text_.size(), *out);
    if (parsed.ec != std::errc()) return malformed();
    at_ += static_cast<size_t>(parsed.ptr - begin);
    return true;
  }

  // "[2]", "[1:2]", once a dimension, and "=".
  bool bounds() {
    while (take('[')) {
      int64_t low = 1, high = 0;
      if (!number(&high)) return false;
      if (take(':')) {
        low = high;
        if (!number(&high)) return false;
      }
      if (!take(']')) return malformed();
      if (declared_.size() == kMaxDimensions) return too_many_dimensions();
      if (high < low) return fail("2202E", "upper bound cannot be less than lower bound");
      if (low != 1) {
        return fail("0A000", fmt::format("arrays count from 1: the lower bound {} is not supported",
                                         low));
      }
      if (high > INT32_MAX) return malformed();
      declared_.push_back(static_cast<uint32_t>(high));
      skip_blanks();
    }
    return declared_.empty() || take('=') || malformed();
  }

  // One brace and what is in it; its length must be that of the others beside it.
  bool list(size_t depth) {
    if (depth == kMaxDimensions) return too_many_dimensions();
    if (lengths_.size() == depth) lengths_.push_back(kUnknownLength);
    ++at_;
    uint32_t count = 0;
    skip_blanks();
    const bool empty = take('}');
    if (empty && depth > 0) return malformed();  // only a whole array may be empty
    if (!empty) {
      do {
        skip_blanks();
        if (!item(depth)) return malformed();
        ++count;
        skip_blanks();
      } while (take(','));
      if (!take('}')) return malformed();
    }
    if (lengths_[depth] == kUnknownLength) lengths_[depth] = count;
    return lengths_[depth] == count || malformed();
  }

  bool item(size_t depth) {
    const bool nested = peek() == '{';
    if (!nested && leaf_depth_ == kUnknownLength) leaf_depth_ = depth;
    // Elements stand in the innermost dimension alone.
    if (nested ? depth == leaf_depth_ : depth != leaf_depth_) return malformed();
    if (!nested && depth + 1 != lengths_.size()) return malformed();
    return nested ? list(depth + 1) : element();
  }

  bool element() {
    std::string text;
    const bool quoted = peek() == '"';
    if (!(quoted ? quoted_text(&text) : bare_text(&text))) return false;
    if (!quoted && !escaped_ && is_null_word(text)) return elements_.append_null(), true;
    if (append_parsed(elements_, text, error_)) return true;
    failed_ = true;
    return false;
  }

  bool quoted_text(std::string* out) {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return malformed();
      out->push_back(text_[at_]);
    }
    return take('"') || malformed();
  }

  // Up to a comma or brace, without the blanks at its end.
  bool bare_text(std::string* out) {
    escaped_ = false;
    size_t end = 0;
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == ',' || c == '}') break;
      if (c == '{' || c == '"') return malformed();
      const bool escape = c == '\\';
      if (escape) {
        if (++at_ == text_.size()) return malformed();
        c = text_[at_];
        escaped_ = true;
      }
      out->push_back(c);
      if (escape || !is_blank(c)) end = out->size();
    }
    out->resize(end);
    return (end > 0 && at_ < text_.size()) || malformed();
  }

  static constexpr uint32_t kUnknownLength = ~0u;
  const std::string_view text_;
  size_t at_ = 0;
  ColumnBuilder elements_;
  ArrayLengths declared_;
  ArrayLengths lengths_;
  size_t leaf_depth_ = kUnknownLength;
  bool escaped_ = false;  // the last bare element had a backslash: then NULL is a word
  bool failed_ = false;
  ParseError* error_;
};

}  // namespace

void append_array_text(std::string& out, Type array_type, std::string_view array,
                       const TextStyle& style) {
  const Array read = read_array(array_type, array);
  std::string text;
  put_nested(out, read, "{}", [&](uint32_t i) {
    if (read.elements->is_null(i)) return void(out += "NULL");
    text.clear();
    append_text_form(text, *read.elements, i, style);
    put_element(out, text);
  });
}

void append_array_json(std::string& out, Type array_type, std::string_view array) {
  const Array read = read_array(array_type, array);
  put_nested(out, read, "[]", [&](uint32_t i) { append_json_form(out, *read.elements, i); });
}

bool append_parsed_array(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  std::string array;
  if (!ArrayParser(text, builder.type().element(), error).parse(&array)) return false;
  builder.append_text(array);
  return true;
}

}  // namespace weir
