#include "sql/words.h"

#include <algorithm>

namespace weir::sql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool begins_name(char c) {
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || (c & 0x80) != 0;
}

bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '$'; }

bool same_letter(char a, char lower) {
  return a == lower || (a >= 'A' && a <= 'Z' && (a | 0x20) == lower);
}

}  // namespace

bool Word::is(std::string_view lower) const {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), same_letter);
}

bool contains_word_part(std::string_view text, std::string_view lower) {
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same_letter) !=
         text.end();
}

size_t skip_blanks(std::string_view text, size_t at) {
  for (int depth = 0; at < text.size();) {
    const std::string_view two = text.substr(at, 2);
    if (two == "/*") {
      ++depth;
      at += 2;
    } else if (two == "*/" && depth > 0) {
      --depth;
      at += 2;
    } else if (two == "--" && depth == 0) {
      at = std::min(text.find_first_of("\n\r", at), text.size());
    } else if (depth > 0 || std::string_view(" \t\n\r\f\v").find(text[at]) != text.npos) {
      ++at;
    } else {
      break;
    }
  }
  return std::min(at, text.size());
}

// With backslashes where the piece is E'...'.
size_t Words::end_of_quoted(size_t at) const {
  const bool escapes = text_[at] == '\'' && at > 0 && (text_[at - 1] | 0x20) == 'e' &&
                       (at == 1 || !continues_name(text_[at - 2]));
  for (size_t i = at + 1; i < text_.size(); ++i) {
    if (escapes && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == text_[at]) {
      return i + 1;
    }
  }
  return text_.size();
}

// $tag$...$tag$; a $ that begins none is a word by itself.
size_t Words::end_of_dollar(size_t at) const {
  size_t end = at + 1;
  while (end < text_.size() && continues_name(text_[end]) && text_[end] != '$') ++end;
  const bool is_tag =
      end < text_.size() && text_[end] == '$' && (end == at + 1 || !is_digit(text_[at + 1]));
  if (!is_tag) return at + 1;
  const std::string_view tag = text_.substr(at, end + 1 - at);
  const size_t found = text_.find(tag, end + 1);
  return found == text_.npos ? text_.size() : found + tag.size();
}

std::optional<Word> Words::next() {
  const size_t begin = skip_blanks(text_, at_);
  if (begin >= text_.size()) return std::nullopt;
  const char first = text_[begin];
  size_t end = begin + 1;
  if (begins_name(first)) {
    while (end < text_.size() && continues_name(text_[end])) ++end;
    // The prefix of E'...' belongs to it.
    if (end == begin + 1 && end < text_.size() && text_[end] == '\'') end = end_of_quoted(end);
  } else if (first == '\'' || first == '"') {
    end = end_of_quoted(begin);
  } else if (first == '$') {
    end = end_of_dollar(begin);
  } else if (is_digit(first)) {
    while (end < text_.size() && (continues_name(text_[end]) || text_[end] == '.')) ++end;
  }
  at_ = end;
  return Word{begin, end, text_.substr(begin, end - begin)};
}

}  // namespace weir::sql
