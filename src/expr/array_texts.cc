// Arrays and text: joining, splitting, and the groups of regular expressions.
#include <fmt/core.h>

#include "data/text_form.h"
#include "expr/array_internal.h"
#include "expr/table_function_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

// An argument that may be missing or NULL.
std::optional<std::string_view> text_argument(const KernelCall& c, size_t argument, uint32_t i) {
  if (argument >= c.args.size() || c.args[argument]->is_null(i)) return std::nullopt;
  return c.args[argument]->text(i);
}

ColumnPtr to_string(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i) || c.args[1]->is_null(i)) return row.null();
    const Array array = array_at(*c.args[0], i);
    const std::string_view delimiter = c.args[1]->text(i);
    const std::optional<std::string_view> null_text = text_argument(c, 2, i);
    bool first = true;
    for (uint32_t k = 0; k < array.size(); ++k) {
      const bool null = array.elements->is_null(k);
      if (null && !null_text) continue;
      if (!first) out += delimiter;
      first = false;
      if (null) {
        out += *null_text;
      } else {
        append_text_form(out, *array.elements, k);
      }
    }
  });
}

std::string text_array(const std::vector<std::string_view>& pieces,
                       std::optional<std::string_view> null_text) {
  ColumnBuilder elements(kText);
  for (const std::string_view piece : pieces) {
    if (null_text == piece) {
      elements.append_null();
    } else {
      elements.append_text(piece);
    }
  }
  return make_flat_array(std::move(elements));
}

ColumnPtr from_string(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    const auto pieces = pieces_of(c.args[0]->text(i), text_argument(c, 1, i));
    out += text_array(pieces, text_argument(c, 2, i));
  });
}

// Calls found(regex) with the row's pattern; the flag g is refused.
template <class Found>
ColumnPtr map_pattern(const KernelCall& c, const char* function, Found found) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    RegexFlags flags;
    std::string reason;
    if (!flags.read(text_argument(c, 2, i).value_or(""), &reason)) {
      return row.fail("22023", reason);
    }
    if (flags.global) {
      return row.fail("22023",
                      fmt::format("{}() does not support the \"global\" option", function));
    }
    if (flags.other_syntax) return row.fail("0A000", "the flags b and e are not supported yet");
    const Regex& regex = cache.get(c.args[1]->text(i), flags.options);
    if (!regex.ok()) return row.fail(regex.sqlstate(), regex.error());
    found(regex, c.args[0]->text(i), row, out);
    if (regex.exhausted()) row.fail("54000", kRegexTooLong);
  });
}

ColumnPtr match(const KernelCall& c) {
  return map_pattern(c, "regexp_match",
                     [](const Regex& regex, std::string_view text, Row& row, std::string& out) {
                       Regex::Groups groups;
                       const bool none = !regex.find(text, 0, &groups);
                       if (none && !regex.exhausted()) row.null();
                       if (none) return;
                       out += captured_array(groups);
                     });
}

ColumnPtr split_to_array(const KernelCall& c) {
  return map_pattern(c, "regexp_split_to_array",
                     [](const Regex& regex, std::string_view text, Row&, std::string& out) {
                       out += text_array(split(regex, text), std::nullopt);
                     });
}

}  // namespace

void add_array_texts(ArrayFunctions& add) {
  const Type texts = array_id(kText);
  const Type any = array_id(kAnyElement);
  add("array_to_string", {any, kText}, kText, to_string, "elements with a delimiter between")
      .not_strict();
  add("array_to_string", {any, kText, kText}, kText, to_string, "the same with a text for NULL")
      .not_strict();
  add("string_to_array", {kText, kText}, texts, from_string,
      "what stands between delimiters; NULL: characters").not_strict();
  add("string_to_array", {kText, kText, kText}, texts, from_string,
      "the same with a text that is NULL").not_strict();
  add("regexp_match", {kText, kText}, texts, match, "the groups of the first match");
  add("regexp_match", {kText, kText, kText}, texts, match, "the same with flags");
  add("regexp_split_to_array", {kText, kText}, texts, split_to_array,
      "what stands between matches");
  add("regexp_split_to_array", {kText, kText, kText}, texts, split_to_array,
      "the same with flags");
}

}  // namespace weir::expr
