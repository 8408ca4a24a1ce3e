// The cast matrix is PostgreSQL's pg_cast for these types; whatever has no entry of its own goes
// through text: to text by assignment, from text explicitly.
#include "data/cast.h"

#include <cmath>

#include <fmt/core.h>

#include "data/array.h"
#include "data/bpchar.h"
#include "data/calendar.h"
#include "data/jsonb.h"
#include "data/record.h"
#include "data/text_form.h"
#include "data/text_input_internal.h"

namespace weir {

namespace {

int number_rank(TypeId id) {
  switch (id) {
    case TypeId::kInt2: return 1;
    case TypeId::kInt4: return 2;
    case TypeId::kInt8: return 3;
    case TypeId::kNumeric: return 4;
    case TypeId::kFloat4: return 5;
    case TypeId::kFloat8: return 6;
    default: return 0;
  }
}

std::optional<CastContext> cast_context(const Type& from_type, const Type& to_type);

// Rows of as many fields that fit by assignment.
std::optional<CastContext> record_context(const Type& from, const Type& to) {
  if (!to.detail || from.detail == to.detail) return CastContext::kImplicit;
  if (!from.detail) return std::nullopt;  // a NULL of no known fields
  const auto& fields = from.detail->fields;
  const auto& wanted = to.detail->fields;
  if (fields.size() != wanted.size()) return std::nullopt;
  CastContext least = CastContext::kImplicit;
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto one = cast_context(fields[i].type, wanted[i].type);
    if (!one) return std::nullopt;
    if (*one == CastContext::kExplicit) least = *one;
  }
  return least;
}

// The weakest context in which the cast happens.
std::optional<CastContext> cast_context(const Type& from_type, const Type& to_type) {
  using enum TypeId;
  const TypeId from = from_type.id;
  const TypeId to = to_type.id;
  if (from_type.is_array() && to_type.is_array()) {
    return cast_context(from_type.element(), to_type.element());
  }
  if (from == kRecord && to == kRecord) return record_context(from_type, to_type);
  if (from == kEnum && to == kEnum && to_type.detail && from_type.detail != to_type.detail) {
    return std::nullopt;
  }
  if (from == to || from == kUnknown) return CastContext::kImplicit;
  if (number_rank(from) && number_rank(to)) {
    return number_rank(from) < number_rank(to) ? CastContext::kImplicit : CastContext::kAssignment;
  }
  if ((from == kBpchar && to == kText) || (from == kText && to == kBpchar)) {
    return CastContext::kImplicit;
  }
  if (to == kText || to == kBpchar) return CastContext::kAssignment;
  if (from == kText || from == kBpchar) return CastContext::kExplicit;
  if ((from == kInt4 && to == kBool) || (from == kBool && to == kInt4))
    return CastContext::kExplicit;
  if (from == kDate && (to == kTimestamp || to == kTimestamptz)) return CastContext::kImplicit;
  if (from == kTimestamp && to == kTimestamptz) return CastContext::kImplicit;
  if (from == kTimestamptz && to == kTimestamp) return CastContext::kAssignment;
  if ((from == kTimestamp || from == kTimestamptz) && (to == kDate || to == kTime)) {
    return CastContext::kAssignment;
  }
  if (from == kTime && to == kInterval) return CastContext::kImplicit;
  if (from == kInterval && to == kTime) return CastContext::kAssignment;
  if (from == kJsonb && (to == kBool || number_rank(to))) return CastContext::kExplicit;
  return std::nullopt;
}

struct Sink {
  ColumnBuilder builder;
  RowErrors errors;
  void fail(uint32_t row, const char* sqlstate, std::string message) {
    add_row_error(errors, row, sqlstate, std::move(message));
    builder.append_null();
  }
};

std::string out_of_range(const Type& to) {
  return fmt::format("{} out of range", Type(to.id).name());
}

template <class Int>
void from_int(Sink& sink, uint32_t row, int64_t v, const Type& to) {
  if (v < std::numeric_limits<Int>::min() || v > std::numeric_limits<Int>::max()) {
    return sink.fail(row, "22003", out_of_range(to));
  }
  sink.builder.append(static_cast<Int>(v));
}

void integer_to(Sink& sink, uint32_t row, int64_t v, const Type& to) {
  switch (to.id) {
    case TypeId::kInt2: return from_int<int16_t>(sink, row, v, to);
    case TypeId::kInt4: return from_int<int32_t>(sink, row, v, to);
    case TypeId::kInt8: return sink.builder.append(v);
    case TypeId::kFloat4: return sink.builder.append(static_cast<float>(v));
    case TypeId::kFloat8: return sink.builder.append(static_cast<double>(v));
    case TypeId::kBool: return sink.builder.append_bool(v != 0);
    default: break;
  }
  const std::optional<Decimal> fitted = fit_numeric(Decimal::from_int(v), to);
  if (!fitted) return sink.fail(row, "22003", "numeric field overflow");
  sink.builder.append(*fitted);
}

void double_to(Sink& sink, uint32_t row, double v, const Type& to, bool from_real) {
  switch (to.id) {
    case TypeId::kFloat8: return sink.builder.append(v);
    case TypeId::kFloat4: {
      const auto narrow = static_cast<float>(v);
      if (std::isinf(narrow) && !std::isinf(v)) {
        return sink.fail(row, "22003", "value out of range: overflow");
      }
      if (narrow == 0 && v != 0) return sink.fail(row, "22003", "value out of range: underflow");
      return sink.builder.append(narrow);
    }
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8: {
      const double whole = std::rint(v);
      if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) {
        return sink.fail(row, "22003", out_of_range(to));
      }
      return integer_to(sink, row, static_cast<int64_t>(whole), to);
    }
    default: break;
  }
  char text[64];
  std::snprintf(text, sizeof text, from_real ? "%.6g" : "%.15g", v);
  const std::optional<Decimal> exact =
      std::isfinite(v) ? Decimal::parse(text) : Decimal::from_double(v);
  const std::optional<Decimal> fitted = exact ? fit_numeric(*exact, to) : std::nullopt;
  if (!fitted) return sink.fail(row, "22003", "numeric field overflow");
  sink.builder.append(*fitted);
}

