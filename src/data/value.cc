#include "data/value.h"

namespace weir {

Value value_at(const Column& column, uint32_t row) {
  const Type type = column.type();
  if (column.is_null(row)) return Value::null(type);
  if (type.is_array()) return {type, std::string(column.text(row))};
  switch (type.id) {
    case TypeId::kUnknown: break;
    case TypeId::kBool: return {type, column.value<uint8_t>(row) != 0};
    case TypeId::kInt2: return {type, int64_t{column.value<int16_t>(row)}};
    case TypeId::kInt4:
    case TypeId::kDate: return {type, int64_t{column.value<int32_t>(row)}};
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return {type, column.value<int64_t>(row)};
    case TypeId::kFloat4: return {type, double{column.value<float>(row)}};
    case TypeId::kFloat8: return {type, column.value<double>(row)};
    case TypeId::kNumeric: return {type, column.value<Decimal>(row)};
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kEnum:
    case TypeId::kRecord:
    case TypeId::kBpchar:
    case TypeId::kJsonb: return {type, std::string(column.text(row))};
    case TypeId::kInterval: return {type, column.value<Interval>(row)};
    case TypeId::kUuid: return {type, column.value<Uuid>(row)};
  }
  return Value::null(type);
}

void append_value(ColumnBuilder& builder, const Value& value) {
  if (value.is_null()) return builder.append_null();
  const auto integer = [&] { return std::get<int64_t>(value.data); };
  if (builder.type().is_array()) return builder.append_text(std::get<std::string>(value.data));
  switch (builder.type().id) {
    case TypeId::kUnknown: return builder.append_null();
    case TypeId::kBool: return builder.append_bool(std::get<bool>(value.data));
    case TypeId::kInt2: return builder.append(static_cast<int16_t>(integer()));
    case TypeId::kInt4:
    case TypeId::kDate: return builder.append(static_cast<int32_t>(integer()));
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return builder.append(integer());
    case TypeId::kFloat4: return builder.append(static_cast<float>(std::get<double>(value.data)));
    case TypeId::kFloat8: return builder.append(std::get<double>(value.data));
    case TypeId::kNumeric: return builder.append(std::get<Decimal>(value.data));
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kEnum:
    case TypeId::kRecord:
    case TypeId::kBpchar:
    case TypeId::kJsonb: return builder.append_text(std::get<std::string>(value.data));
    case TypeId::kInterval: return builder.append(std::get<Interval>(value.data));
    case TypeId::kUuid: return builder.append(std::get<Uuid>(value.data));
  }
}

ColumnPtr constant_column(const Value& value, uint32_t size) {
  ColumnBuilder builder(value.type);
  append_value(builder, value);
  return builder.finish_constant(size);
}

}  // namespace weir
