// The table, and the functions that take arrays, jsonb and text apart; series are in series.cc.
#include "expr/table_function.h"

#include <fmt/core.h>

#include "data/array.h"
#include "data/jsonb.h"
#include "expr/overload.h"
#include "expr/regex.h"
#include "expr/table_function_internal.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

// unnest

Schema unnest_columns(std::span<const Type> args) {
  Schema schema;
  for (const Type& arg : args) {
    if (!arg.is_array()) return {};
    schema.fields.push_back({"", arg.element(), true});
  }
  return schema;
}

// Several arrays go in step; the shorter ones end in NULLs.
void unnest(const TableFunctionCall& call) {
  std::vector<ColumnPtr> elements;
  uint32_t rows = 0;
  for (const ColumnPtr& arg : call.args) {
    const std::string_view array = arg->is_null(call.row) ? empty_array() : arg->text(call.row);
    elements.push_back(read_array(arg->type(), array).elements);
    rows = std::max(rows, elements.back()->size());
  }
  for (uint32_t i = 0; i < rows; ++i) {
    for (size_t k = 0; k < elements.size(); ++k) {
      ColumnBuilder& column = call.out.column(k);
      if (i < elements[k]->size()) {
        column.append_from(*elements[k], i);
      } else {
        column.append_null();
      }
    }
    call.out.end_row();
  }
}

void generate_subscripts(const TableFunctionCall& call) {
  const ArrayLengths lengths = array_lengths(call.args[0]->text(call.row));
  const int32_t dimension = call.args[1]->value<int32_t>(call.row);
  if (dimension < 1 || static_cast<size_t>(dimension) > lengths.size()) return;
  const bool reverse = call.args.size() > 2 && call.args[2]->value<uint8_t>(call.row);
  const auto length = static_cast<int32_t>(lengths[static_cast<size_t>(dimension) - 1]);
  for (int32_t i = 1; i <= length; ++i) {
    call.out.column(0).append<int32_t>(reverse ? length + 1 - i : i);
    call.out.end_row();
  }
}

// jsonb

const char* container_name(std::string_view json) {
  if (json.starts_with('{')) return "an object";
  return json.starts_with('[') ? "an array" : "a scalar";
}

template <bool kText>
void append_json(ColumnBuilder& column, std::string_view value) {
  if (!kText) return column.append_text(value);
  if (value == "null") return column.append_null();
  column.append_text(jsonb_unquoted(value));
}

template <bool kText>
void json_elements(const TableFunctionCall& call) {
  const std::string_view json = call.args[0]->text(call.row);
  if (!json.starts_with('[')) {
    return call.fail("22023", fmt::format("cannot extract elements from {}", container_name(json)));
  }
  for (const std::string_view element : jsonb_elements(json)) {
    append_json<kText>(call.out.column(0), element);
    call.out.end_row();
  }
}

template <bool kText>
void json_each(const TableFunctionCall& call) {
  const std::string_view json = call.args[0]->text(call.row);
  if (!json.starts_with('{')) {
    return call.fail("22023", fmt::format("cannot call jsonb_each{} on a non-object",
                                          kText ? "_text" : ""));
  }
  for (const JsonbMember& member : jsonb_members(json)) {
    call.out.column(0).append_text(member.name);
    append_json<kText>(call.out.column(1), member.value);
    call.out.end_row();
  }
}

void json_keys(const TableFunctionCall& call) {
  const std::string_view json = call.args[0]->text(call.row);
  if (!json.starts_with('{')) {
    return call.fail("22023",
                     fmt::format("cannot call jsonb_object_keys on {}", container_name(json)));
  }
  for (const JsonbMember& member : jsonb_members(json)) call.text_row(member.name);
}

// text

// Compiles the pattern of an argument; nullptr: an error of the row.
const Regex* pattern_of(const TableFunctionCall& call, RegexFlags* flags) {
  std::string reason;
  if (call.args.size() > 2 && !flags->read(call.args[2]->text(call.row), &reason)) {
    return call.fail("22023", reason), nullptr;
  }
  if (flags->other_syntax) {
    return call.fail("0A000", "the flags b and e are not supported yet"), nullptr;
  }
  const Regex& regex = call.patterns.get(call.args[1]->text(call.row), flags->options);
  if (regex.ok()) return &regex;
  return call.fail(regex.sqlstate(), regex.error()), nullptr;
}

void regexp_matches(const TableFunctionCall& call) {
  RegexFlags flags;
  const Regex* regex = pattern_of(call, &flags);
  if (!regex) return;
  const auto found = find_all(*regex, call.args[0]->text(call.row), flags.global);
  if (regex->exhausted()) return call.fail("54000", kRegexTooLong);
  for (const Regex::Groups& groups : found) {
    call.text_row(captured_array(groups));
  }
}

void regexp_split_to_table(const TableFunctionCall& call) {
  RegexFlags flags;
  const Regex* regex = pattern_of(call, &flags);
  if (!regex) return;
  if (flags.global) {
    return call.fail("22023", "regexp_split_to_table() does not support the \"global\" option");
  }
  const auto pieces = split(*regex, call.args[0]->text(call.row));
  if (regex->exhausted()) return call.fail("54000", kRegexTooLong);
  for (const std::string_view piece : pieces) {
    call.text_row(piece);
  }
}