void decimal_to(Sink& sink, uint32_t row, const Decimal& v, const Type& to) {
  switch (to.id) {
    case TypeId::kFloat8: return sink.builder.append(v.to_double());
    case TypeId::kFloat4: return double_to(sink, row, v.to_double(), to, false);
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8: {
      const std::optional<int64_t> whole = v.to_int64();
      if (!v.is_finite()) {
        return sink.fail(row, "0A000",
                         fmt::format("cannot convert {} to {}",
                                     v.kind() == Decimal::Kind::kNan ? "NaN" : "infinity",
                                     Type(to.id).name()));
      }
      if (!whole) return sink.fail(row, "22003", out_of_range(to));
      return integer_to(sink, row, *whole, to);
    }
    default: break;
  }
  const std::optional<Decimal> fitted = fit_numeric(v, to);
  if (!fitted) return sink.fail(row, "22003", "numeric field overflow");
  sink.builder.append(*fitted);
}

void time_to(Sink& sink, uint32_t row, int64_t v, TypeId from, const Type& to) {
  const bool infinite = v == INT64_MIN || v == INT64_MAX;
  if (to.id == TypeId::kDate) {
    const int64_t days = floor_div(v, kMicrosPerDay);
    return sink.builder.append(infinite ? (v < 0 ? INT32_MIN : INT32_MAX)
                                        : static_cast<int32_t>(days));
  }
  if (to.id == TypeId::kTime) {
    if (infinite) return sink.builder.append_null();
    return sink.builder.append(round_fraction(floor_mod(v, kMicrosPerDay), to));
  }
  // Between timestamp and timestamptz: views compute in UTC.
  sink.builder.append(round_fraction(v, to));
}

void date_to(Sink& sink, uint32_t row, int32_t v) {
  if (v == INT32_MIN) return sink.builder.append<int64_t>(INT64_MIN);
  if (v == INT32_MAX) return sink.builder.append<int64_t>(INT64_MAX);
  if (v > kMaxTimestampDay) return sink.fail(row, "22008", "date out of range for timestamp");
  sink.builder.append<int64_t>(int64_t{v} * kMicrosPerDay);
}

