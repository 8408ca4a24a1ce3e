// Casts between types, PostgreSQL's: which exist, in which context, and what they do to values.
#pragma once
#include "data/row_errors.h"
#include "data/value.h"

namespace weir {

enum class CastContext : uint8_t { kImplicit, kAssignment, kExplicit };

bool cast_exists(Type from, Type to, CastContext context);

struct CastResult {
  ColumnPtr column;
  RowErrors errors;  // rows that could not be cast are NULL in `column`
};
// `to` may carry a length or precision: casts to varchar(3) cut, to numeric(5,2) round or overflow.
CastResult cast_column(const ColumnPtr& column, Type to);
Result<Value> cast_value(const Value& value, Type to);

}  // namespace weir
