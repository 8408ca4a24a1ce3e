// Rows to Protobuf (proto3). Fields are numbered in the order of the columns, so that a column that
// is added behind the others is a compatible change. A message of nested rows is called after the
// place where it first stands, RECORD_COLUMN, and stands behind the record's own, which is the
// file's first.
// Source: Protocol Buffers, "Encoding" and "Language Guide (proto 3)".
#include <cstring>
#include <map>
#include <set>

#include <fmt/core.h>

#include "codec/output_schema.h"
#include "codec/schema_names.h"
#include "data/array.h"
#include "data/calendar.h"
#include "data/record.h"
#include "data/text_form.h"

namespace weir::codec {

namespace {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct ScalarName {
  const char* name;
  WireType wire;
};

ScalarName scalar_of(const Type& type) {
  switch (type.id) {
    case TypeId::kBool: return {"bool", WireType::kVarint};
    case TypeId::kInt2:
    case TypeId::kInt4: return {"int32", WireType::kVarint};
    case TypeId::kInt8: return {"int64", WireType::kVarint};
    case TypeId::kFloat4: return {"float", WireType::kFixed32};
    case TypeId::kFloat8: return {"double", WireType::kFixed64};
    case TypeId::kBytea: return {"bytes", WireType::kBytes};
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return {"google.protobuf.Timestamp", WireType::kBytes};
    default: return {"string", WireType::kBytes};
  }
}

// As Protobuf makes the names of fields in JSON, which must not be alike either.
std::string json_name(const std::string& name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    upper = false;
  }
  return out;
}

class SchemaText {
 public:
  std::string of_row(const std::vector<Field>& fields, const std::string& record) {
    const size_t dot = record.rfind('.');
    const std::string name = record.substr(dot + 1);
    add_message(fields, name);
    std::string out = "syntax = \"proto3\";\n";
    if (dot != std::string::npos) out += fmt::format("package {};\n", record.substr(0, dot));
    if (has_stamps_) out += "\nimport \"google/protobuf/timestamp.proto\";\n";
    for (const std::string& message : messages_) out += "\n" + message;
    return out;
  }

 private:
  void add_message(const std::vector<Field>& fields, const std::string& name) {
    const size_t at = messages_.size();
    messages_.emplace_back();
    std::string text = fmt::format("message {} {{\n", name);
    const std::vector<std::string> names = schema_names(names_of(fields));
    std::set<std::string> json_names;
    for (size_t i = 0; i < fields.size(); ++i) {
      const Type& type = fields[i].type;
      const char* label = type.is_array() ? "repeated " : fields[i].nullable ? "optional " : "";
      const bool alike = !json_names.insert(json_name(names[i])).second;
      text += fmt::format("  {}{} {} = {}{};\n", label,
                          type_name(type.is_array() ? type.element() : type, name + "_" + names[i]),
                          names[i], i + 1,
                          alike ? fmt::format(" [json_name = \"{}\"]", names[i]) : "");
    }
    messages_[at] = text + "}\n";
  }

  std::string type_name(const Type& type, const std::string& place) {
    const bool is_stamp = type.id == TypeId::kTimestamp || type.id == TypeId::kTimestamptz;
    has_stamps_ |= is_stamp;
    if (type.id != TypeId::kRecord) return scalar_of(type).name;
    const auto [known, fresh] = names_.emplace(type.detail, place);
    if (fresh) add_message(fields_of(type), place);
    return known->second;
  }

  std::vector<std::string> messages_;
  std::map<const TypeDetail*, std::string> names_;
  bool has_stamps_ = false;
};

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void append_tag(std::string& out, uint32_t number, WireType wire) {
  append_varint(out, (uint64_t{number} << 3) | static_cast<uint8_t>(wire));
}

void append_sized(std::string& out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out += bytes;
}

template <class T>
void append_raw(std::string& out, T value) {  // little-endian, as this machine
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// google.protobuf.Timestamp: 1 seconds, 2 nanoseconds of the second.
void append_stamp(std::string& out, Micros micros) {
  std::string message;
  append_tag(message, 1, WireType::kVarint);
  append_varint(message, static_cast<uint64_t>(floor_div(micros, 1'000'000)));
  append_tag(message, 2, WireType::kVarint);
  append_varint(message, static_cast<uint64_t>(floor_mod(micros, 1'000'000) * 1000));
  append_sized(out, message);
}

bool is_infinite_stamp(const Column& column, uint32_t row) {
  const TypeId id = column.type().id;
  if (id != TypeId::kTimestamp && id != TypeId::kTimestamptz) return false;
  const Micros micros = column.value<int64_t>(row);
  return micros == INT64_MIN || micros == INT64_MAX;
}

void append_message(const std::vector<ColumnPtr>& columns, uint32_t row, std::string& out);

// What stands behind the tag.
void append_scalar(const Column& column, uint32_t row, std::string& out) {
  switch (column.type().id) {
    case TypeId::kBool: return append_varint(out, column.value<uint8_t>(row));
    case TypeId::kInt2:
      return append_varint(out, static_cast<uint64_t>(int64_t{column.value<int16_t>(row)}));
    case TypeId::kInt4:
      return append_varint(out, static_cast<uint64_t>(int64_t{column.value<int32_t>(row)}));
    case TypeId::kInt8:
      return append_varint(out, static_cast<uint64_t>(column.value<int64_t>(row)));
    case TypeId::kFloat4: return append_raw(out, column.value<float>(row));
    case TypeId::kFloat8: return append_raw(out, column.value<double>(row));
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kJsonb: return append_sized(out, column.text(row));
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return append_stamp(out, column.value<int64_t>(row));
    case TypeId::kRecord: {
      std::string message;
      append_message(read_record(column.type(), column.text(row)), 0, message);
      return append_sized(out, message);
    }
    default: {
      std::string text;
      append_text_form(text, column, row);
      return append_sized(out, text);
    }
  }
}

// A list of numbers is packed. NULL has no place in a list.
void append_list(uint32_t number, const Type& type, std::string_view bytes, std::string& out) {
  const Array array = read_array(type, bytes);
  const Column& elements = *array.elements;
  const WireType wire = scalar_of(type.element()).wire;
  std::string packed;
  for (uint32_t i = 0; i < array.size(); ++i) {
    if (elements.is_null(i) || is_infinite_stamp(elements, i)) continue;
    if (wire == WireType::kBytes) append_tag(out, number, wire);
    append_scalar(elements, i, wire == WireType::kBytes ? out : packed);
  }
  if (packed.empty()) return;
  append_tag(out, number, WireType::kBytes);
  append_sized(out, packed);
}

void append_message(const std::vector<ColumnPtr>& columns, uint32_t row, std::string& out) {
  uint32_t number = 0;
  for (const ColumnPtr& column : columns) {
    ++number;
    if (column->is_null(row) || is_infinite_stamp(*column, row)) continue;
    const Type& type = column->type();
    if (type.is_array()) {
      append_list(number, type, column->text(row), out);
      continue;
    }
    append_tag(out, number, scalar_of(type).wire);
    append_scalar(*column, row, out);
  }
}

class ProtobufEncoder final : public Encoder {
 public:
  std::string header() override { return {}; }
  void encode(const Batch& batch, uint32_t row, std::string& out) override {
    append_message(batch.columns, row, out);
  }
};

}  // namespace

std::string protobuf_schema_text(const Schema& schema, const std::string& record) {
  return SchemaText().of_row(schema.fields, record);
}

std::unique_ptr<Encoder> make_protobuf_encoder() { return std::make_unique<ProtobufEncoder>(); }

}  // namespace weir::codec
