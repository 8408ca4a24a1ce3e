// Functions on jsonb. A jsonb value is its canonical text (data/jsonb.h), so equality is equality
// of text and results of navigation are substrings made canonical again.
#include <fmt/core.h>
#include <simdjson.h>

#include "data/array.h"
#include "data/text_form.h"
#include "expr/json_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;
namespace od = simdjson::ondemand;

class Document {
 public:
  // The raw text of one member or element; nullopt: not there.
  std::optional<std::string> member(std::string_view json, std::string_view key) {
    od::object object;
    od::value value;
    if (!open(json) || document_.get_object().get(object)) return std::nullopt;
    if (object.find_field_unordered(key).get(value)) return std::nullopt;
    return raw(value);
  }
  std::optional<std::string> element(std::string_view json, int64_t index) {
    od::array array;
    size_t count = 0;
    if (!open(json) || document_.get_array().get(array) || array.count_elements().get(count)) {
      return std::nullopt;
    }
    if (index < 0) index += static_cast<int64_t>(count);
    od::value value;
    if (index < 0 || index >= static_cast<int64_t>(count)) return std::nullopt;
    if (array.at(static_cast<size_t>(index)).get(value)) return std::nullopt;
    return raw(value);
  }
  std::optional<size_t> array_length(std::string_view json) {
    od::array array;
    size_t count = 0;
    if (!open(json) || document_.get_array().get(array) || array.count_elements().get(count)) {
      return std::nullopt;
    }
    return count;
  }
  std::string unquoted(std::string_view json) {
    std::string_view text;
    if (json.starts_with('"') && open(json) && !document_.get_string().get(text)) {
      return std::string(text);
    }
    return std::string(json);
  }

 private:
  bool open(std::string_view json) {
    padded_ = simdjson::padded_string(json);
    return !parser_.iterate(padded_).get(document_);
  }
  static std::optional<std::string> raw(od::value& value) {
    std::string_view text;
    if (value.raw_json().get(text)) return std::nullopt;
    while (!text.empty() && (text.back() == ' ' || text.back() == ',')) text.remove_suffix(1);
    return std::string(text);
  }
  simdjson::padded_string padded_;
  od::parser parser_;
  od::document document_;
};

void put_result(const std::optional<std::string>& found, bool as_text, Document& document, Row& row,
                std::string& out) {
  if (!found) return row.null();
  if (!as_text) return void(out += *found);
  if (*found == "null") return row.null();
  out += document.unquoted(*found);
}

template <bool kText>
ColumnPtr member(const KernelCall& c) {
  Document document;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    put_result(document.member(c.args[0]->text(i), c.args[1]->text(i)), kText, document, row, out);
  });
}

template <bool kText>
ColumnPtr element(const KernelCall& c) {
  Document document;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view json = c.args[0]->text(i);
    const int32_t index = c.args[1]->value<int32_t>(i);
    const bool container = json.starts_with('[') || json.starts_with('{');
    // A scalar is an array of one element here, as in PostgreSQL.
    std::optional<std::string> found;
    if (container) found = document.element(json, index);
    else if (index == 0 || index == -1) found = std::string(json);
    put_result(found, kText, document, row, out);
  });
}

template <bool kText>
ColumnPtr path(const KernelCall& c) {
  Document document;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    std::optional<std::string> at(c.args[0]->text(i));
    for (size_t k = 1; k < c.args.size() && at; ++k) {
      const std::string_view step = c.args[k]->text(i);
      int64_t index = 0;
      const auto parsed = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool number = parsed.ec == std::errc() && parsed.ptr == step.data() + step.size();
      at = at->starts_with('[') ? (number ? document.element(*at, index) : std::nullopt)
                                : document.member(*at, step);
    }
    put_result(at, kText, document, row, out);
  });
}

