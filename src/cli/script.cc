#include "cli/script.h"

namespace weir::cli {

namespace {

constexpr size_t kOpen = std::string_view::npos;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

size_t behind_comment(std::string_view text, size_t at) {  // they nest
  int depth = 0;
  for (; at + 1 < text.size(); ++at) {
    const std::string_view two = text.substr(at, 2);
    if (two == "/*") ++depth, ++at;
    if (two == "*/" && ++at && --depth == 0) return at + 1;
  }
  return kOpen;
}

// E'it\'s'
size_t behind_escaped(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'') {
      return at + 1;
    }
  }
  return kOpen;
}

size_t behind_dollar(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  const bool is_tag = end < text.size() && text[end] == '$' &&
                      !std::isdigit(static_cast<unsigned char>(text[at + 1])) &&
                      (at == 0 || !is_word(text[at - 1]));
  if (!is_tag) return at;
  const std::string_view tag = text.substr(at, end + 1 - at);
  const size_t found = text.find(tag, end + 1);
  return found == std::string_view::npos ? kOpen : found + tag.size();
}

// Behind the quote, comment or dollar quote that begins at `at`; `at` where none does; kOpen where
// it does not end.
size_t behind_quoted(std::string_view text, size_t at) {
  const std::string_view two = text.substr(at, 2);
  if (two == "--") {
    const size_t end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (two == "/*") return behind_comment(text, at);
  if (text[at] == '$') return behind_dollar(text, at);
  if (text[at] != '\'' && text[at] != '"') return at;
  const bool escaped = text[at] == '\'' && at > 0 && (text[at - 1] | 0x20) == 'e' &&
                       (at == 1 || !is_word(text[at - 2]));
  if (escaped) return behind_escaped(text, at);
  const size_t end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? kOpen : end + 1;
}

}  // namespace

void Script::add_line(std::string_view line) { text_ += line; }

void Script::advance(size_t bytes) {
  const std::string_view gone(text_.data(), bytes);
  const size_t last = gone.rfind('\n');
  if (last == std::string_view::npos) {
    before_ += gone;
  } else {
    before_ = gone.substr(last + 1);
    line_ += static_cast<uint32_t>(std::count(gone.begin(), gone.end(), '\n'));
  }
  text_.erase(0, bytes);
  scanned_ = 0;
}

void Script::skip_blanks() {
  size_t at = 0;
  while (at < text_.size()) {
    const std::string_view two(text_.data() + at, std::min<size_t>(2, text_.size() - at));
    if (std::string_view(" \t\r\n\f\v;").find(text_[at]) != std::string_view::npos) {
      ++at;
    } else if (two == "--" || two == "/*") {
      const size_t end = behind_quoted(text_, at);
      if (end == kOpen) break;
      at = end;
    } else {
      break;
    }
  }
  if (at > 0) advance(at);
}

ScriptStatement Script::take(size_t bytes) {
  ScriptStatement statement{text_.substr(0, bytes), line_, 1, before_};
  for (const char c : before_) statement.column += (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  advance(bytes);
  return statement;
}

std::optional<ScriptStatement> Script::next() {
  if (scanned_ == 0) skip_blanks();
  for (size_t at = scanned_; at < text_.size();) {
    const size_t end = behind_quoted(text_, at);
    if (end == kOpen) return scanned_ = at, std::nullopt;
    if (end == at && text_[at] == ';') return take(at + 1);
    at = end == at ? at + 1 : end;
    // A dollar quote may have begun with the last byte.
    if (at < text_.size()) scanned_ = at;
  }
  return std::nullopt;
}

std::optional<ScriptStatement> Script::rest() {
  skip_blanks();
  if (text_.empty()) return std::nullopt;
  return take(text_.size());
}

bool Script::is_between() {
  if (scanned_ == 0) skip_blanks();
  return text_.empty();
}

}  // namespace weir::cli
