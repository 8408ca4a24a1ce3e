#include "data/compare.h"

#include <cmath>
#include <numeric>

#include "data/array.h"
#include "data/bpchar.h"
#include "data/jsonb.h"
#include "data/record.h"

namespace weir {

namespace {

template <class Float>
std::strong_ordering compare_floats(Float a, Float b) {
  const bool nan_a = std::isnan(a);
  const bool nan_b = std::isnan(b);
  if (nan_a || nan_b) return nan_a <=> nan_b;
  if (a < b) return std::strong_ordering::less;
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

template <class T>
std::strong_ordering compare_as(const Column& a, uint32_t i, const Column& b, uint32_t j) {
  return a.value<T>(i) <=> b.value<T>(j);
}

}  // namespace

Int128 interval_length(const Interval& interval) {
  constexpr int64_t kDayMicros = 86'400'000'000;
  const Int128 days = Int128{interval.months} * 30 + interval.days;
  return days * kDayMicros + interval.micros;
}

std::strong_ordering compare_values(const Column& a, uint32_t i, const Column& b, uint32_t j) {
  if (a.type().is_array()) return compare_arrays(a.type(), a.text(i), b.text(j));
  switch (a.type().id) {
    case TypeId::kUnknown: return std::strong_ordering::equal;
    case TypeId::kBool: return compare_as<uint8_t>(a, i, b, j);
    case TypeId::kInt2: return compare_as<int16_t>(a, i, b, j);
    case TypeId::kInt4:
    case TypeId::kDate: return compare_as<int32_t>(a, i, b, j);
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return compare_as<int64_t>(a, i, b, j);
    case TypeId::kFloat4: return compare_floats(a.value<float>(i), b.value<float>(j));
    case TypeId::kFloat8: return compare_floats(a.value<double>(i), b.value<double>(j));
    case TypeId::kNumeric: return Decimal::compare(a.value<Decimal>(i), b.value<Decimal>(j));
    case TypeId::kText:
    case TypeId::kEnum:
    case TypeId::kBytea: return a.text(i).compare(b.text(j)) <=> 0;
    case TypeId::kBpchar: return without_pad(a.text(i)).compare(without_pad(b.text(j))) <=> 0;
    case TypeId::kRecord: return compare_records(a.type(), a.text(i), b.text(j));
    case TypeId::kJsonb: return compare_jsonb(a.text(i), b.text(j));
    case TypeId::kInterval:
      return interval_length(a.value<Interval>(i)) <=> interval_length(b.value<Interval>(j));
    case TypeId::kUuid:
      return std::memcmp(&a.value<Uuid>(i), &b.value<Uuid>(j), sizeof(Uuid)) <=> 0;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare_rows(const Batch& a, uint32_t row_a, const Batch& b, uint32_t row_b,
                                  const std::vector<SortColumn>& order) {
  for (const SortColumn& by : order) {
    const Column& left = *a.columns[by.column];
    const Column& right = *b.columns[by.column];
    const bool null_left = left.is_null(row_a);
    const bool null_right = right.is_null(row_b);
    if (null_left || null_right) {
      if (null_left && null_right) continue;
      return null_left == by.nulls_first ? std::strong_ordering::less
                                         : std::strong_ordering::greater;
    }
    const auto compared = compare_values(left, row_a, right, row_b);
    if (compared != 0) {
      return by.descending == (compared < 0) ? std::strong_ordering::greater
                                             : std::strong_ordering::less;
    }
  }
  return std::strong_ordering::equal;
}

std::vector<uint32_t> sort_rows(const Batch& batch, const std::vector<SortColumn>& order) {
  std::vector<uint32_t> rows(batch.rows);
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    return compare_rows(batch, a, batch, b, order) < 0;
  });
  return rows;
}

}  // namespace weir
