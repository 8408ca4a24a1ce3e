// What PostgreSQL calls our types on the wire: object id, length and modifier, and back.
#pragma once
#include <cstdint>
#include <optional>

#include "data/type.h"

namespace weir {

struct WireType {
  uint32_t oid = 0;
  int16_t length = -1;    // of pg_type.typlen
  int32_t modifier = -1;  // atttypmod: numeric(p,s), varchar(n)
};

WireType wire_type(const Type& type);

// 0 and 705 (unknown) give kUnknown; nullopt: a type that weir does not have.
std::optional<Type> type_of_oid(uint32_t oid);

}  // namespace weir
