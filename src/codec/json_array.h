// A JSON array as a value of an array type: [[1,2],[3,4]] for integer[].
#pragma once
#include "codec/scalar.h"

namespace weir::codec {

// Appends, or answers false with the reason and appends nothing. `json` begins with '['.
bool append_json_array(ColumnBuilder& builder, const DecodeColumn& column, std::string_view json,
                       ParseError* error);

}  // namespace weir::codec
