// Rows to Avro. Each column is a union with null, whose default is null: so a column may come or go
// and readers of either schema read both. Named types are called after the place where they first
// stand, RECORD_COLUMN, and referred to by name from there on.
//   binary form: a union's branch, then the value; see avro_cursor.h for numbers
// Source: Apache Avro 1.12, "Specification".
#include <cstring>
#include <map>

#include <fmt/core.h>

#include "base/hash.h"
#include "codec/output_schema.h"
#include "codec/schema_names.h"
#include "data/array.h"
#include "data/record.h"
#include "data/text_form.h"

namespace weir::codec {

namespace {

bool has_good_labels(const Type& type) {
  for (const std::string& value : type.detail->labels.values()) {
    if (!is_schema_name(enum_label(value))) return false;
  }
  return true;
}

bool is_decimal(const Type& type) { return type.id == TypeId::kNumeric && type.precision > 0; }

class SchemaText {
 public:
  explicit SchemaText(std::string record) : record_(std::move(record)) {}

  std::string of_row(const std::vector<Field>& fields) {
    const size_t dot = record_.rfind('.');
    std::string out = R"({"type":"record","name":)";
    append_json_string(out, record_.substr(dot + 1));
    if (dot != std::string::npos) {
      out += ",\"namespace\":";
      append_json_string(out, record_.substr(0, dot));
      record_.erase(0, dot + 1);
    }
    return out + "," + members(fields, record_) + "}";
  }

 private:
  std::string members(const std::vector<Field>& fields, const std::string& place);
  std::string type(const Type& type, const std::string& place);
  std::string named(const Type& type, const std::string& place);

