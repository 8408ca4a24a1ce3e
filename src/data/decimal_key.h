// A numeric as bytes whose memcmp is SQL's order, equal for equal values whatever their scale (1.0
// and 1.00); no encoding is the beginning of another. Part of the frozen key encoding.
#pragma once
#include <string>

#include "data/decimal.h"

namespace weir {

void append_decimal_key(std::string& out, const Decimal& v);

}  // namespace weir
