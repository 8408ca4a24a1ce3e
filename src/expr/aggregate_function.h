// The one table of aggregate functions: what the binder resolves, the reference (docs/sql.md) lists
// and later pg_proc shows. What they compute is in src/flow.
#pragma once
#include "expr/function.h"

namespace weir::expr {

enum class AggregateKind : uint8_t {
  kCountStar, kCount, kSum, kMin, kMax, kAvg,
  kSingle,  // the only value of the group; an error (21000) where there are several rows
  kBoolAnd, kBoolOr, kBitAnd, kBitOr, kBitXor,
  kVarPop, kVarSamp, kStddevPop, kStddevSamp,
  kCorr, kCovarPop, kCovarSamp, kRegrAvgX, kRegrAvgY, kRegrCount, kRegrIntercept, kRegrR2,
  kRegrSlope, kRegrSxx, kRegrSxy, kRegrSyy,
  kStringAgg, kArrayAgg, kJsonbAgg, kJsonbObjectAgg,
  kPercentileCont, kPercentileDisc, kMode,
  kRank, kDenseRank, kPercentRank, kCumeDist,
  kApproxCountDistinct, kApproxPercentile,
};

enum class AggregateForm : uint8_t {
  kPlain,
  kOrderedSet,    // f(direct) WITHIN GROUP (ORDER BY args)
  kHypothetical,  // the same, where the direct arguments are a row that might be among them
};

struct AggregateFunction {
  AggregateKind kind = AggregateKind::kCount;
  Function signature;        // of ordered sets: the direct arguments, then the ordered ones
  AggregateForm form = AggregateForm::kPlain;
  size_t direct = 0;         // of ordered sets: how many arguments are direct
  bool keeps_nulls = false;  // rows with a NULL argument count too
};

std::span<const AggregateFunction> all_aggregates();
bool is_aggregate(std::string_view name);
// A name that stands for the kind, whatever it was called by: part of the state hash, frozen.
std::string_view kind_name(AggregateKind kind);

struct ResolvedAggregate {
  const AggregateFunction* function = nullptr;
  std::vector<Type> arg_types;
  Type result;
};
// Errors as resolve_function(). `args` of ordered sets: direct ones, then ordered ones.
Result<ResolvedAggregate> resolve_aggregate(std::string_view name, std::span<const Type> args);

}  // namespace weir::expr