// An explicit cast cuts.
std::string_view cut_text(std::string_view text, int16_t limit) {
  if (limit < 0) return text;
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) == 0x80) continue;
    if (characters++ == static_cast<size_t>(limit)) return text.substr(0, i);
  }
  return text;
}

void text_to(Sink& sink, uint32_t row, std::string_view text, const Type& to) {
  if (to.id == TypeId::kText && to.precision >= 0) {
    return sink.builder.append_text(cut_text(text, to.precision));
  }
  if (to.id == TypeId::kBpchar) {
    return sink.builder.append_text(padded(cut_text(text, to.precision), to.precision));
  }
  ParseError error;
  if (!append_parsed(sink.builder, text, &error)) sink.fail(row, error.sqlstate, error.message);
}

void jsonb_to(Sink& sink, uint32_t row, std::string_view json, const Type& to) {
  const bool is_bool = json == "true" || json == "false";
  const bool is_number = !json.empty() && (json[0] == '-' || (json[0] >= '0' && json[0] <= '9'));
  if (to.id == TypeId::kBool ? !is_bool : !is_number) {
    const char* what = json.starts_with('{')   ? "object"
                       : json.starts_with('[') ? "array"
                       : json.starts_with('"') ? "string"
                       : json == "null"        ? "null"
                       : is_bool               ? "boolean"
                                               : "numeric";
    return sink.fail(row, "22023", fmt::format("cannot cast jsonb {} to type {}", what,
                                               Type(to.id).name()));
  }
  if (to.id == TypeId::kBool) return sink.builder.append_bool(json == "true");
  const std::optional<Decimal> number = Decimal::parse(json);
  if (!number) return sink.fail(row, "22003", "numeric field overflow");
  decimal_to(sink, row, *number, to);
}

void cast_row(Sink& sink, const Column& column, uint32_t row, const Type& to) {
  const Type& from = column.type();
  const bool same = to.id == from.id;
  if (same && (from.id == TypeId::kText || from.id == TypeId::kJsonb)) {
    return text_to(sink, row, column.text(row), to);
  }
  if (from.id == TypeId::kBpchar && (same || to.id == TypeId::kText)) {
    return text_to(sink, row, without_pad(column.text(row)), to);
  }
  if (to.id == TypeId::kText || to.id == TypeId::kBpchar) {
    std::string text;
    if (from.id == TypeId::kBool) {
      text = column.value<uint8_t>(row) ? "true" : "false";
    } else {
      append_text_form(text, column, row);
    }
    return text_to(sink, row, text, to);
  }
  switch (from.id) {
    case TypeId::kInt2: return integer_to(sink, row, column.value<int16_t>(row), to);
    case TypeId::kInt4: return integer_to(sink, row, column.value<int32_t>(row), to);
    case TypeId::kInt8: return integer_to(sink, row, column.value<int64_t>(row), to);
    case TypeId::kBool: return sink.builder.append<int32_t>(column.value<uint8_t>(row));
    case TypeId::kFloat4: return double_to(sink, row, column.value<float>(row), to, true);
    case TypeId::kFloat8: return double_to(sink, row, column.value<double>(row), to, false);
    case TypeId::kNumeric: return decimal_to(sink, row, column.value<Decimal>(row), to);
    case TypeId::kDate: return date_to(sink, row, column.value<int32_t>(row));
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return time_to(sink, row, column.value<int64_t>(row), from.id, to);
    case TypeId::kTime: {
      const int64_t micros = round_fraction(column.value<int64_t>(row), to);
      if (to.id == TypeId::kTime) return sink.builder.append(micros);
      return sink.builder.append(cut_interval({0, 0, micros}, to));
    }
    case TypeId::kInterval: {
      const Interval& v = column.value<Interval>(row);
      if (to.id == TypeId::kInterval) return sink.builder.append(cut_interval(v, to));
      return sink.builder.append(round_fraction(floor_mod(v.micros, kMicrosPerDay), to));
    }
    case TypeId::kUnknown:
    case TypeId::kBpchar:
    case TypeId::kText: return text_to(sink, row, column.text(row), to);
    case TypeId::kJsonb: return jsonb_to(sink, row, column.text(row), to);
    default: return sink.fail(row, "42846", "this cast does not exist");
  }
}

}  // namespace

bool cast_exists(Type from, Type to, CastContext context) {
  const std::optional<CastContext> least = cast_context(from, to);
  return least && *least <= context;
}