std::optional<std::string> follow(Document& document, const std::string& at,
                                  std::string_view step) {
  if (!at.starts_with('[')) return document.member(at, step);
  int64_t index = 0;
  const std::string_view digits = step.starts_with('+') ? step.substr(1) : step;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, index);
  const bool number = parsed.ec == std::errc() && parsed.ptr == end;
  return number ? document.element(at, index) : std::nullopt;
}

// #> and #>>: the path is an array of text; a NULL in it leads nowhere.
template <bool kText>
ColumnPtr array_path(const KernelCall& c) {
  Document document;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    std::optional<std::string> at(c.args[0]->text(i));
    const Array steps = read_array(c.args[1]->type(), c.args[1]->text(i));
    for (uint32_t k = 0; k < steps.size() && at; ++k) {
      if (steps.elements->is_null(k)) return row.null();
      at = follow(document, *at, steps.elements->text(k));
    }
    put_result(at, kText, document, row, out);
  });
}

ColumnPtr to_jsonb(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    append_json_form(out, *c.args[0], i);
  });
}

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "json"});
}

// `json` is jsonb: the functions of its name are the same.
void add_json_aliases(FunctionList& out) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"jsonb_typeof", "json_typeof"},
      {"jsonb_array_length", "json_array_length"},
      {"jsonb_extract_path", "json_extract_path"},
      {"jsonb_extract_path_text", "json_extract_path_text"},
      {"to_jsonb", "to_json"}};
  const size_t count = out.size();
  for (const auto& [name, alias] : kNames) {
    for (size_t i = 0; i < count; ++i) {
      if (out[i].name != name) continue;
      Function same = out[i];
      same.name = alias;
      out.push_back(std::move(same));
    }
  }
}

void add_navigation(FunctionList& out) {
  add(out, "->", {kJsonb, kText}, kJsonb, member<false>, "member of an object");
  add(out, "->", {kJsonb, kInt4}, kJsonb, element<false>, "element of an array, from 0");
  add(out, "->>", {kJsonb, kText}, kText, member<true>, "member of an object, as text");
  add(out, "->>", {kJsonb, kInt4}, kText, element<true>, "element of an array, as text");
  add(out, "jsonb_extract_path", {kJsonb, kText}, kJsonb, path<false>, "what stands at a path");
  out.back().variadic = true;
  add(out, "jsonb_extract_path_text", {kJsonb, kText}, kText, path<true>,
      "what stands at a path, as text");
  out.back().variadic = true;
  add(out, "#>", {kJsonb, array_id(kText)}, kJsonb, array_path<false>,
      "what stands at a path such as '{a,b,0}'");
  add(out, "#>>", {kJsonb, array_id(kText)}, kText, array_path<true>, "the same, as text");
  add(
      out, "jsonb_typeof", {kJsonb}, kText,
      [](const KernelCall& c) {
        return map_text(c, [&](uint32_t i, Row&, std::string& o) {
          o += json_kind_name(json_kind(c.args[0]->text(i)));
        });
      },
      "object, array, string, number, boolean or null");
  add(out, "jsonb_array_length", {kJsonb}, kInt4, [](const KernelCall& c) {
    Document document;
    return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
      const std::string_view json = c.args[0]->text(i);
      if (!json.starts_with('[')) {
        row.fail("22023", json.starts_with('{') ? "cannot get array length of a non-array"
                                                : "cannot get array length of a scalar");
        return 0;
      }
      return static_cast<int32_t>(document.array_length(json).value_or(0));
    });
  }, "number of elements");
  for (const TypeId id : {kBool, kInt2, kInt4, kInt8, kFloat4, kFloat8, kNumeric, kText, kBytea,
                          kDate, kTime, kTimestamp, kTimestamptz, kInterval, kJsonb, kUuid}) {
    add(out, "to_jsonb", {id}, kJsonb, to_jsonb, "as jsonb");
  }
}

}  // namespace

void add_json(FunctionList& out) {
  add_navigation(out);
  add_json_containment(out);
  add_json_changes(out);
  add_json_making(out);
  add_json_paths(out);
  add_json_aliases(out);
}

}  // namespace weir::expr
