#include "data/wire_type.h"

namespace weir {

namespace {

struct Entry {
  TypeId id;
  uint32_t oid;
  int16_t length;
  uint32_t array_oid = 0;  // 0: that of the type it is read as
};

// One row a type that weir prints; an unknown literal is text once it is a result.
constexpr Entry kTypes[] = {
    {TypeId::kUnknown, 25, -1, 1009},    {TypeId::kBool, 16, 1, 1000},
    {TypeId::kInt2, 21, 2, 1005},        {TypeId::kInt4, 23, 4, 1007},
    {TypeId::kInt8, 20, 8, 1016},        {TypeId::kFloat4, 700, 4, 1021},
    {TypeId::kFloat8, 701, 8, 1022},     {TypeId::kNumeric, 1700, -1, 1231},
    {TypeId::kText, 25, -1, 1009},       {TypeId::kBytea, 17, -1, 1001},
    {TypeId::kDate, 1082, 4, 1182},      {TypeId::kTime, 1083, 8, 1183},
    {TypeId::kTimestamp, 1114, 8, 1115}, {TypeId::kTimestamptz, 1184, 8, 1185},
    {TypeId::kInterval, 1186, 16, 1187}, {TypeId::kUuid, 2950, 16, 2951},
    {TypeId::kJsonb, 3802, -1, 3807},    {TypeId::kBpchar, 1042, -1, 1014},
    {TypeId::kRecord, 2249, -1, 2287},   {TypeId::kEnum, 25, -1, 1009},
};

// Further types that clients declare for parameters.
constexpr Entry kAccepted[] = {
    {TypeId::kUnknown, 0, -1},        {TypeId::kUnknown, 705, -2},
    {TypeId::kText, 1043, -1, 1015},
    {TypeId::kText, 19, 64, 1003},    {TypeId::kJsonb, 114, -1, 199},
    {TypeId::kInt8, 26, 4, 1028},
};

constexpr uint32_t kVarchar = 1043;
constexpr uint32_t kVarcharArray = 1015;
constexpr int32_t kModifierOffset = 4;

}  // namespace

WireType wire_type(const Type& type) {
  WireType out{25, -1, -1};
  const TypeId element = type.element().id;
  for (const Entry& entry : kTypes) {
    if (entry.id == type.id) out = {entry.oid, entry.length, -1};
    if (entry.id == element && type.is_array()) out = {entry.array_oid, -1, -1};
  }
  if (type.precision < 0) return out;
  if (element == TypeId::kNumeric) {
    const int32_t scale = type.scale < 0 ? 0 : type.scale;
    out.modifier = ((int32_t{type.precision} << 16) | scale) + kModifierOffset;
  } else if (element == TypeId::kText) {
    out.oid = type.is_array() ? kVarcharArray : kVarchar;
    out.modifier = type.precision + kModifierOffset;
  } else if (element == TypeId::kBpchar) {
    out.modifier = type.precision + kModifierOffset;
  }
  return out;
}

std::optional<Type> type_of_oid(uint32_t oid) {
  for (const Entry& entry : kAccepted) {
    if (entry.oid == oid) return entry.id;
    if (entry.array_oid == oid && oid != 0) return array_id(entry.id);
  }
  for (const Entry& entry : kTypes) {
    if (entry.id == TypeId::kUnknown) continue;
    if (entry.oid == oid) return entry.id;
    if (entry.array_oid == oid) return array_id(entry.id);
  }
  return std::nullopt;
}

}  // namespace weir
