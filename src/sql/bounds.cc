// A pass over the characters that knows strings, quoted names, comments and dollar quotes, and
// counts what makes the parser recurse: open brackets, operators since the last comma of the same
// level, and the keywords that nest without brackets.
#include "sql/bounds.h"

#include <fmt/core.h>

namespace weir::sql {

namespace {

constexpr size_t kMaxBytes = 64 << 20;
constexpr int kMaxBrackets = 1000;
constexpr int kMaxOperators = 10'000;
constexpr int kMaxKeywords = 5'000;

Error too_complex(const char* what, int limit) {
  return Error(ErrorKind::kInvalidStatement, 1202, "the statement is too complex")
      .detail(fmt::format("It has more than {} {}.", limit, what))
      .hint("split it into views that read one another")
      .sqlstate("54001");
}

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  Status run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\'') {
        skip_string(false);
      } else if (c == '"') {
        skip_quoted('"', false);
      } else if (c == '-' && next() == '-') {
        at_ = std::min(text_.find_first_of("\n\r", at_), text_.size());
      } else if (c == '/' && next() == '*') {
        skip_comment();
      } else if (c == '$' && skip_dollar()) {
        continue;
      } else if (is_letter(c)) {
        const std::string w = word();
        if (w == "e" && at_ < text_.size() && text_[at_] == '\'') {
          skip_string(true);
        } else if (nests(w) && ++keywords_ > kMaxKeywords) {
          return too_complex("nested keywords", kMaxKeywords);
        }
      } else {
        TRY_VOID(count(c));
        ++at_;
      }
    }
    return {};
  }

 private:
  // Of identifiers: every byte of a character outside of ASCII is one.
  static bool is_letter(char c) {
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || static_cast<uint8_t>(c) >= 0x80;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  Status count(char c) {
    if (c == '(' || c == '[') {
      if (++brackets_ > kMaxBrackets) return too_complex("nested brackets", kMaxBrackets);
    } else if (c == ')' || c == ']') {
      --brackets_;
    } else if (c == ',' || c == ';') {
      operators_ = 0;
      if (c == ';') keywords_ = 0;
    } else if (std::string_view("+-*/%<>=~!@#&|^:.").find(c) != std::string_view::npos) {
      if (++operators_ > kMaxOperators) return too_complex("operators in a row", kMaxOperators);
    }
    return {};
  }
  void skip_to(std::string_view end) {
    const size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }
  void skip_quoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return;
      }
    }
    at_ = text_.size();
  }
  // Behind white space and line comments that hold a line break; at_ where they hold none.
  size_t skip_blank_lines() const {
    bool new_line = false;
    size_t at = at_;
    for (; at < text_.size(); ++at) {
      if (text_.substr(at, 2) == "--") at = text_.find_first_of("\n\r", at);
      if (at == std::string_view::npos) return at_;
      if (std::string_view(" \t\n\r\f\v").find(text_[at]) == std::string_view::npos) break;
      new_line |= text_[at] == '\n' || text_[at] == '\r';
    }
    return new_line ? at : at_;
  }
  // A string goes on in the next quotes where only white space with a line break is between them,
  // and keeps its kind.
  void skip_string(bool escapes) {
    for (;;) {
      skip_quoted('\'', escapes);
      const size_t behind = skip_blank_lines();
      if (behind == text_.size() || text_[behind] != '\'') return;
      at_ = behind;
    }
  }
  void skip_comment() {
    int depth = 0;
    while (at_ < text_.size()) {
      if (text_[at_] == '/' && next() == '*') {
        ++depth;
        at_ += 2;
      } else if (text_[at_] == '*' && next() == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }
  bool skip_dollar() {
    size_t end = at_ + 1;
    while (end < text_.size() &&
           (is_letter(text_[end]) || (is_digit(text_[end]) && end > at_ + 1)))
      ++end;
    if (end >= text_.size() || text_[end] != '$') return false;
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    at_ = end + 1;
    skip_to(tag);
    return true;
  }
  std::string word() {
    std::string w;
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '$')) {
      w.push_back(static_cast<char>(text_[at_++] | 32));
    }
    return w;
  }
  static bool nests(const std::string& w) {
    return w == "not" || w == "case" || w == "union" || w == "intersect" || w == "except" ||
           w == "select" || w == "join" || w == "is" || w == "isnull" || w == "notnull" ||
           w == "like" || w == "collate" || w == "at" || w == "operator";
  }

  std::string_view text_;
  size_t at_ = 0;
  int brackets_ = 0;
  int operators_ = 0;
  int keywords_ = 0;
};

}  // namespace

Status check_bounds(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return Error(ErrorKind::kInvalidStatement, 1203, "the statement is longer than 64 MiB")
        .hint("load data with COPY or from a file")
        .sqlstate("54000");
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error(ErrorKind::kInvalidStatement, 1204, "the statement contains a zero byte")
        .sqlstate("22021");
  }
  return Scan(text).run();
}

}  // namespace weir::sql
