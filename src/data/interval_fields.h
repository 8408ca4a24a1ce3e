// The fields that a type such as INTERVAL YEAR TO MONTH keeps. They stand in the type's `scale`,
// and the digits of a second of interval(p), time(p) and timestamp(p) in its `precision`.
#pragma once
#include "data/type.h"

namespace weir {

constexpr int kSecondField = 1;
constexpr int kMinuteField = 2;
constexpr int kHourField = 4;
constexpr int kDayField = 8;
constexpr int kMonthField = 16;
constexpr int kYearField = 32;
constexpr int kAllFields = 63;

constexpr int interval_fields(const Type& type) { return type.scale < 0 ? kAllFields : type.scale; }

}  // namespace weir
