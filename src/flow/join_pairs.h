// The pairs that a push to a join makes, judged by the residual predicate a few thousand at a time.
// A pair whose residual fails is a dead row and no pair; taking it back meets the same verdict.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "flow/operator.h"

namespace weir::flow {

class JoinPairs {
 public:
  JoinPairs(const plan::Node& join, const OperatorOptions& options);

  void add(std::string_view left, std::string_view right, int64_t weight);
  bool empty() const { return builder_.empty(); }
  bool full() const { return builder_.rows() >= kMostPairs; }

  struct Judged {
    Batch pairs;                  // left columns, then right ones
    std::vector<uint32_t> kept;   // those that are pairs of the join, ascending
    bool all() const { return kept.size() == pairs.rows; }
  };
  Judged take(const EpochContext& epoch);

 private:
  static constexpr uint32_t kMostPairs = 4096;

  const Schema schema_;
  const expr::ExprPtr residual_;
  const catalog::OnError on_error_;
  BatchBuilder builder_{schema_};
  std::string joined_;
};

// Left columns, then right ones, whatever the join answers.
Schema pair_schema(const plan::Node& join);

}  // namespace weir::flow
