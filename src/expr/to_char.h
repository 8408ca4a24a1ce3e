// to_char of timestamps.
#pragma once
#include "expr/function.h"

namespace weir::expr {

ColumnPtr timestamp_to_char(const KernelCall& call);  // (timestamp or timestamptz, text)

}  // namespace weir::expr
