#include "flow/collected.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "data/array.h"
#include "data/jsonb.h"
#include "data/text_form.h"
#include "expr/time_arithmetic.h"

namespace weir::flow {

namespace {

using plan::AggregateKind;
using Entries = std::vector<ValueSets::Entry>;

// Where forms stand apart the key ends with the value.
std::string_view key_of(const BoundCall& call, const ValueSets::Entry& entry) {
  return call.by_form() ? entry.key.substr(0, entry.key.size() - entry.counted->value.size())
                        : entry.key;
}

// Of equal values the first form.
void keep_distinct(const BoundCall& call, Entries& entries) {
  Entries kept;
  for (const ValueSets::Entry& entry : entries) {
    if (kept.empty() || key_of(call, kept.back()) != key_of(call, entry)) kept.push_back(entry);
  }
  entries = std::move(kept);
}

Batch decode_values(const BoundCall& call, const Entries& entries) {
  BatchBuilder builder(call.arguments());
  for (const ValueSets::Entry& entry : entries) {
    WEIR_CHECK(decode_row(entry.counted->value, builder));
    builder.end_row();
  }
  return builder.finish();
}

// Numbers of entries in the order in which their values stand in a list, one for each value.
std::vector<uint32_t> in_order(const BoundCall& call, const Entries& entries) {
  std::vector<uint32_t> order;
  if (call.by_arrival() && !call.call().distinct) {
    std::vector<std::pair<int64_t, uint32_t>> arrived;
    for (uint32_t i = 0; i < entries.size(); ++i) {
      for (const int64_t arrival : entries[i].counted->arrivals) arrived.emplace_back(arrival, i);
    }
    std::sort(arrived.begin(), arrived.end());
    for (const auto& [arrival, i] : arrived) order.push_back(i);
    return order;
  }
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const int64_t times = call.call().distinct ? 1 : entries[i].counted->count;
    for (int64_t k = 0; k < times; ++k) order.push_back(i);
  }
  return order;
}

void join_text(const Batch& values, const std::vector<uint32_t>& order, Answer answer) {
  std::string text;
  for (size_t i = 0; i < order.size(); ++i) {
    const Column& separator = *values.columns[1];
    if (i > 0 && !separator.is_null(order[i])) text += separator.text(order[i]);
    text += values.columns[0]->text(order[i]);
  }
  answer.column.append_text(text);
}

bool append_jsonb(const std::string& text, Answer answer) {
  std::string canonical;
  std::string reason;
  if (!canonical_jsonb(text, canonical, &reason)) {
    return answer.fail("22003", "value overflows numeric format");
  }
  answer.column.append_text(canonical);
  return true;
}

bool append_array(const Batch& values, const std::vector<uint32_t>& order, Answer answer) {
  std::string text = "[";
  for (const uint32_t i : order) {
    if (text.size() > 1) text += ",";
    append_json_form(text, *values.columns[0], i);
  }
  return append_jsonb(text + "]", answer);
}

bool append_object(const Batch& values, const std::vector<uint32_t>& order, Answer answer) {
  std::string text = "{";
  for (const uint32_t i : order) {
    if (values.columns[0]->is_null(i)) {
      return answer.fail("22023", "field name must not be null");
    }
    if (text.size() > 1) text += ",";
    append_json_name(text, *values.columns[0], i);
    text += ":";
    append_json_form(text, *values.columns[1], i);
  }
  return append_jsonb(text + "}", answer);
}

// Elements that are arrays become the rows of one with a dimension more.
bool append_stacked(const BoundCall& call, const Batch& values, const std::vector<uint32_t>& order,
                    Answer answer) {
  const Type type = call.arguments().fields[0].type;
  ColumnBuilder elements(type.element());
  ArrayLengths lengths;
  for (const uint32_t i : order) {
    if (values.columns[0]->is_null(i)) return answer.fail("22004", "cannot accumulate null arrays");
    const Array array = read_array(type, values.columns[0]->text(i));
    if (array.size() == 0) return answer.fail("2202E", "cannot accumulate empty arrays");
    if (lengths.empty()) lengths = array.lengths;
    if (lengths != array.lengths) {
      return answer.fail("2202E", "cannot accumulate arrays of different dimensionality");
    }
    for (uint32_t k = 0; k < array.size(); ++k) elements.append_from(*array.elements, k);
  }
  if (lengths.size() == kMaxDimensions) {
    return answer.fail("54000", fmt::format("number of array dimensions ({}) exceeds the maximum "
                                            "allowed ({})", kMaxDimensions + 1, kMaxDimensions));
  }
  lengths.insert(lengths.begin(), static_cast<uint32_t>(order.size()));
  answer.column.append_text(make_array(lengths, *elements.finish()));
  return true;
}

bool append_elements(const BoundCall& call, const Batch& values, const std::vector<uint32_t>& order,
                     Answer answer) {
  if (call.arguments().fields[0].type.is_array()) {
    return append_stacked(call, values, order, answer);
  }
  ColumnBuilder elements(call.arguments().fields[0].type);
  for (const uint32_t i : order) elements.append_from(*values.columns[0], i);
  answer.column.append_text(make_flat_array(std::move(elements)));
  return true;
}

bool finish_list(const BoundCall& call, const Entries& entries, Answer answer) {
  const Batch values = decode_values(call, entries);
  const std::vector<uint32_t> order = in_order(call, entries);
  switch (call.call().kind) {
    case AggregateKind::kArrayAgg: return append_elements(call, values, order, answer);
    case AggregateKind::kJsonbAgg: return append_array(values, order, answer);
    case AggregateKind::kJsonbObjectAgg: return append_object(values, order, answer);
    default: join_text(values, order, answer); return true;
  }
}

int64_t total(const Entries& entries) {
  int64_t n = 0;
  for (const ValueSets::Entry& entry : entries) n += entry.counted->count;
  return n;
}

// The value of row `n` (from 0) of the order.
Value nth(const BoundCall& call, const Entries& entries, int64_t n) {
  size_t i = 0;
  for (; i + 1 < entries.size() && n >= entries[i].counted->count; ++i) {
    n -= entries[i].counted->count;
  }
  return value_at(*decode_values(call, {entries[i]}).columns[0], 0);
}

// Between two intervals, as lo + (hi - lo) * part.
std::optional<Interval> between(const Interval& lo, const Interval& hi, double part) {
  const Interval span{hi.months - lo.months, hi.days - lo.days, hi.micros - lo.micros};
  const std::optional<Interval> share = expr::scale_interval(span, part);
  if (!share) return std::nullopt;
  Interval out;
  const bool bad = __builtin_add_overflow(lo.months, share->months, &out.months) ||
                   __builtin_add_overflow(lo.days, share->days, &out.days) ||
                   __builtin_add_overflow(lo.micros, share->micros, &out.micros);
  return bad ? std::nullopt : std::optional<Interval>(out);
}

bool is_fraction(const Value& value, Answer answer) {
  const double fraction = std::get<double>(value.data);
  if (fraction >= 0 && fraction <= 1) return true;
  return answer.fail("22003", fmt::format("percentile value {} is not between 0 and 1",
                                          text_form(value)));
}

bool finish_percentile(const BoundCall& call, const Entries& entries, double fraction,
                       Answer answer) {
  const auto n = static_cast<double>(total(entries));
  if (call.call().kind == AggregateKind::kPercentileDisc) {
    const double row = std::ceil(fraction * n);
    const int64_t at = std::max<int64_t>(1, static_cast<int64_t>(row)) - 1;
    append_value(answer.column, nth(call, entries, at));
    return true;
  }
  const double at = fraction * (n - 1);
  const auto first = static_cast<int64_t>(std::floor(at));
  const auto second = static_cast<int64_t>(std::ceil(at));
  const Value lo = nth(call, entries, first);
  const Value hi = first == second ? lo : nth(call, entries, second);
  const double part = at - std::floor(at);
  if (first == second) {
    append_value(answer.column, lo);
  } else if (const auto* span = std::get_if<Interval>(&lo.data)) {
    const auto value = between(*span, std::get<Interval>(hi.data), part);
    if (!value) return answer.fail("22008", "interval out of range");
    answer.column.append(*value);
  } else {
    const double low = std::get<double>(lo.data);
    answer.column.append(low + part * (std::get<double>(hi.data) - low));
  }
  return true;
}

// An array of the values at each fraction of an array.
bool finish_percentiles(const BoundCall& call, const Entries& entries, const Value& direct,
                        Answer answer) {
  const Array fractions = read_array(direct.type, std::get<std::string>(direct.data));
  ColumnBuilder elements(call.call().result.element());
  const Answer each{elements, answer.error};
  for (uint32_t i = 0; i < fractions.size(); ++i) {
    if (fractions.elements->is_null(i)) {
      elements.append_null();
      continue;
    }
    const Value fraction = value_at(*fractions.elements, i);
    if (!is_fraction(fraction, answer)) return false;
    if (!finish_percentile(call, entries, std::get<double>(fraction.data), each)) return false;
  }
  answer.column.append_text(make_array(fractions.lengths, *elements.finish()));
  return true;
}

void finish_mode(const BoundCall& call, const Entries& entries, Answer answer) {
  size_t best = 0;
  int64_t most = 0;
  for (size_t i = 0; i < entries.size();) {
    int64_t count = 0;
    const size_t first = i;
    for (; i < entries.size() && key_of(call, entries[i]) == key_of(call, entries[first]); ++i) {
      count += entries[i].counted->count;
    }
    if (count > most) best = first, most = count;
  }
  append_value(answer.column, value_at(*decode_values(call, {entries[best]}).columns[0], 0));
}

std::string key_of_row(const BoundCall& call, std::span<const Value> row) {
  Batch one;
  one.rows = 1;
  std::vector<SortColumn> order = call.call().order;
  for (uint32_t i = 0; i < row.size(); ++i) {
    one.columns.push_back(constant_column(row[i], 1));
    order[i].column = i;
  }
  RowBytes keys;
  encode_keys(one, order, keys);
  return std::string(keys[0]);
}

void finish_rank(const BoundCall& call, const Entries& entries, std::span<const Value> direct,
                 Answer answer) {
  const std::string row = key_of_row(call, direct);
  int64_t before = 0;
  int64_t different = 0;
  int64_t up_to = 0;
  for (const ValueSets::Entry& entry : entries) {
    if (entry.key < row) before += entry.counted->count, ++different;
    if (entry.key <= row) up_to += entry.counted->count;
  }
  const auto n = static_cast<double>(total(entries));
  switch (call.call().kind) {
    case AggregateKind::kRank: return answer.column.append(before + 1);
    case AggregateKind::kDenseRank: return answer.column.append(different + 1);
    case AggregateKind::kPercentRank:
      return answer.column.append(n == 0 ? 0.0 : static_cast<double>(before) / n);
    default: return answer.column.append(static_cast<double>(up_to + 1) / (n + 1));
  }
}

}  // namespace

bool finish_collected(const BoundCall& call, Entries entries, std::span<const Value> direct,
                      Answer answer) {
  const AggregateKind kind = call.call().kind;
  if (call.call().distinct) keep_distinct(call, entries);
  switch (kind) {
    case AggregateKind::kRank:
    case AggregateKind::kDenseRank:
    case AggregateKind::kPercentRank:
    case AggregateKind::kCumeDist: finish_rank(call, entries, direct, answer); return true;
    case AggregateKind::kPercentileCont:
    case AggregateKind::kPercentileDisc: {
      if (direct[0].is_null()) break;
      if (direct[0].type.is_array()) {
        if (entries.empty()) break;
        return finish_percentiles(call, entries, direct[0], answer);
      }
      if (!is_fraction(direct[0], answer)) return false;
      if (entries.empty()) break;
      return finish_percentile(call, entries, std::get<double>(direct[0].data), answer);
    }
    default:
      if (entries.empty()) break;
      if (kind != AggregateKind::kMode) return finish_list(call, entries, answer);
      finish_mode(call, entries, answer);
      return true;
  }
  answer.column.append_null();
  return true;
}

}  // namespace weir::flow
