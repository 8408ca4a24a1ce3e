#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

using plan::SetOperationKind;

plan::NodePtr set_operation(SetOperationKind kind, bool all, Type type = TypeId::kInt8) {
  return plan::make_set_operation(test_scan("t", {{"n", type}}), test_scan("u", {{"n", type}}),
                                  {kind, all});
}

int64_t answered(SetOperationKind kind, bool all, int64_t left, int64_t right) {
  if (kind == SetOperationKind::kIntersect) {
    const int64_t both = std::min(left, right);
    return all ? both : std::min<int64_t>(both, 1);
  }
  if (all) return std::max<int64_t>(left - right, 0);
  return left > 0 && right == 0 ? 1 : 0;
}

TEST(SetOperation, IsWhatCountingSays) {
  for (const auto kind : {SetOperationKind::kIntersect, SetOperationKind::kExcept}) {
    for (const bool all : {false, true}) {
      Trial trial;
      trial.node = set_operation(kind, all);
      trial.row = [](std::mt19937& random, int) {
        const uint32_t v = random() % 7;
        return v == 0 ? std::string("~") : std::to_string(v);
      };
      trial.naive = [=](const std::vector<Counts>& inputs, Micros) {
        Counts out;
        for (const auto& [row, n] : inputs[0]) {
          const auto right = inputs[1].find(row);
          const int64_t m = right == inputs[1].end() ? 0 : right->second;
          if (answered(kind, all, n, m) > 0) out[row] = answered(kind, all, n, m);
        }
        return out;
      };
      for (uint32_t seed = 1; seed <= 4; ++seed) expect_naive_results(trial, seed);
    }
  }
}

TEST(SetOperation, TheEarliestLeftRowThatIsLeftStandsForItsEquals) {
  TestOperator op(set_operation(SetOperationKind::kExcept, true, TypeId::kNumeric));
  op.push(0, Lines{"+1.0", "+1.00", "+1.00"});
  op.push(1, Lines{"+1.000"});
  op.finish();
  EXPECT_EQ(op.change(), Lines{"+2x 1.0"});
  op.restart();
  op.push(0, Lines{"-1.0", "+1.0"});  // gone and back again: it is still the first
  op.push(1, Lines{"-1.000"});
  op.finish();
  EXPECT_EQ(op.change(), Lines{"+1.0"});
  op.push(0, Lines{"-1.0"});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"-3x 1.0", "+2x 1.00"}));
  op.push(0, Lines{"-1.00", "-1.00"});
  op.finish();
  EXPECT_EQ(op.rows(), Counts{});
  EXPECT_EQ(op.state_entries(), 0u);
}

TEST(SetOperation, RowsOfTheRightAreRememberedBeforeTheLeftOnesCome) {
  TestOperator op(set_operation(SetOperationKind::kIntersect, false));
  op.push(1, Lines{"+1", "+2"});
  op.finish();
  op.restart();
  op.push(0, Lines{"+1", "+1", "+3"});
  op.finish();
  EXPECT_EQ(op.change(), Lines{"+1"});
  op.push(1, Lines{"-1"});
  op.push(1, Lines{"+1"});
  op.finish();
  EXPECT_EQ(op.change(), Lines{});
}

}  // namespace
}  // namespace weir::flow
