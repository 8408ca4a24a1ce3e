// One SQL value outside of a column: literals, parameters, single results. Never in inner loops.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "data/column.h"

namespace weir {

struct Value {
  Type type;
  // monostate: NULL. bool; int64_t: integers, date (days), time, timestamps (micros); double:
  // floats; string: text, char(n), bytea, jsonb; arrays, enums and records as their bytes.
  std::variant<std::monostate, bool, int64_t, double, Decimal, std::string, Interval, Uuid> data;

  bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  static Value null(Type type) { return {type, std::monostate{}}; }
  static Value of(bool v) { return {TypeId::kBool, v}; }
  static Value of(int64_t v) { return {TypeId::kInt8, v}; }
  static Value of(double v) { return {TypeId::kFloat8, v}; }
  static Value of(std::string v) { return {TypeId::kText, std::move(v)}; }
  bool operator==(const Value&) const = default;  // identity
};

Value value_at(const Column& column, uint32_t row);
void append_value(ColumnBuilder& builder, const Value& value);  // of the builder's type, or NULL
ColumnPtr constant_column(const Value& value, uint32_t size);

}  // namespace weir
