// A statement's text as words, for the little that is looked at beside PostgreSQL's grammar: blanks
// and comments are passed over; a name, a quoted piece and any other character are a word each.
#pragma once
#include <optional>
#include <string_view>

namespace weir::sql {

struct Word {
  size_t begin = 0;
  size_t end = 0;
  std::string_view text;
  // A bare name or keyword, whatever its case; `lower` is in lower case.
  bool is(std::string_view lower) const;
};

class Words {
 public:
  explicit Words(std::string_view text, size_t at = 0) : text_(text), at_(at) {}
  std::optional<Word> next();  // nullopt: the end
  std::optional<Word> peek() const { return Words(*this).next(); }

 private:
  size_t end_of_quoted(size_t at) const;
  size_t end_of_dollar(size_t at) const;

  std::string_view text_;
  size_t at_ = 0;
};

// The first byte at or behind `at` that is neither white space nor of a comment.
size_t skip_blanks(std::string_view text, size_t at);

// Without regard to case; `lower` is in lower case.
bool contains_word_part(std::string_view text, std::string_view lower);

}  // namespace weir::sql
