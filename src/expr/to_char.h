// to_char of timestamps and intervals.
#pragma once
#include "expr/function.h"

namespace weir::expr {

ColumnPtr timestamp_to_char(const KernelCall& call);  // (timestamp or timestamptz, text)
ColumnPtr interval_to_char(const KernelCall& call);   // (interval, text)

// What follows a number: 1ST, 2ND, 3RD, 4TH, 11TH.
std::string_view ordinal_suffix(std::string_view number);

}  // namespace weir::expr