void string_to_table(const TableFunctionCall& call) {
  if (call.args[0]->is_null(call.row)) return;
  const auto argument = [&](size_t i) -> std::optional<std::string_view> {
    if (i >= call.args.size() || call.args[i]->is_null(call.row)) return std::nullopt;
    return call.args[i]->text(call.row);
  };
  const std::optional<std::string_view> null_text = argument(2);
  for (const std::string_view piece : pieces_of(*argument(0), argument(1))) {
    if (null_text == piece) {
      call.out.column(0).append_null();
      call.out.end_row();
    } else {
      call.text_row(piece);
    }
  }
}

Schema json_value_column(std::span<const Type>) { return {{{"value", kJsonb, true}}}; }
Schema text_value_column(std::span<const Type>) { return {{{"value", kText, true}}}; }
Schema json_members(std::span<const Type>) {
  return {{{"key", kText, true}, {"value", kJsonb, true}}};
}
Schema text_members(std::span<const Type>) {
  return {{{"key", kText, true}, {"value", kText, true}}};
}

void add_array_functions(TableFunctionList& out) {
  out.push_back({.name = "unnest", .args = {kUnknown}, .variadic = true, .strict = false,
                 .summary = "a row for each element; of several arrays, in step",
                 .columns = unnest_columns, .rows = unnest});
  for (const bool reverse : {false, true}) {
    std::vector<Type> args{array_id(kAnyElement), kInt4};
    if (reverse) args.emplace_back(kBool);
    out.push_back({.name = "generate_subscripts", .args = args,
                   .summary = "1 to the length of a dimension; true: from the end",
                   .columns = one_column<kInt4>, .rows = generate_subscripts});
  }
}

void add_json_functions(TableFunctionList& out) {
  const auto add = [&](std::string_view name, std::string_view json_name,
                       std::string_view summary, Schema (*columns)(std::span<const Type>),
                       void (*rows)(const TableFunctionCall&)) {
    for (const std::string_view each : {name, json_name}) {
      out.push_back({.name = each, .args = {kJsonb}, .summary = summary, .columns = columns,
                     .rows = rows});
    }
  };
  add("jsonb_array_elements", "json_array_elements", "a row for each element of an array",
      json_value_column, json_elements<false>);
  add("jsonb_array_elements_text", "json_array_elements_text",
      "a row for each element of an array, as text", text_value_column, json_elements<true>);
  add("jsonb_each", "json_each", "a row for each member of an object", json_members,
      json_each<false>);
  add("jsonb_each_text", "json_each_text", "a row for each member of an object, as text",
      text_members, json_each<true>);
  add("jsonb_object_keys", "json_object_keys", "the names of an object's members",
      one_column<kText>, json_keys);
}

void add_text_functions(TableFunctionList& out) {
  for (const size_t count : {2, 3}) {
    const std::vector<Type> args(count, kText);
    out.push_back({.name = "regexp_matches", .args = args,
                   .summary = "the groups of the first match, of all with flag g",
                   .columns = one_column<array_id(kText)>, .rows = regexp_matches});
    out.push_back({.name = "regexp_split_to_table", .args = args,
                   .summary = "what stands between matches", .columns = one_column<kText>,
                   .rows = regexp_split_to_table});
    out.push_back({.name = "string_to_table", .args = args, .strict = false,
                   .summary = "what stands between delimiters; NULL: characters",
                   .columns = one_column<kText>, .rows = string_to_table});
  }
}

TableFunctionList build_table() {
  TableFunctionList table;
  add_series(table);
  add_array_functions(table);
  add_json_functions(table);
  add_text_functions(table);
  add_path_rows(table);
  return table;
}

}  // namespace

std::span<const TableFunction> all_table_functions() {
  static const TableFunctionList functions = build_table();
  return functions;
}

bool is_table_function(std::string_view name) {
  const auto all = all_table_functions();
  return std::any_of(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
}

Result<ResolvedTableFunction> resolve_table_function(std::string_view name,
                                                     std::span<const Type> args) {
  std::vector<const TableFunction*> functions;
  std::vector<Signature> signatures;
  for (const TableFunction& f : all_table_functions()) {
    if (f.name != name) continue;
    functions.push_back(&f);
    signatures.push_back({f.args, f.variadic});
  }
  Overload chosen = TRY(choose_overload(name, args, signatures));
  const TableFunction& function = *functions[chosen.index];
  ResolvedTableFunction resolved{&function, std::move(chosen.arg_types), {}};
  resolved.columns = function.columns(resolved.arg_types);
  if (resolved.columns.size() == 0) return no_such_function(name, args);
  for (Field& field : resolved.columns.fields) {
    if (field.name.empty()) field.name = function.name;
  }
  return resolved;
}

std::vector<std::string_view> pieces_of(std::string_view text,
                                        std::optional<std::string_view> delimiter) {
  std::vector<std::string_view> pieces;
  if (text.empty()) return pieces;
  if (!delimiter) {
    for (size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
      pieces.push_back(text.substr(at, character_bytes(text, at)));
    }
    return pieces;
  }
  for (size_t at = 0;;) {
    const size_t end = delimiter->empty() ? std::string_view::npos : text.find(*delimiter, at);
    pieces.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return pieces;
    at = end + delimiter->size();
  }
}

std::string captured_array(const Regex::Groups& groups) {
  ColumnBuilder elements(kText);
  for (size_t i = groups.size() > 1 ? 1 : 0; i < groups.size(); ++i) {
    if (groups[i].data() == nullptr) {
      elements.append_null();
    } else {
      elements.append_text(groups[i]);
    }
  }
  return make_flat_array(std::move(elements));
}

}  // namespace weir::expr
