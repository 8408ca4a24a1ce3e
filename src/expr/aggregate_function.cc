#include "expr/aggregate_function.h"

#include <algorithm>
#include <array>

#include "expr/resolve_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;
using Kind = AggregateKind;

class Table {
 public:
  Table() {
    numbers();
    logic();
    statistics();
    collections();
    ordered_sets();
  }
  const std::vector<AggregateFunction>& functions() const { return functions_; }

 private:
  struct Row {
    Kind kind;
    std::string_view name;
    std::vector<Type> args;
    Type result;
    std::string_view summary;
  };

  AggregateFunction& add(Row row) {
    AggregateFunction f;
    f.kind = row.kind;
    f.signature.name = row.name;
    f.signature.args = std::move(row.args);
    f.signature.result = row.result;
    f.signature.summary = row.summary;
    f.signature.group = "aggregates";
    functions_.push_back(std::move(f));
    return functions_.back();
  }

  void numbers() {
    add({Kind::kCount, "count", {kUnknown}, kInt8, "rows whose value is not NULL; count(*): rows"});
    const std::pair<TypeId, TypeId> sums[] = {
        {kInt2, kInt8}, {kInt4, kInt8}, {kInt8, kNumeric}, {kNumeric, kNumeric},
        {kFloat4, kFloat4}, {kFloat8, kFloat8}, {kInterval, kInterval}};
    for (const auto& [from, to] : sums) {
      add({Kind::kSum, "sum", {from}, to, "sum"});
      const bool real = from == kFloat4 || from == kFloat8;
      add({Kind::kAvg, "avg", {from}, real ? kFloat8 : from == kInterval ? kInterval : kNumeric,
          "average"});
    }
    for (const TypeId id : {kInt2, kInt4, kInt8, kFloat4, kFloat8, kNumeric, kText, kDate, kTime,
                            kTimestamp, kTimestamptz, kInterval, kBpchar, kAnyEnum,
                            array_id(kAnyElement)}) {
      add({Kind::kMin, "min", {id}, id, "least value"});
      add({Kind::kMax, "max", {id}, id, "greatest value"});
    }
  }

  void logic() {
    add({Kind::kBoolAnd, "bool_and", {kBool}, kBool, "whether all are true"});
    add({Kind::kBoolAnd, "every", {kBool}, kBool, "whether all are true"});
    add({Kind::kBoolOr, "bool_or", {kBool}, kBool, "whether any is true"});
    for (const TypeId id : {kInt2, kInt4, kInt8}) {
      add({Kind::kBitAnd, "bit_and", {id}, id, "bits that are set in all"});
      add({Kind::kBitOr, "bit_or", {id}, id, "bits that are set in any"});
      add({Kind::kBitXor, "bit_xor", {id}, id, "bits that are set an odd number of times"});
    }
  }

  void statistics() {
    struct Of {
      Kind kind;
      std::string_view name;
      std::string_view summary;
    };
    const Of spreads[] = {{Kind::kVarPop, "var_pop", "variance of the population"},
                          {Kind::kVarSamp, "var_samp", "variance of a sample"},
                          {Kind::kVarSamp, "variance", "variance of a sample"},
                          {Kind::kStddevPop, "stddev_pop", "standard deviation of the population"},
                          {Kind::kStddevSamp, "stddev_samp", "standard deviation of a sample"},
                          {Kind::kStddevSamp, "stddev", "standard deviation of a sample"}};
    for (const Of& of : spreads) {
      for (const TypeId id : {kInt2, kInt4, kInt8, kNumeric, kFloat4, kFloat8}) {
        const bool real = id == kFloat4 || id == kFloat8;
        add({of.kind, of.name, {id}, real ? kFloat8 : kNumeric, of.summary});
      }
    }
    const Of pairs[] = {{Kind::kCorr, "corr", "correlation coefficient"},
                        {Kind::kCovarPop, "covar_pop", "covariance of the population"},
                        {Kind::kCovarSamp, "covar_samp", "covariance of a sample"},
                        {Kind::kRegrAvgX, "regr_avgx", "average of the second argument"},
                        {Kind::kRegrAvgY, "regr_avgy", "average of the first argument"},
                        {Kind::kRegrCount, "regr_count", "pairs without NULL"},
                        {Kind::kRegrIntercept, "regr_intercept", "the fitted line at x = 0"},
                        {Kind::kRegrR2, "regr_r2", "square of the correlation coefficient"},
                        {Kind::kRegrSlope, "regr_slope", "slope of the fitted line"},
                        {Kind::kRegrSxx, "regr_sxx", "sum of squares of the second argument"},
                        {Kind::kRegrSxy, "regr_sxy", "sum of products of both arguments"},
                        {Kind::kRegrSyy, "regr_syy", "sum of squares of the first argument"}};
    for (const Of& of : pairs) {
      const TypeId result = of.kind == Kind::kRegrCount ? kInt8 : kFloat8;
      add({of.kind, of.name, {kFloat8, kFloat8}, result, of.summary});
    }
    add({Kind::kApproxCountDistinct, "approx_count_distinct", {kUnknown}, kInt8,
        "number of different values, within about 2 % (exact where rows can be taken back)"});
  }