namespace {

// All elements in one go; an array with an element that cannot be cast cannot be cast.
void cast_arrays(Sink& sink, const Column& column, const Type& to) {
  const FlatArrays flat = flatten_arrays(column);
  const CastResult cast = cast_column(flat.elements, to.element());
  size_t next = 0;
  for (uint32_t row = 0; row < column.slots(); ++row) {
    while (next < cast.errors.size() && cast.errors[next].row < flat.begins[row]) ++next;
    if (column.is_null(row)) {
      sink.builder.append_null();
    } else if (next < cast.errors.size() && cast.errors[next].row < flat.begins[row + 1]) {
      sink.fail(row, cast.errors[next].sqlstate, cast.errors[next].message);
    } else {
      const ArrayLengths lengths = array_lengths(column.text(row));
      sink.builder.append_text(make_array(lengths, *cast.column, flat.begins[row]));
    }
  }
}

// Field by field; a record with a field that cannot be cast cannot be cast.
void cast_records(Sink& sink, const Column& column, const Type& to) {
  std::vector<ColumnPtr> fields = record_columns(column);
  std::vector<const RowError*> failed(column.slots());
  std::vector<CastResult> casts;
  for (size_t i = 0; i < fields.size(); ++i) {
    casts.push_back(cast_column(fields[i], to.detail->fields[i].type));
    fields[i] = casts.back().column;
  }
  for (const CastResult& cast : casts) {
    for (const RowError& error : cast.errors) {
      if (!failed[error.row]) failed[error.row] = &error;
    }
  }
  for (uint32_t row = 0; row < column.slots(); ++row) {
    if (column.is_null(row)) {
      sink.builder.append_null();
    } else if (failed[row]) {
      sink.fail(row, failed[row]->sqlstate, failed[row]->message);
    } else {
      sink.builder.append_text(make_record(fields, row));
    }
  }
}

void cast_rows(Sink& sink, const Column& column, const Type& to) {
  if (column.type().is_array() && to.is_array()) return cast_arrays(sink, column, to);
  if (column.type().id == TypeId::kRecord && to.id == TypeId::kRecord) {
    return cast_records(sink, column, to);
  }
  for (uint32_t row = 0; row < column.slots(); ++row) {
    if (column.is_null(row)) {
      sink.builder.append_null();
    } else {
      cast_row(sink, column, row, to);
    }
  }
}

}  // namespace

CastResult cast_column(const ColumnPtr& column, Type to) {
  const Type& from = column->type();
  if (from == to || (to.id == TypeId::kRecord && !to.detail)) return {column, {}};
  const bool as_it_is = to.precision < 0 && (to.scale < 0 || to.scale == from.scale);
  const bool same_fields = to.detail == from.detail || from.element().id != TypeId::kRecord;
  if (from.id == to.id && as_it_is && same_fields) return {Column::retype(column, to), {}};
  if (from.id == TypeId::kUnknown && column->slots() > 0 && column->is_constant() &&
      column->is_null(0)) {
    return {Column::nulls(to, column->size()), {}};
  }
  Sink sink{ColumnBuilder(to), {}};
  const uint32_t slots = column->slots();
  sink.builder.reserve(slots);
  cast_rows(sink, *column, to);
  if (!column->is_constant() || slots == 0) return {sink.builder.finish(), std::move(sink.errors)};
  RowErrors every;
  if (!sink.errors.empty()) {
    for (uint32_t row = 0; row < column->size(); ++row) {
      every.push_back(sink.errors[0]);
      every.back().row = row;
    }
  }
  return {sink.builder.finish_constant(column->size()), std::move(every)};
}

Result<Value> cast_value(const Value& value, Type to) {
  if (value.is_null()) return Value::null(to);
  if (value.type.id == TypeId::kUnknown) {
    return parse_text_form(std::get<std::string>(value.data), to);
  }
  const CastResult cast = cast_column(constant_column(value, 1), to);
  if (!cast.errors.empty()) {
    return Error(ErrorKind::kInvalidData, 1302, cast.errors[0].message)
        .sqlstate(cast.errors[0].sqlstate);
  }
  return value_at(*cast.column, 0);
}

}  // namespace weir
