// Rows as values: ROW(...), their fields, and between them and JSON.
#include <fmt/core.h>

#include "data/array.h"
#include "data/jsonb.h"
#include "data/record.h"
#include "data/text_form.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

ColumnPtr row(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) { out = make_record(c.args, i); });
}

Type row_type(std::span<const Type> args) {
  std::vector<RecordField> fields;
  for (const Type& type : args) {
    fields.push_back({fmt::format("f{}", fields.size() + 1), type});
  }
  return record_type(fields);
}

// The field of a number, from 0, which is a constant.
ColumnPtr field(const KernelCall& c) {
  const Column& records = *c.args[0];
  const auto index = static_cast<size_t>(c.args[1]->value<int32_t>(0));
  const ColumnPtr values = record_columns(records)[index];
  ColumnBuilder out(c.result);
  for (uint32_t i = 0; i < c.rows; ++i) out.append_from(*values, records.at(i));
  return out.finish();
}

ColumnPtr to_json(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    append_json_form(out, *c.args[0], i);
  });
}

bool append_from_json(ColumnBuilder& builder, std::string_view json, ParseError* error);

std::string record_from_json(const Type& type, std::string_view json, const ColumnPtr* base,
                             ParseError* error);

bool refuse(ParseError* error, const char* sqlstate, std::string message) {
  std::memcpy(error->sqlstate, sqlstate, 6);
  error->message = std::move(message);
  return false;
}

struct Elements {
  ColumnBuilder values;
  ArrayLengths lengths;
};

// A JSON array of arrays of one length becomes an array of as many dimensions.
bool take_elements(Elements& elements, std::string_view json, size_t depth, ParseError* error) {
  const std::vector<std::string_view> items = jsonb_elements(json);
  ArrayLengths& lengths = elements.lengths;
  if (lengths.size() == depth) lengths.push_back(static_cast<uint32_t>(items.size()));
  if (depth >= kMaxDimensions || lengths[depth] != items.size()) {
    return refuse(error, "22P02", "malformed JSON array");
  }
  for (const std::string_view item : items) {
    const bool nested = item.starts_with('[') && elements.values.type().id != kJsonb;
    if (!nested && depth + 1 != lengths.size()) {
      return refuse(error, "22P02", "malformed JSON array");
    }
    if (nested ? !take_elements(elements, item, depth + 1, error)
               : !append_from_json(elements.values, item, error)) {
      return false;
    }
  }
  return true;
}

// What a member says of a field: JSON for jsonb, records and arrays, else the text of the value.
bool append_from_json(ColumnBuilder& builder, std::string_view json, ParseError* error) {
  const Type& type = builder.type();
  if (json == "null" && type.id != kJsonb) return builder.append_null(), true;
  if (type.id == kJsonb) return builder.append_text(json), true;
  if (type.is_array() && json.starts_with('[')) {
    Elements elements{ColumnBuilder(type.element()), {}};
    if (!take_elements(elements, json, 0, error)) return false;
    const ColumnPtr taken = elements.values.finish();
    builder.append_text(make_array(elements.lengths, *taken));
    return true;
  }
  if (type.id == kRecord && json.starts_with('{')) {
    const std::string record = record_from_json(type, json, nullptr, error);
    if (error->sqlstate[0] != 0) return false;
    builder.append_text(record);
    return true;
  }
  return append_parsed(builder, jsonb_unquoted(json), error);
}

// `base`: columns of one row, which stand where the object names no member.
std::string record_from_json(const Type& type, std::string_view json, const ColumnPtr* base,
                             ParseError* error) {
  std::vector<ColumnPtr> fields;
  const std::vector<JsonbMember> members = jsonb_members(json);
  for (size_t i = 0; i < type.detail->fields.size(); ++i) {
    const RecordField& wanted = type.detail->fields[i];
    ColumnBuilder value(wanted.type);
    const auto member = std::find_if(members.begin(), members.end(), [&](const JsonbMember& m) {
      return m.name == wanted.name;
    });
    if (member != members.end()) {
      if (!append_from_json(value, member->value, error)) return "";
    } else if (base) {
      value.append_from(*base[i], 0);
    } else {
      value.append_null();
    }
    fields.push_back(value.finish());
  }
  return make_record(fields, 0);
}

std::string record_of(const Type& type, std::string_view json, const ColumnPtr* base, Row& row) {
  if (!json.starts_with('{')) {
    row.fail("22023", json.starts_with('[') ? "cannot call populate_composite on an array"
                                            : "cannot call populate_composite on a scalar");
    return "";
  }
  ParseError error;
  std::string record = record_from_json(type, json, base, &error);
  if (error.sqlstate[0] != 0) row.fail(error.sqlstate, error.message);
  return record;
}

// Of a NULL document the record itself is the answer.
ColumnPtr populate(const KernelCall& c) {
  const Column& bases = *c.args[0];
  const Column& documents = *c.args[1];
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (documents.is_null(i)) {
      if (bases.is_null(i)) return row.null();
      out += bases.text(i);
      return;
    }
    std::vector<ColumnPtr> base;
    if (!bases.is_null(i)) base = read_record(bases.type(), bases.text(i));
    out = record_of(c.result, documents.text(i), base.empty() ? nullptr : base.data(), row);
  });
}

ColumnPtr of_document(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    out = record_of(c.result, c.args[0]->text(i), nullptr, row);
  });
}

}  // namespace

void add_records(FunctionList& out) {
  FunctionGroup add(out, "record");
  add("row", {kUnknown}, kRecord, row, "a row of the arguments: ROW(a, b), (a, b)")
      .not_strict().variadic();
  out.back().result_type = row_type;
  add("row", {}, kRecord, row, "a row without fields").not_strict();
  out.back().result_type = row_type;
  add(".", {kRecord, kInt4}, kUnknown, field, "a field of a row: (r).name").not_strict();
  for (const std::string_view name : {"to_jsonb", "to_json", "row_to_json"}) {
    add(name, {kRecord}, kJsonb, to_json, "an object of the fields");
  }
  for (const std::string_view name : {"to_jsonb", "to_json"}) {
    add(name, {kAnyEnum}, kJsonb, to_json, "as jsonb");
    add(name, {kBpchar}, kJsonb, to_json, "as jsonb");
  }
  for (const std::string_view name : {"jsonb_populate_record", "json_populate_record"}) {
    add(name, {kRecord, kJsonb}, kRecord, populate,
        "the row with the values of an object's members for its fields").not_strict();
    out.back().result_type = [](std::span<const Type> args) { return args[0]; };
  }
  add(".record", {kJsonb}, kRecord, of_document,
      "jsonb_to_record, jsonb_to_recordset: rows of members, as x(a int, b text)");
}

}  // namespace weir::expr