  void collections() {
    add({Kind::kStringAgg, "string_agg", {kText, kText}, kText, "values joined by a separator"});
    functions_.back().keeps_nulls = true;  // of the separator
    add({Kind::kStringAgg, "string_agg", {kBytea, kBytea}, kBytea, "values joined by a separator"});
    functions_.back().keeps_nulls = true;
    for (const Type type : {Type(kAnyNonArray), Type(array_id(kAnyElement))}) {
      add({Kind::kArrayAgg, "array_agg", {type}, array_id(kAnyElement),
          "an array of the values, NULLs too; of arrays, with one dimension more"})
          .keeps_nulls = true;
    }
    for (const std::string_view name : {"jsonb_agg", "json_agg"}) {
      add({Kind::kJsonbAgg, name, {kAnyElement}, kJsonb, "a JSON array of the values, NULLs too"})
          .keeps_nulls = true;
    }
    for (const std::string_view name : {"jsonb_object_agg", "json_object_agg"}) {
      add({Kind::kJsonbObjectAgg, name, {kUnknown, kUnknown}, kJsonb,
          "an object of keys and values"})
          .keeps_nulls = true;
    }
  }

  AggregateFunction& add_ordered(Row row) {
    AggregateFunction& f = add(std::move(row));
    f.form = AggregateForm::kOrderedSet;
    f.direct = f.signature.args.size() - 1;
    return f;
  }

  void ordered_sets() {
    add_ordered({Kind::kPercentileCont, "percentile_cont", {kFloat8, kFloat8}, kFloat8,
                "value at a fraction of the order, between two rows where need be"});
    add_ordered({Kind::kPercentileCont, "percentile_cont", {kFloat8, kInterval}, kInterval,
                "value at a fraction of the order, between two rows where need be"});
    add_ordered({Kind::kPercentileDisc, "percentile_disc", {kFloat8, kUnknown}, kUnknown,
                "first value at or behind a fraction of the order"})
        .signature.result_type = [](std::span<const Type> args) { return args[1].plain(); };
    const Type fractions = array_id(kFloat8);
    for (const TypeId id : {kFloat8, kInterval}) {
      add_ordered({Kind::kPercentileCont, "percentile_cont", {fractions, id}, array_id(id),
                  "the same for several fractions"});
    }
    add_ordered({Kind::kPercentileDisc, "percentile_disc", {fractions, kUnknown}, kUnknown,
                "the same for several fractions"})
        .signature.result_type =
        [](std::span<const Type> args) { return args[1].plain().array(); };
    add_ordered({Kind::kMode, "mode", {kUnknown}, kUnknown, "most frequent value"})
        .signature.result_type = [](std::span<const Type> args) { return args[0].plain(); };
    add_ordered({Kind::kApproxPercentile, "approx_percentile", {kFloat8, kFloat8}, kFloat8,
                "value at a fraction of the order, within 1 % of the value"});
    const std::tuple<Kind, std::string_view, TypeId, std::string_view> ranks[] = {
        {Kind::kRank, "rank", kInt8, "rank that the row of the arguments would have, with gaps"},
        {Kind::kDenseRank, "dense_rank", kInt8, "the same without gaps"},
        {Kind::kPercentRank, "percent_rank", kFloat8, "the same between 0 and 1"},
        {Kind::kCumeDist, "cume_dist", kFloat8, "share of rows up to that row"}};
    for (const auto& [kind, name, result, summary] : ranks) {
      AggregateFunction& f = add({kind, name, {kUnknown}, result, summary});
      f.signature.variadic = true;
      f.form = AggregateForm::kHypothetical;
      f.keeps_nulls = true;
    }
  }

  std::vector<AggregateFunction> functions_;
};

const Table& table() {
  static const Table table;
  return table;
}

}  // namespace

std::span<const AggregateFunction> all_aggregates() { return table().functions(); }

bool is_aggregate(std::string_view name) {
  return std::any_of(
      all_aggregates().begin(), all_aggregates().end(),
      [&](const AggregateFunction& f) {
        return f.signature.name == name && f.form != AggregateForm::kHypothetical;
      });
}

std::string_view kind_name(AggregateKind kind) {
  static constexpr std::array<std::string_view, 41> kNames = {
      "count(*)", "count", "sum", "min", "max", "avg", "single", "bool_and", "bool_or", "bit_and",
      "bit_or", "bit_xor", "var_pop", "var_samp", "stddev_pop", "stddev_samp", "corr", "covar_pop",
      "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
      "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "string_agg", "array_agg", "jsonb_agg",
      "jsonb_object_agg", "percentile_cont", "percentile_disc", "mode", "rank", "dense_rank",
      "percent_rank", "cume_dist", "approx_count_distinct", "approx_percentile"};
  return kNames.at(static_cast<size_t>(kind));
}

Result<ResolvedAggregate> resolve_aggregate(std::string_view name, std::span<const Type> args) {
  std::vector<const Function*> named;
  for (const AggregateFunction& f : all_aggregates()) {
    if (f.signature.name == name) named.push_back(&f.signature);
  }
  Resolved resolved = TRY(resolve_among(named, name, args));
  for (const AggregateFunction& f : all_aggregates()) {
    if (&f.signature == resolved.function) {
      return ResolvedAggregate{&f, std::move(resolved.arg_types), resolved.result};
    }
  }
  WEIR_CHECK(false);
  return ResolvedAggregate{};
}

}  // namespace weir::expr
