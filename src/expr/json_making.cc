// JSON made from SQL values: objects and arrays from arguments and from arrays of text. `json` is
// jsonb here, so that the functions of both names are the same.
#include <fmt/core.h>

#include "data/array.h"
#include "data/jsonb.h"
#include "data/text_form.h"
#include "expr/json_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

void put_canonical(const std::string& text, Row& row, std::string& out) {
  std::string reason;
  if (!canonical_jsonb(text, out, &reason)) row.fail("22003", "value overflows numeric format");
}

// A member's name: the text of a scalar value as JSON has it.
bool put_name(const KernelCall& c, std::pair<size_t, uint32_t> at, Row& row, std::string& out) {
  const auto [k, i] = at;
  const Type& type = c.args[k]->type();
  if (c.args[k]->is_null(i)) {
    return row.fail("22023", fmt::format("argument {}: key must not be null", k + 1)), false;
  }
  if (type.is_array() || type.id == kJsonb || type.id == kRecord) {
    row.fail("22023", "key value must be scalar, not array, composite, or json");
    return false;
  }
  append_json_name(out, *c.args[k], i);
  return true;
}

ColumnPtr build_object(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args.size() % 2 != 0) {
      return row.fail("22023", "argument list must have even number of elements");
    }
    std::string text = "{";
    for (size_t k = 0; k < c.args.size(); k += 2) {
      if (k > 0) text += ',';
      if (!put_name(c, {k, i}, row, text)) return;
      text += ':';
      append_json_form(text, *c.args[k + 1], i);
    }
    put_canonical(text + "}", row, out);
  });
}

ColumnPtr build_array(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    std::string text = "[";
    for (size_t k = 0; k < c.args.size(); ++k) {
      if (k > 0) text += ',';
      append_json_form(text, *c.args[k], i);
    }
    put_canonical(text + "]", row, out);
  });
}

bool add_member(const Column& names, const Column& values, std::pair<uint32_t, uint32_t> at,
                std::vector<MemberText>& members) {
  if (names.is_null(at.first)) return false;
  const bool null = values.is_null(at.second);
  members.push_back({std::string(names.text(at.first)),
                     null ? std::string("null") : json_quoted(values.text(at.second))});
  return true;
}

// '{name, value, ...}' or '{{name, value}, ...}'
ColumnPtr object_of_pairs(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Array pairs = read_array(c.args[0]->type(), c.args[0]->text(i));
    const size_t dimensions = pairs.lengths.size();
    if (dimensions == 1 && pairs.size() % 2 != 0) {
      return row.fail("2202E", "array must have even number of elements");
    }
    if (dimensions == 2 && pairs.lengths[1] != 2) {
      return row.fail("2202E", "array must have two columns");
    }
    if (dimensions > 2) return row.fail("2202E", "wrong number of array subscripts");
    std::vector<MemberText> members;
    for (uint32_t k = 0; k < pairs.size(); k += 2) {
      if (!add_member(*pairs.elements, *pairs.elements, {k, k + 1}, members)) {
        return row.fail("22004", "null value not allowed for object key");
      }
    }
    out = json_object_of(std::move(members));
  });
}

ColumnPtr object_of_arrays(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Array names = read_array(c.args[0]->type(), c.args[0]->text(i));
    const Array values = read_array(c.args[1]->type(), c.args[1]->text(i));
    if (names.lengths.size() > 1 || names.lengths.size() != values.lengths.size()) {
      return row.fail("2202E", "wrong number of array subscripts");
    }
    if (names.size() != values.size()) return row.fail("2202E", "mismatched array dimensions");
    std::vector<MemberText> members;
    for (uint32_t k = 0; k < names.size(); ++k) {
      if (!add_member(*names.elements, *values.elements, {k, k}, members)) {
        return row.fail("22004", "null value not allowed for object key");
      }
    }
    out = json_object_of(std::move(members));
  });
}

struct Making {
  std::string_view name;
  std::string_view json_name;
  Kernel kernel;
  std::string_view summary;
};

}  // namespace

void add_json_making(FunctionList& out) {
  const auto add = [&](const Making& making, std::vector<Type> args, bool any) {
    for (const std::string_view name : {making.name, making.json_name}) {
      out.push_back({.name = name, .args = args, .variadic = any && !args.empty(),
                     .result = kJsonb, .strict = !any, .kernel = making.kernel,
                     .summary = making.summary, .group = "json"});
    }
  };
  const Making object{"jsonb_build_object", "json_build_object", build_object,
                      "an object of names and values"};
  const Making array{"jsonb_build_array", "json_build_array", build_array, "an array of values"};
  for (const Making& making : {object, array}) {
    add(making, {}, true);
    add(making, {kUnknown}, true);
  }
  const std::string_view pairs = "an object of names and values in arrays";
  const Type texts = array_id(kText);
  add({"jsonb_object", "json_object", object_of_pairs, pairs}, {texts}, false);
  add({"jsonb_object", "json_object", object_of_arrays, pairs}, {texts, texts}, false);
}

}  // namespace weir::expr
