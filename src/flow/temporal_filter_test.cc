#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

constexpr Micros kStart = 1'767'225'600'000'000;  // 2026-01-01
constexpr Micros kSecond = 1'000'000;

plan::NodePtr filter_node(bool from, bool until) {
  plan::TemporalFilterSpec spec;
  if (from) spec.from = 1;
  if (until) spec.until = 2;
  return plan::make_temporal_filter(
      test_scan("t", {{"g", TypeId::kInt8}, {"b", TypeId::kTimestamp}, {"e", TypeId::kTimestamp}}),
      spec);
}

std::string row(int64_t g, int64_t from, int64_t until) {
  return std::to_string(g) + "|" + stamp_of(from) + "|" + stamp_of(until);
}

void at(TestOperator& op, int64_t seconds, const Lines& rows) {
  op.begin(kStart + seconds * kSecond);
  op.push(0, rows);
  op.finish();
}

TEST(TemporalFilter, RowsEnterAndLeaveAtTheirTimes) {
  TestOperator op(filter_node(true, true));
  at(op, 0, {"+" + row(1, 10, 20), "+" + row(2, 0, 5), "+" + row(3, 20, 10), "+4|~|~"});
  EXPECT_EQ(op.change(), Lines{"+" + row(2, 0, 5)});
  EXPECT_EQ(op.op().next_wake(), kStart + 5 * kSecond);
  op.restart();
  EXPECT_EQ(op.op().next_wake(), kStart + 5 * kSecond);
  at(op, 9, {});
  EXPECT_EQ(op.change(), Lines{"-" + row(2, 0, 5)});
  at(op, 10, {});
  EXPECT_EQ(op.change(), Lines{"+" + row(1, 10, 20)});
  op.restart();
  EXPECT_EQ(op.op().next_wake(), kStart + 20 * kSecond);
  at(op, 20, {});
  EXPECT_EQ(op.change(), Lines{"-" + row(1, 10, 20)});
  EXPECT_EQ(op.op().next_wake(), std::nullopt);
  EXPECT_EQ(op.state_entries(), 0u);
}

TEST(TemporalFilter, WhatIsTakenBackWakesNobody) {
  TestOperator op(filter_node(true, true));
  at(op, 0, {"+" + row(1, 10, 20), "+" + row(2, 0, 30)});
  at(op, 1, {"-" + row(1, 10, 20), "-" + row(2, 0, 30)});
  EXPECT_EQ(op.rows(), Counts{});
  EXPECT_EQ(op.op().next_wake(), std::nullopt);
  EXPECT_EQ(op.state_entries(), 0u);
}

TEST(TemporalFilter, ARowThatLeavesAndIsTakenBackInOneEpochLeavesOnce) {
  TestOperator op(filter_node(true, true));
  at(op, 0, {"+" + row(1, 0, 10), "+" + row(2, 5, 20)});
  at(op, 12, {"-" + row(1, 0, 10), "-" + row(2, 5, 20)});
  EXPECT_EQ(op.change(), Lines{"-" + row(1, 0, 10)});
  EXPECT_EQ(op.rows(), Counts{});
}

TEST(TemporalFilter, ARowThatStandsForGoodNeedsNoMemory) {
  TestOperator op(filter_node(true, false));
  at(op, 10, {"+" + row(1, 5, 0), "+1|" + stamp_of(20) + "|~", "+1|infinity|~"});
  EXPECT_EQ(op.rows(), (Counts{{row(1, 5, 0), 1}}));
  EXPECT_EQ(op.state_entries(), 1u);
  at(op, 20, {"-" + row(1, 5, 0)});
  EXPECT_EQ(op.rows(), (Counts{{"1|" + stamp_of(20) + "|~", 1}}));
  EXPECT_EQ(op.state_entries(), 0u);
}

TEST(TemporalFilter, IsTheComparisonAtTheEpochsClock) {
  for (const bool from : {false, true}) {
    for (const bool until : {false, true}) {
      Trial trial;
      trial.node = filter_node(from, until);
      trial.most_per_epoch = 3 * kSecond;
      trial.start = kStart;
      trial.row = [](std::mt19937& random, int) {
        const auto time = [&] {
          const uint32_t seconds = random() % 200;
          return seconds == 0 ? std::string("~") : stamp_of(seconds);
        };
        const std::string begin = time();
        return "1|" + begin + "|" + time();
      };
      trial.naive = [=](const std::vector<Counts>& inputs, Micros now) {
        Counts out;
        const std::string text = stamp_of((now - kStart) / kSecond);  // seconds suffice
        for (const auto& [of, n] : inputs[0]) {
          const std::vector<std::string> parts = split_row(of);
          if (from && (parts[1] == "~" || parts[1] > text)) continue;
          if (until && (parts[2] == "~" || parts[2] <= text)) continue;
          out[of] = n;
        }
        return out;
      };
      for (uint32_t seed = 1; seed <= 6; ++seed) expect_naive_results(trial, seed);
    }
  }
}

}  // namespace
}  // namespace weir::flow
