// SIMILAR TO: SQL's regular expressions, turned into the others. % and _ are .* and . there, and
// only | * + ? { } ( ) [ ] have a meaning beside them. Of substring(x similar p escape '#') the part
// between two #" is the answer: what stands before it matches as little as it can.
#include "expr/kernel.h"
#include "expr/regex.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

// No escape: none is known.
void put_expression(std::string_view pattern, std::string_view escape, Row& row,
                    std::string& out) {
  out += "^(?:";
  bool in_set = false;
  bool escaped = false;
  int separators = 0;
  for (size_t at = 0; at < pattern.size(); at += character_bytes(pattern, at)) {
    const std::string_view character = pattern.substr(at, character_bytes(pattern, at));
    const char c = character.size() == 1 ? character[0] : '\0';
    if (escaped) {
      escaped = false;
      if (c == '"' && !in_set) {
        if (++separators > 2) {
          return row.fail("2200C", "SQL regular expression may not contain more than two "
                                   "escape-double-quote separators");
        }
        out += separators == 1 ? "){1,1}?(" : "){1,1}(?:";
        continue;
      }
      out += "\\";
      out += character;
    } else if (!escape.empty() && character == escape) {
      escaped = true;
    } else if (in_set) {
      if (c == '\\') out += "\\";
      out += character;
      in_set = c != ']';
    } else if (c == '[') {
      out += character;
      in_set = true;
    } else if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += ".";
    } else if (c == '(') {
      out += "(?:";
    } else {
      if (c == '\\' || c == '.' || c == '^' || c == '$') out += "\\";
      out += character;
    }
  }
  out += ")$";
}

void put_expression(const KernelCall& c, uint32_t i, size_t pattern, Row& row, std::string& out) {
  const std::string_view escape =
      pattern + 1 < c.args.size() ? c.args[pattern + 1]->text(i) : std::string_view("\\");
  if (character_count(escape) > 1) return row.fail("22025", "invalid escape string");
  put_expression(c.args[pattern]->text(i), escape, row, out);
}

ColumnPtr to_expression(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    put_expression(c, i, 0, row, out);
  });
}

ColumnPtr substring_similar(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    std::string pattern;
    put_expression(c, i, 1, row, pattern);
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
