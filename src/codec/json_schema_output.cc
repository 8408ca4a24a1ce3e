// The JSON Schema (draft 7) of rows in PostgreSQL's JSON. Nothing but the columns is allowed, so
// that a column more is a compatible change by the rules of registries.
#include <fmt/core.h>

#include "codec/output_schema.h"
#include "codec/schema_names.h"
#include "data/type_detail.h"
#include "data/text_form.h"

namespace weir::codec {

namespace {

std::string object_schema(const std::vector<Field>& fields);

// The members of a schema of a type, NULL allowed or not.
std::string members_of(const Type& type, bool nullable) {
  const char* name = nullptr;
  std::string more;
  if (type.is_array()) {
    name = "array";
    more = fmt::format(R"(,"items":{{{}}})", members_of(type.element(), true));
  } else if (type.id == TypeId::kRecord) {
    name = "object";
    more = "," + object_schema(fields_of(type));
  } else if (type.id == TypeId::kJsonb) {
    return "";
  } else if (type.id == TypeId::kEnum) {
    std::string labels;
    for (const std::string& value : type.detail->labels.values()) {
      if (!labels.empty()) labels.push_back(',');
      append_json_string(labels, enum_label(value));
    }
    return fmt::format(R"("enum":[{}{}])", labels, nullable ? ",null" : "");
  } else if (type.is_integer()) {
    name = "integer";
  } else if (type.is_number()) {
    name = "number";
  } else {
    name = type.id == TypeId::kBool ? "boolean" : "string";
    if (type.id == TypeId::kDate) more = R"(,"format":"date")";
    if (type.id == TypeId::kTimestamptz) more = R"(,"format":"date-time")";
    if (type.id == TypeId::kUuid) more = R"(,"format":"uuid")";
  }
  return nullable ? fmt::format(R"("type":["null","{}"]{})", name, more)
                  : fmt::format(R"("type":"{}"{})", name, more);
}

std::string object_schema(const std::vector<Field>& fields) {
  std::string out = "\"properties\":{";
  std::string required;
  for (const Field& field : fields) {
    if (out.back() != '{') out.push_back(',');
    append_json_string(out, field.name);
    out += fmt::format(":{{{}}}", members_of(field.type, field.nullable));
    if (field.nullable) continue;
    if (!required.empty()) required.push_back(',');
    append_json_string(required, field.name);
  }
  out += "},\"additionalProperties\":false";
  if (!required.empty()) out += fmt::format(",\"required\":[{}]", required);
  return out;
}

}  // namespace

std::string json_schema_text(const Schema& schema, const std::string& record) {
  std::string title;
  append_json_string(title, record);
  return fmt::format(
      R"({{"$schema":"http://json-schema.org/draft-07/schema#","title":{},"type":"object",{}}})",
      title, object_schema(schema.fields));
}

}  // namespace weir::codec