  std::string record_;
  std::map<const TypeDetail*, std::string> names_;
};

std::string SchemaText::members(const std::vector<Field>& fields, const std::string& place) {
  const std::vector<std::string> names = schema_names(names_of(fields));
  std::string out = "\"fields\":[";
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string inner = type(fields[i].type, place + "_" + names[i]);
    const bool nullable = fields[i].nullable;
    out += fmt::format(R"({}{{"name":"{}","type":{}{}{}}})", i > 0 ? "," : "", names[i],
                       nullable ? "[\"null\"," : "", inner,
                       nullable ? "],\"default\":null" : "");
  }
  return out + "]";
}

// An enum or a record: spelled out the first time, by its name from then on.
std::string SchemaText::named(const Type& type, const std::string& place) {
  if (const auto known = names_.find(type.detail); known != names_.end()) {
    return fmt::format("\"{}\"", known->second);
  }
  names_[type.detail] = place;
  if (type.id == TypeId::kRecord) {
    return fmt::format(R"({{"type":"record","name":"{}",{}}})", place,
                       members(fields_of(type), place));
  }
  std::string symbols;
  for (const std::string& value : type.detail->labels.values()) {
    symbols += fmt::format("{}\"{}\"", symbols.empty() ? "" : ",", enum_label(value));
  }
  return fmt::format(R"({{"type":"enum","name":"{}","symbols":[{}]}})", place, symbols);
}

std::string SchemaText::type(const Type& type, const std::string& place) {
  if (type.is_array()) {
    return fmt::format(R"({{"type":"array","items":["null",{}]}})",
                       this->type(type.element(), place));
  }
  const auto logical = [](const char* of, const char* name) {
    return fmt::format(R"({{"type":"{}","logicalType":"{}"}})", of, name);
  };
  switch (type.id) {
    case TypeId::kBool: return "\"boolean\"";
    case TypeId::kInt2:
    case TypeId::kInt4: return "\"int\"";
    case TypeId::kInt8: return "\"long\"";
    case TypeId::kFloat4: return "\"float\"";
    case TypeId::kFloat8: return "\"double\"";
    case TypeId::kBytea: return "\"bytes\"";
    case TypeId::kDate: return logical("int", "date");
    case TypeId::kTime: return logical("long", "time-micros");
    case TypeId::kTimestamp: return logical("long", "local-timestamp-micros");
    case TypeId::kTimestamptz: return logical("long", "timestamp-micros");
    case TypeId::kUuid: return logical("string", "uuid");
    case TypeId::kRecord: return named(type, place);
    case TypeId::kEnum: return has_good_labels(type) ? named(type, place) : "\"string\"";
    case TypeId::kNumeric:
      if (!is_decimal(type)) return "\"string\"";
      return fmt::format(
          R"({{"type":"bytes","logicalType":"decimal","precision":{},"scale":{}}})",
          type.precision, std::max<int>(type.scale, 0));
    default: return "\"string\"";
  }
}

void append_long(std::string& out, int64_t value) {
  uint64_t left = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  while (left >= 0x80) {
    out.push_back(static_cast<char>(left | 0x80));
    left >>= 7;
  }
  out.push_back(static_cast<char>(left));
}

void append_sized(std::string& out, std::string_view bytes) {
  append_long(out, static_cast<int64_t>(bytes.size()));
  out += bytes;
}

template <class T>
void append_raw(std::string& out, T value) {  // little-endian, as this machine
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The shortest two's complement, the highest byte first.
void append_decimal(std::string& out, Int128 number) {
  char bytes[16];
  for (size_t i = 16; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  size_t begin = 0;
  while (begin < 15 && ((bytes[begin] == 0 && (bytes[begin + 1] & 0x80) == 0) ||
                        (bytes[begin] == '\xff' && (bytes[begin + 1] & 0x80) != 0))) {
    ++begin;
  }
  append_sized(out, std::string_view(bytes + begin, 16 - begin));
}

// What is settled of a type before the first row.
struct Form {
  Type type;
  bool nullable = true;
  std::vector<std::string> labels;  // of an enum that is written as its symbols
  std::vector<Form> parts;          // the fields of a record, the elements of an array

  Form(const Type& of, bool may_be_null) : type(of), nullable(may_be_null) {
    if (of.is_array()) {
      parts.emplace_back(of.element(), true);
    } else if (of.id == TypeId::kRecord) {
      for (const Field& field : fields_of(of)) parts.emplace_back(field.type, field.nullable);
    } else if (of.id == TypeId::kEnum && has_good_labels(of)) {
      labels = of.detail->labels.values();
    }
  }
};

class AvroEncoder final : public Encoder {
 public:
  explicit AvroEncoder(const Schema& schema) {
    for (const Field& field : schema.fields) columns_.emplace_back(field.type, field.nullable);
  }
  std::string header() override { return {}; }
  void encode(const Batch& batch, uint32_t row, std::string& out) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      value(columns_[i], *batch.columns[i], row, out);
    }
  }

 private:
  void value(const Form& form, const Column& column, uint32_t row, std::string& out);
  void given(const Form& form, const Column& column, uint32_t row, std::string& out);
  void array(const Form& form, std::string_view bytes, std::string& out);
  void text(const Column& column, uint32_t row, std::string& out);

  std::vector<Form> columns_;
  std::string scratch_;
};

// NaN and the infinities have no place in a decimal: they are NULL there.
bool is_missing(const Form& form, const Column& column, uint32_t row) {
  if (column.is_null(row)) return true;
  return is_decimal(form.type) && !column.value<Decimal>(row).is_finite();
}

void AvroEncoder::value(const Form& form, const Column& column, uint32_t row, std::string& out) {
  const bool missing = is_missing(form, column, row);
  WEIR_CHECK(form.nullable || !missing);
  if (form.nullable) append_long(out, missing ? 0 : 1);
  if (!missing) given(form, column, row, out);
}

void AvroEncoder::text(const Column& column, uint32_t row, std::string& out) {
  scratch_.clear();
  append_text_form(scratch_, column, row);
  append_sized(out, scratch_);
}

void AvroEncoder::given(const Form& form, const Column& column, uint32_t row, std::string& out) {
  if (form.type.is_array()) return array(form, column.text(row), out);
  switch (form.type.id) {
    case TypeId::kBool: out.push_back(column.value<uint8_t>(row) ? '\1' : '\0'); return;
    case TypeId::kInt2: return append_long(out, column.value<int16_t>(row));
    case TypeId::kInt4:
    case TypeId::kDate: return append_long(out, column.value<int32_t>(row));
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return append_long(out, column.value<int64_t>(row));
    case TypeId::kFloat4: return append_raw(out, column.value<float>(row));
    case TypeId::kFloat8: return append_raw(out, column.value<double>(row));
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kJsonb: return append_sized(out, column.text(row));
    case TypeId::kNumeric: {
      if (!is_decimal(form.type)) break;
      const auto number = column.value<Decimal>(row).round_to(std::max<int>(form.type.scale, 0));
      WEIR_CHECK(number.has_value());  // the column's precision bounds it
      return append_decimal(out, number->coefficient());
    }
    case TypeId::kEnum: {
      if (form.labels.empty()) return append_sized(out, enum_label(column.text(row)));
      const auto at = std::find(form.labels.begin(), form.labels.end(), column.text(row));
      WEIR_CHECK(at != form.labels.end());
      return append_long(out, at - form.labels.begin());
    }
    case TypeId::kRecord: {
      const std::vector<ColumnPtr> fields = read_record(form.type, column.text(row));
      for (size_t i = 0; i < fields.size(); ++i) value(form.parts[i], *fields[i], 0, out);
      return;
    }
    default: break;
  }
  text(column, row, out);
}

// One block of all elements, in the order of unnest().
void AvroEncoder::array(const Form& form, std::string_view bytes, std::string& out) {
  const Array elements = read_array(form.type, bytes);
  if (elements.size() > 0) append_long(out, elements.size());
  for (uint32_t i = 0; i < elements.size(); ++i) value(form.parts[0], *elements.elements, i, out);
  append_long(out, 0);
}

std::string sync_of(const std::string& schema_text) {
  std::string out;
  append_raw(out, hash64(schema_text));
  append_raw(out, hash64(schema_text + "sync"));
  return out;
}

}  // namespace

std::string avro_schema_text(const Schema& schema, const std::string& record) {
  return SchemaText(record).of_row(schema.fields);
}

std::unique_ptr<Encoder> make_avro_encoder(const Schema& schema) {
  return std::make_unique<AvroEncoder>(schema);
}

std::string avro_file_head(const std::string& schema_text) {
  std::string out("Obj\1", 4);
  append_long(out, 2);
  append_sized(out, "avro.schema");
  append_sized(out, schema_text);
  append_sized(out, "avro.codec");
  append_sized(out, "null");
  append_long(out, 0);
  return out + sync_of(schema_text);
}

void append_avro_block(const std::string& schema_text, uint64_t records, std::string_view bytes,
                       std::string& out) {
  append_long(out, static_cast<int64_t>(records));
  append_sized(out, bytes);
  out += sync_of(schema_text);
}

}  // namespace weir::codec
