// Casts that are called as functions are: date(t), int4(x), float8(x). The table has those that
// PostgreSQL has; a call of a type's name with any other argument is a cast as well.
#include "data/cast.h"
#include "expr/kernel.h"
#include "expr/type_casts.h"

namespace weir::expr {

namespace {

using enum TypeId;

struct NamedCast {
  std::string_view name;
  TypeId to;
  std::vector<TypeId> from;
};

ColumnPtr cast_kernel(const KernelCall& c) {
  CastResult result = cast_column(c.args[0], c.result);
  c.errors = merge_row_errors(std::move(c.errors), std::move(result.errors));
  return result.column;
}

}  // namespace

std::optional<Type> type_called_as_function(std::string_view name) {
  static constexpr std::pair<std::string_view, TypeId> kTypes[] = {
      {"bool", kBool},     {"bytea", kBytea},         {"date", kDate},
      {"float4", kFloat4}, {"float8", kFloat8},       {"int2", kInt2},
      {"int4", kInt4},     {"int8", kInt8},           {"interval", kInterval},
      {"jsonb", kJsonb},   {"numeric", kNumeric},     {"text", kText},
      {"time", kTime},     {"timestamp", kTimestamp}, {"timestamptz", kTimestamptz},
      {"uuid", kUuid},     {"varchar", kText}};
  for (const auto& [type, id] : kTypes) {
    if (type == name) return Type(id);
  }
  return std::nullopt;
}

void add_type_casts(FunctionList& out) {
  const std::vector<NamedCast> casts = {
      {"bool", kBool, {kInt4, kJsonb}},
      {"date", kDate, {kTimestamp, kTimestamptz}},
      {"float4", kFloat4, {kInt2, kInt4, kInt8, kFloat8, kNumeric, kJsonb}},
      {"float8", kFloat8, {kInt2, kInt4, kInt8, kFloat4, kNumeric, kJsonb}},
      {"int2", kInt2, {kInt4, kInt8, kFloat4, kFloat8, kNumeric, kJsonb}},
      {"int4", kInt4, {kBool, kInt2, kInt8, kFloat4, kFloat8, kNumeric, kJsonb}},
      {"int8", kInt8, {kInt2, kInt4, kFloat4, kFloat8, kNumeric, kJsonb}},
      {"interval", kInterval, {kTime}},
      {"numeric", kNumeric, {kInt2, kInt4, kInt8, kFloat4, kFloat8, kJsonb}},
      {"text", kText, {kBool}},
      {"time", kTime, {kTimestamp, kTimestamptz, kInterval}},
      {"timestamp", kTimestamp, {kDate, kTimestamptz}},
      {"timestamptz", kTimestamptz, {kDate, kTimestamp}},
  };
  FunctionGroup add(out, "casts");
  for (const NamedCast& cast : casts) {
    for (const TypeId from : cast.from) {
      add(cast.name, {Type(from)}, cast.to, cast_kernel, "a cast to the type of this name");
    }
  }
}

}  // namespace weir::expr
