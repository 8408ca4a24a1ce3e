#include "flow/bound_call.h"

#include <algorithm>

#include "flow/collected.h"

namespace weir::flow {

using plan::AggregateKind;

bool has_forms(const Type& type) {
  if (type.is_array()) return has_forms(type.element());
  return (type.id == TypeId::kNumeric && type.precision < 0) || type.is_float() ||
         type.id == TypeId::kInterval || type.id == TypeId::kJsonb ||
         type.id == TypeId::kBpchar || type.id == TypeId::kRecord;
}

namespace {

bool is_list(AggregateKind kind) {
  return kind == AggregateKind::kStringAgg || kind == AggregateKind::kArrayAgg ||
         kind == AggregateKind::kJsonbAgg || kind == AggregateKind::kJsonbObjectAgg;
}

bool is_hypothetical(AggregateKind kind) {
  return kind == AggregateKind::kRank || kind == AggregateKind::kDenseRank ||
         kind == AggregateKind::kPercentRank || kind == AggregateKind::kCumeDist;
}

// Answered from all values of the group, in order.
bool is_collected(AggregateKind kind) {
  return is_list(kind) || is_hypothetical(kind) || kind == AggregateKind::kPercentileCont ||
         kind == AggregateKind::kPercentileDisc || kind == AggregateKind::kMode;
}

bool keeps_nulls(AggregateKind kind) {
  return (is_list(kind) && kind != AggregateKind::kStringAgg) || is_hypothetical(kind) ||
         kind == AggregateKind::kSingle || kind == AggregateKind::kCountStar;
}

}  // namespace

BoundCall::BoundCall(plan::AggregateCall call, const Schema& input, bool append_only)
    : call_(std::move(call)) {
  const AggregateKind kind = call_.kind;
  bool forms = false;
  for (const uint32_t c : call_.arguments) {
    arguments_.fields.push_back(input.fields[c]);
    forms = forms || has_forms(input.fields[c].type);
  }
  // A sketch cannot forget: where rows go, the values are counted one by one.
  if (kind == AggregateKind::kApproxCountDistinct && !append_only) {
    call_.kind = AggregateKind::kCount;
    call_.distinct = true;
  }
  const bool single = kind == AggregateKind::kSingle;
  sums_ = !is_extreme() && !is_collected(kind) && !single;
  if (is_extreme()) call_.distinct = false;
  has_set_ = !sums_ || call_.distinct;
  by_form_ = has_set_ && forms && !is_hypothetical(kind);
  by_arrival_ = is_list(kind) && call_.order.empty() && !call_.distinct;
  if (!keeps_nulls(kind)) {
    const size_t n = kind == AggregateKind::kStringAgg ? 1 : call_.arguments.size();
    not_null_.assign(call_.arguments.begin(),
                     call_.arguments.begin() + static_cast<std::ptrdiff_t>(n));
  }
  key_columns_ = call_.order;
  for (const uint32_t c : call_.arguments) {
    const bool known = std::any_of(call_.order.begin(), call_.order.end(),
                                   [&](const SortColumn& by) { return by.column == c; });
    if (!known) key_columns_.push_back({c});
  }
}

bool BoundCall::is_extreme() const {
  return call_.kind == AggregateKind::kMin || call_.kind == AggregateKind::kMax;
}

Batch BoundCall::arguments_of(const Batch& rows) const {
  Batch arguments;
  arguments.rows = rows.rows;
  for (const uint32_t c : call_.arguments) arguments.columns.push_back(rows.columns[c]);
  return arguments;
}

bool BoundCall::counts(const Batch& rows, uint32_t row) const {
  if (call_.filter) {
    const Column& filter = *rows.columns[*call_.filter];
    if (filter.is_null(row) || !filter.value<uint8_t>(row)) return false;
  }
  return std::none_of(not_null_.begin(), not_null_.end(),
                      [&](uint32_t c) { return rows.columns[c]->is_null(row); });
}

void BoundCall::keys_of(const Batch& rows, RowBytes& keys) const {
  if (has_set_) encode_keys(rows, key_columns_, keys);
}

void BoundCall::add(const CallRow& row, const CallPlace& place) const {
  if (has_set_) {
    add_to_set(row, place);
  } else {
    place.accumulator.add(call_, row.arguments, row.row, row.weight);
  }
}

void BoundCall::add_to_set(const CallRow& row, const CallPlace& place) const {
  std::string value;
  encode_row(row.arguments, row.row, value);
  if (!sums_) place.accumulator.add_count(row.weight);
  if (by_form_ && call_.distinct) {
    for (const auto& change : place.sets.add_form(place.set, {row.key, value, row.weight})) {
      add_change(change, place.accumulator);
    }
    return;
  }
  const std::string key = by_form_ ? std::string(row.key) + value : std::string(row.key);
  const int64_t arrival = by_arrival_ ? ++*place.last_arrival : 0;
  add_change(place.sets.add(place.set, {key, value, row.weight, arrival}), place.accumulator);
}

void BoundCall::add_change(const ValueSets::Change& change, Accumulator& accumulator) const {
  if (change.by == 0 || !sums_) return;
  BatchBuilder builder(arguments_);
  WEIR_CHECK(decode_row(change.value, builder));
  builder.end_row();
  accumulator.add(call_, builder.finish(), 0, change.by);
}

const std::string* BoundCall::extreme(const CallPlace& place) const {
  return call_.kind == AggregateKind::kMax ? place.sets.greatest(place.set)
                                           : place.sets.least(place.set);
}

bool BoundCall::encode_number(const Accumulator& accumulator, std::string& out) const {
  if (!sums_) return false;
  const std::optional<int64_t> number = accumulator.whole_number(call_, arguments_);
  if (!number) return false;
  ByteWriter w(out);
  w.le<uint8_t>(1);
  w.le(*number);
  return true;
}

bool BoundCall::finish(const CallPlace& place, std::span<const Value> direct,
                       Answer answer) const {
  if (sums_) return place.accumulator.finish(call_, arguments_, direct, answer);
  if (is_collected(call_.kind)) {
    return finish_collected(*this, place.sets.entries(place.set), direct, answer);
  }
  if (call_.kind == AggregateKind::kSingle && place.accumulator.count() > 1) {
    return answer.fail("21000",
                       "more than one row returned by a subquery used as an expression");
  }
  const std::string* value = extreme(place);
  if (!value) {
    answer.column.append_null();
    return true;
  }
  BatchBuilder builder(arguments_);
  WEIR_CHECK(decode_row(*value, builder));
  builder.end_row();
  answer.column.append_from(*builder.finish().columns[0], 0);
  return true;
}

}  // namespace weir::flow
