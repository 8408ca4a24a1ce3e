// SIMILAR TO: SQL's regular expressions, turned into the others. % and _ are .* and . there, and
// only | * + ? { } ( ) [ ] have a meaning beside them. Of substring(x similar p escape '#') the
// part between two #" is the answer: what stands before it matches as little as it can.
#include "expr/kernel.h"
#include "expr/regex.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

class SimilarPattern {
 public:
  SimilarPattern(std::string_view escape, Row& row, std::string& out)
      : escape_(escape), row_(row), out_(out) {}  // no escape: none is known

  void put(std::string_view pattern) {
    out_ += "^(?:";
    for (size_t at = 0; at < pattern.size() && !row_.failed();) {
      const size_t bytes = character_bytes(pattern, at);
      put_character(pattern.substr(at, bytes));
      at += bytes;
    }
    out_ += ")$";
  }

 private:
  void put_character(std::string_view character) {
    if (escaped_) {
      put_escaped(character);
      escaped_ = false;
    } else if (!escape_.empty() && character == escape_) {
      escaped_ = true;
    } else if (in_set_) {
      if (character == "\\") out_ += "\\";
      out_ += character;
      in_set_ = character != "]";
    } else if (character == "%") {
      out_ += ".*";
    } else if (character == "_") {
      out_ += ".";
    } else if (character == "(") {
      out_ += "(?:";
    } else {
      constexpr std::string_view kPlainHere = "\\.^$";
      in_set_ = character == "[";
      if (kPlainHere.find(character) != std::string_view::npos) out_ += "\\";
      out_ += character;
    }
  }
  void put_escaped(std::string_view character) {
    if (character != "\"" || in_set_) {
      out_ += "\\";
      out_ += character;
    } else if (++separators_ > 2) {
      row_.fail("2200C", "SQL regular expression may not contain more than two "
                         "escape-double-quote separators");
    } else {
      out_ += separators_ == 1 ? "){1,1}?(" : "){1,1}(?:";
    }
  }

  std::string_view escape_;
  Row& row_;
  std::string& out_;
  bool in_set_ = false;
  bool escaped_ = false;
  int separators_ = 0;
};

// The pattern is the argument `at`; the escape, where there is one, stands behind it.
std::string expression(const KernelCall& c, uint32_t i, size_t at, Row& row) {
  const std::string_view escape = at + 1 < c.args.size() ? c.args[at + 1]->text(i) : "\\";
  std::string out;
  if (character_count(escape) > 1) {
    row.fail("22025", "invalid escape string");
  } else {
    SimilarPattern(escape, row, out).put(c.args[at]->text(i));
  }
  return out;
}

ColumnPtr to_expression(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    out += expression(c, i, 0, row);
  });
}

ColumnPtr substring_similar(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string pattern = expression(c, i, 1, row);
    if (row.failed()) return;
    const Regex& regex = cache.get(pattern);
    if (!regex.ok()) return row.fail(regex.sqlstate(), regex.error());
    Regex::Groups groups;
    const bool found = regex.find(c.args[0]->text(i), 0, &groups);
    if (regex.exhausted()) return row.fail("54000", kRegexTooLong);
    if (!found) return row.null();
    const std::string_view part = groups.size() > 1 ? groups[1] : groups[0];
    if (part.data() == nullptr) return row.null();
    out += part;
  });
}

}  // namespace

void add_similar(FunctionList& out) {
  FunctionGroup add(out, "pattern matching");
  add("similar_to_escape", {kText}, kText, to_expression,
      "the pattern of SIMILAR TO as a regular expression");
  add("similar_to_escape", {kText, kText}, kText, to_expression,
      "the same with an escape character");
  add("substring", {kText, kText, kText}, kText, substring_similar,
      "what SUBSTRING(a SIMILAR b ESCAPE c) matches");
}

}  // namespace weir::expr
