#include "flow/join_pairs.h"

#include <numeric>

#include "flow/keyed_rows.h"

namespace weir::flow {

Schema pair_schema(const plan::Node& join) {
  Schema schema = join.inputs[0]->schema;
  const std::vector<Field>& right = join.inputs[1]->schema.fields;
  schema.fields.insert(schema.fields.end(), right.begin(), right.end());
  return schema;
}

JoinPairs::JoinPairs(const plan::Node& join, const OperatorOptions& options)
    : schema_(pair_schema(join)),
      residual_(std::get<plan::JoinSpec>(join.spec).residual),
      on_error_(options.on_error) {}

void JoinPairs::add(std::string_view left, std::string_view right, int64_t weight) {
  joined_.assign(left);
  joined_.append(right);
  append_row(builder_, joined_, weight);
}

JoinPairs::Judged JoinPairs::take(const EpochContext& epoch) {
  Judged judged{builder_.finish(), {}};
  if (!residual_) {
    judged.kept.resize(judged.pairs.rows);
    std::iota(judged.kept.begin(), judged.kept.end(), 0);
    return judged;
  }
  RowErrors errors;
  judged.kept = expr::select_rows(*residual_, judged.pairs, {epoch.now}, &errors);
  if (on_error_ != catalog::OnError::kNull) {
    for (const RowError& error : errors) epoch.side.dead(schema_, judged.pairs, error);
  }
  return judged;
}

}  // namespace weir::flow
