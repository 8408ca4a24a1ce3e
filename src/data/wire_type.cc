#include "data/wire_type.h"

namespace weir {

namespace {

struct Entry {
  TypeId id;
  uint32_t oid;
  int16_t length;
};

// One row a type that weir prints; an unknown literal is text once it is a result.
constexpr Entry kTypes[] = {
    {TypeId::kUnknown, 25, -1},     {TypeId::kBool, 16, 1},         {TypeId::kInt2, 21, 2},
    {TypeId::kInt4, 23, 4},         {TypeId::kInt8, 20, 8},         {TypeId::kFloat4, 700, 4},
    {TypeId::kFloat8, 701, 8},      {TypeId::kNumeric, 1700, -1},   {TypeId::kText, 25, -1},
    {TypeId::kBytea, 17, -1},       {TypeId::kDate, 1082, 4},       {TypeId::kTime, 1083, 8},
    {TypeId::kTimestamp, 1114, 8},  {TypeId::kTimestamptz, 1184, 8}, {TypeId::kInterval, 1186, 16},
    {TypeId::kUuid, 2950, 16},      {TypeId::kJsonb, 3802, -1},
};

// Further types that clients declare for parameters.
constexpr Entry kAccepted[] = {
    {TypeId::kUnknown, 0, -1},   {TypeId::kUnknown, 705, -2}, {TypeId::kText, 1043, -1},
    {TypeId::kText, 1042, -1},   {TypeId::kText, 19, 64},     {TypeId::kJsonb, 114, -1},
    {TypeId::kInt8, 26, 4},
};

constexpr uint32_t kVarchar = 1043;
constexpr int32_t kModifierOffset = 4;

}  // namespace

WireType wire_type(const Type& type) {
  WireType out{25, -1, -1};
  for (const Entry& entry : kTypes) {
    if (entry.id == type.id) out = {entry.oid, entry.length, -1};
  }
  if (type.precision < 0) return out;
  if (type.id == TypeId::kNumeric) {
    const int32_t scale = type.scale < 0 ? 0 : type.scale;
    out.modifier = ((int32_t{type.precision} << 16) | scale) + kModifierOffset;
  } else if (type.id == TypeId::kText) {
    out.oid = kVarchar;
    out.modifier = type.precision + kModifierOffset;
  }
  return out;
}

std::optional<Type> type_of_oid(uint32_t oid) {
  for (const Entry& entry : kAccepted) {
    if (entry.oid == oid) return entry.id;
  }
  for (const Entry& entry : kTypes) {
    if (entry.oid == oid && entry.id != TypeId::kUnknown) return entry.id;
  }
  return std::nullopt;
}

}  // namespace weir
