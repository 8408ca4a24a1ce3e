// Integers and floats big-endian, dates and times counted from 2000-01-01 (ours from 1970), numeric
// as groups of four decimal digits:
//   int16 groups, int16 weight (of the first group, as a power of 10000), int16 sign, int16 scale
#include "pgwire/binary_form.h"

#include <bit>

#include <fmt/core.h>
#include <simdjson.h>

#include "base/bytes.h"
#include "data/array.h"
#include "data/record.h"
#include "data/text_form.h"
#include "data/wire_type.h"

namespace weir::pgwire {

namespace {

constexpr int32_t kDaysTo2000 = 10'957;
constexpr int64_t kMicrosTo2000 = int64_t{kDaysTo2000} * 86'400'000'000;

constexpr uint16_t kPositive = 0x0000;
constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNan = 0xC000;
constexpr uint16_t kInfinity = 0xD000;
constexpr uint16_t kNegativeInfinity = 0xF000;
constexpr int kGroup = 4;        // digits
constexpr int kMaxGroups = 100;  // far beyond what a numeric of ours holds

// Infinities stay; a count that would leave the range is one already.
template <class Int>
Int shifted(Int value, Int by) {
  if (value == std::numeric_limits<Int>::min() || value == std::numeric_limits<Int>::max()) {
    return value;
  }
  Int out;
  return __builtin_add_overflow(value, by, &out) ? value : out;
}

void append_numeric(std::string& out, std::string_view text) {
  ByteWriter bytes(out);
  const auto special = [&](uint16_t sign) {
    bytes.be<uint16_t>(0);
    bytes.be<uint16_t>(0);
    bytes.be(sign);
    bytes.be<uint16_t>(0);
  };
  if (text == "NaN") return special(kNan);
  if (text == "Infinity") return special(kInfinity);
  if (text == "-Infinity") return special(kNegativeInfinity);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(0, point));
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const auto scale = static_cast<uint16_t>(fraction.size());
  whole.insert(0, (kGroup - whole.size() % kGroup) % kGroup, '0');
  fraction.append((kGroup - fraction.size() % kGroup) % kGroup, '0');
  const std::string digits = whole + fraction;
  std::vector<uint16_t> groups;
  for (size_t at = 0; at < digits.size(); at += kGroup) {
    groups.push_back(static_cast<uint16_t>(std::stoi(digits.substr(at, kGroup))));
  }
  auto weight = static_cast<int16_t>(whole.size() / kGroup) - 1;
  while (!groups.empty() && groups.back() == 0) groups.pop_back();
  while (!groups.empty() && groups.front() == 0) groups.erase(groups.begin()), --weight;
  bytes.be(static_cast<uint16_t>(groups.size()));
  bytes.be(static_cast<int16_t>(groups.empty() ? 0 : weight));
  bytes.be(negative ? kNegative : kPositive);
  bytes.be(scale);
  for (const uint16_t group : groups) bytes.be(group);
}

// The text of a numeric; empty: the bytes are none.
std::string numeric_text(std::string_view bytes) {
  ByteReader in(bytes);
  const auto count = in.be<uint16_t>();
  const auto weight = in.be<int16_t>();
  const auto sign = in.be<uint16_t>();
  const auto scale = in.be<uint16_t>();
  if (!in.ok() || in.remaining() != size_t{count} * 2 || count > kMaxGroups) return "";
  if (sign == kNan) return "NaN";
  if (sign == kInfinity) return "Infinity";
  if (sign == kNegativeInfinity) return "-Infinity";
  const bool in_range = weight < kMaxGroups && weight > -kMaxGroups && scale < kMaxGroups * kGroup;
  if ((sign != kPositive && sign != kNegative) || !in_range) return "";
  std::string whole, fraction(static_cast<size_t>(std::max(0, -weight - 1)) * kGroup, '0');
  for (int i = 0; i < std::max<int>(count, weight + 1); ++i) {
    const auto group = i < count ? in.be<uint16_t>() : uint16_t{0};
    if (group > 9999) return "";
    (i <= weight ? whole : fraction) += fmt::format("{:04}", group);
  }
  fraction.resize(scale, '0');
  std::string out = sign == kNegative ? "-" : "";
  out += whole.empty() ? "0" : whole;
  return fraction.empty() ? out : out + "." + fraction;
}

Error bad_bytes(const Type& type) {
  return Error(ErrorKind::kInvalidData, 1639,
               fmt::format("incorrect binary data format for type {}", type.name()))
      .sqlstate("22P03");
}

// By length: a client may have declared a narrower type than the statement needs.
Result<Value> integer_value(std::string_view bytes, Type type) {
  ByteReader in(bytes);
  int64_t value = 0;
  switch (bytes.size()) {
    case 2: value = in.be<int16_t>(); break;
    case 4: value = in.be<int32_t>(); break;
    case 8: value = in.be<int64_t>(); break;
    default: return bad_bytes(type);
  }
  return parse_text_form(std::to_string(value), type);  // checks the range
}

Result<Value> float_value(std::string_view bytes, Type type) {
  ByteReader in(bytes);
  if (bytes.size() == 4) {
    return Value{type, static_cast<double>(std::bit_cast<float>(in.be<uint32_t>()))};
  }
  if (bytes.size() != 8) return bad_bytes(type);
  const auto value = std::bit_cast<double>(in.be<uint64_t>());
  return Value{type, type.id == TypeId::kFloat4 ? static_cast<double>(static_cast<float>(value))
                                                : value};
}

Result<Value> time_value(std::string_view bytes, Type type) {
  ByteReader in(bytes);
  if (type.id == TypeId::kDate) {
    const auto days = in.be<int32_t>();
    if (!in.ok() || !in.at_end()) return bad_bytes(type);
    return Value{type, int64_t{shifted(days, kDaysTo2000)}};
  }
  const auto micros = in.be<int64_t>();
  if (!in.ok() || !in.at_end()) return bad_bytes(type);
  if (type.id != TypeId::kTime) return Value{type, shifted(micros, kMicrosTo2000)};
  if (micros < 0 || micros > 86'400'000'000) return bad_bytes(type);
  return Value{type, micros};
}

// Arrays: dimensions, whether there are NULLs, the elements' type; of each dimension its length and
// lower bound; of each element its size (-1: NULL) and its bytes.
void append_array(std::string& out, const Column& column, uint32_t row) {
  const Array array = read_array(column.type(), column.text(row));
  ByteWriter bytes(out);
  bytes.be(static_cast<int32_t>(array.lengths.size()));
  bytes.be(static_cast<int32_t>(array.elements->may_have_nulls()));
  bytes.be(wire_type(array.elements->type()).oid);
  for (const uint32_t length : array.lengths) {
    bytes.be(length);
    bytes.be(int32_t{1});
  }
  for (uint32_t i = 0; i < array.size(); ++i) {
    if (array.elements->is_null(i)) {
      bytes.be(int32_t{-1});
      continue;
    }
    std::string element;
    append_binary_form(element, *array.elements, i);
    bytes.be(static_cast<int32_t>(element.size()));
    bytes.raw(element);
  }
}

Result<Value> array_value(std::string_view bytes, Type type) {
  ByteReader in(bytes);
  const auto dimensions = in.be<uint32_t>();
  in.be<int32_t>();  // whether there are NULLs: their sizes say so
  in.be<uint32_t>();
  if (dimensions > kMaxDimensions) return bad_bytes(type);
  ArrayLengths lengths;
  for (uint32_t i = 0; i < dimensions; ++i) {
    lengths.push_back(in.be<uint32_t>());
    if (in.be<int32_t>() != 1) return bad_bytes(type);
  }
  const uint32_t count = array_count(lengths);
  if (!in.ok() || count > in.remaining() / sizeof(int32_t)) return bad_bytes(type);
  ColumnBuilder elements(type.element());
  for (uint32_t i = 0; i < count; ++i) {
    const auto size = in.be<int32_t>();
    if (!in.ok() || size < -1) return bad_bytes(type);
    if (size == -1) {
      elements.append_null();
    } else {
      const std::string_view element = in.raw(static_cast<size_t>(size));
      if (!in.ok()) return bad_bytes(type);
      append_value(elements, TRY(parse_binary_form(element, type.element())));
    }
  }
  if (!in.at_end()) return bad_bytes(type);
  return Value{type, make_array(lengths, *elements.finish())};
}

Result<Value> uuid_value(std::string_view bytes) {
  Uuid uuid;
  if (bytes.size() != sizeof uuid) return bad_bytes(TypeId::kUuid);
  std::memcpy(uuid.bytes, bytes.data(), sizeof uuid);
  return Value{TypeId::kUuid, uuid};
}

// Records: the number of fields; of each its type, its size (-1: NULL) and its bytes.
void append_record(std::string& out, const Column& column, uint32_t row) {
  const std::vector<ColumnPtr> fields = read_record(column.type(), column.text(row));
  ByteWriter bytes(out);
  bytes.be(static_cast<int32_t>(fields.size()));
  for (const ColumnPtr& field : fields) {
    bytes.be(wire_type(field->type()).oid);
    if (field->is_null(0)) {
      bytes.be(int32_t{-1});
      continue;
    }
    std::string value;
    append_binary_form(value, *field, 0);
    bytes.be(static_cast<int32_t>(value.size()));
    bytes.raw(value);
  }
}

Result<Value> record_value(std::string_view bytes, Type type) {
  ByteReader in(bytes);
  const auto count = in.be<uint32_t>();
  if (!type.detail || count != type.detail->fields.size()) return bad_bytes(type);
  std::vector<ColumnPtr> fields;
  for (const RecordField& field : type.detail->fields) {
    in.be<uint32_t>();
    const auto size = in.be<int32_t>();
    const std::string_view value = in.raw(size > 0 ? static_cast<size_t>(size) : 0);
    if (!in.ok() || size < -1) return bad_bytes(type);
    fields.push_back(constant_column(
        size < 0 ? Value::null(field.type) : TRY(parse_binary_form(value, field.type)), 1));
  }
  if (!in.at_end()) return bad_bytes(type);
  return Value{type, make_record(fields, 0)};
}

Result<Value> interval_value(std::string_view bytes) {
  ByteReader in(bytes);
  Interval interval;
  interval.micros = in.be<int64_t>();
  interval.days = in.be<int32_t>();
  interval.months = in.be<int32_t>();
  if (!in.ok() || !in.at_end()) return bad_bytes(TypeId::kInterval);
  return Value{TypeId::kInterval, interval};
}

}  // namespace

void append_binary_form(std::string& out, const Column& column, uint32_t row) {
  if (column.type().is_array()) return append_array(out, column, row);
  ByteWriter bytes(out);
  switch (column.type().id) {
    case TypeId::kBool: bytes.be<uint8_t>(column.value<uint8_t>(row) != 0); return;
    case TypeId::kInt2: bytes.be(column.value<int16_t>(row)); return;
    case TypeId::kInt4: bytes.be(column.value<int32_t>(row)); return;
    case TypeId::kInt8:
    case TypeId::kTime: bytes.be(column.value<int64_t>(row)); return;
    case TypeId::kFloat4: bytes.be(std::bit_cast<uint32_t>(column.value<float>(row))); return;
    case TypeId::kFloat8: bytes.be(std::bit_cast<uint64_t>(column.value<double>(row))); return;
    case TypeId::kNumeric: append_numeric(out, column.value<Decimal>(row).to_string()); return;
    case TypeId::kDate: bytes.be(shifted(column.value<int32_t>(row), -kDaysTo2000)); return;
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      bytes.be(shifted(column.value<int64_t>(row), -kMicrosTo2000));
      return;
    case TypeId::kInterval: {
      const auto& interval = column.value<Interval>(row);
      bytes.be(interval.micros);
      bytes.be(interval.days);
      bytes.be(interval.months);
      return;
    }
    case TypeId::kUuid:
      bytes.raw({reinterpret_cast<const char*>(column.value<Uuid>(row).bytes), sizeof(Uuid)});
      return;
    case TypeId::kJsonb:
      bytes.be<uint8_t>(1);
      bytes.raw(column.text(row));
      return;
    case TypeId::kEnum: bytes.raw(enum_label(column.text(row))); return;
    case TypeId::kRecord: return append_record(out, column, row);
    case TypeId::kUnknown:
    case TypeId::kText:
    case TypeId::kBpchar:
    case TypeId::kBytea: bytes.raw(column.text(row)); return;
  }
}

Result<Value> parse_binary_form(std::string_view bytes, Type type) {
  if (type.is_array()) return array_value(bytes, type);
  switch (type.id) {
    case TypeId::kBool:
      if (bytes.size() != 1) return bad_bytes(type);
      return Value::of(bytes[0] != 0);
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8: return integer_value(bytes, type);
    case TypeId::kFloat4:
    case TypeId::kFloat8: return float_value(bytes, type);
    case TypeId::kNumeric: {
      const std::string text = numeric_text(bytes);
      if (text.empty()) return bad_bytes(type);
      return parse_text_form(text, type);
    }
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return time_value(bytes, type);
    case TypeId::kInterval: return interval_value(bytes);
    case TypeId::kUuid: return uuid_value(bytes);
    case TypeId::kRecord: return record_value(bytes, type);
    case TypeId::kBytea: return Value{type, std::string(bytes)};
    case TypeId::kJsonb:
      if (bytes.starts_with('\1')) bytes.remove_prefix(1);  // json has no version byte
      [[fallthrough]];
    case TypeId::kUnknown:
    case TypeId::kText:
    case TypeId::kBpchar:
    case TypeId::kEnum:
      if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return bad_bytes(type);
      return parse_text_form(bytes, type.id == TypeId::kUnknown ? Type(TypeId::kText) : type);
  }
  return bad_bytes(type);
}

}  // namespace weir::pgwire
