#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

plan::NodePtr window_node(plan::WindowKind kind, int64_t size, int64_t slide, int64_t offset = 0) {
  plan::WindowSpec spec;
  spec.kind = kind;
  spec.time_column = 0;
  spec.size = size * 1'000'000;
  spec.slide = slide * 1'000'000;
  spec.offset = offset * 1'000'000;
  return plan::make_window(test_scan("t", {{"ts", TypeId::kTimestamp}}), spec);
}

Counts windows_of(int64_t seconds, const plan::NodePtr& node) {
  TestOperator op(node);
  op.push(0, Lines{"+" + stamp_of(seconds)});
  op.finish();
  return op.rows();
}
std::string within(int64_t seconds, int64_t start, int64_t end) {
  return stamp_of(seconds) + "|" + stamp_of(start) + "|" + stamp_of(end);
}

TEST(Cumulate, ARowStandsInEveryWindowFromItsStepToTheWholeSize) {
  const auto node = window_node(plan::WindowKind::kCumulate, 60, 20);
  EXPECT_EQ(windows_of(5, node), (Counts{{within(5, 0, 20), 1}, {within(5, 0, 40), 1},
                                         {within(5, 0, 60), 1}}));
  EXPECT_EQ(windows_of(20, node), (Counts{{within(20, 0, 40), 1}, {within(20, 0, 60), 1}}));
  EXPECT_EQ(windows_of(59, node), (Counts{{within(59, 0, 60), 1}}));
  EXPECT_EQ(windows_of(60, node), (Counts{{within(60, 60, 80), 1}, {within(60, 60, 100), 1},
                                          {within(60, 60, 120), 1}}));
}

TEST(Cumulate, TheLastWindowHasTheSizeAlsoWhereTheStepDoesNotFit) {
  const auto node = window_node(plan::WindowKind::kCumulate, 60, 25);
  EXPECT_EQ(windows_of(55, node), (Counts{{within(55, 0, 60), 1}}));
  EXPECT_EQ(windows_of(30, node), (Counts{{within(30, 0, 50), 1}, {within(30, 0, 60), 1}}));
}

TEST(Cumulate, TheOffsetMovesAllBounds) {
  const auto node = window_node(plan::WindowKind::kCumulate, 60, 30, 10);
  EXPECT_EQ(windows_of(45, node), (Counts{{within(45, 10, 70), 1}}));
}

TEST(Cumulate, ItsStartsAndEndsAreNoKeyOfEachOther) {
  const auto node = window_node(plan::WindowKind::kCumulate, 60, 30);
  EXPECT_TRUE(node->properties.window_bounds.empty());
  EXPECT_EQ(window_node(plan::WindowKind::kHop, 60, 30)->properties.window_bounds.size(), 1u);
}

TEST(Hop, ARowStandsInEveryWindowThatCoversIt) {
  const auto node = window_node(plan::WindowKind::kHop, 60, 30);
  EXPECT_EQ(windows_of(65, node), (Counts{{within(65, 30, 90), 1}, {within(65, 60, 120), 1}}));
}

}  // namespace
}  // namespace weir::flow
