#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

plan::NodePtr asof_node(bool outer) {
  plan::AsofJoinSpec spec;
  spec.left_keys = {0};
  spec.right_keys = {0};
  spec.left_time = 1;
  spec.right_time = 1;
  spec.outer = outer;
  return plan::make_asof_join(
      test_scan("t", {{"g", TypeId::kInt8}, {"ts", TypeId::kTimestamp}}),
      test_scan("u", {{"h", TypeId::kInt8}, {"ts", TypeId::kTimestamp}, {"k", TypeId::kInt8}}),
      spec);
}

std::string left(int64_t key, int64_t seconds) {
  return std::to_string(key) + "|" + stamp_of(seconds);
}
std::string right(int64_t key, int64_t seconds, int64_t k) {
  return left(key, seconds) + "|" + std::to_string(k);
}

// The greatest by time, then by the value: small integers of one byte, which order like their
// encoding.
Counts naive_asof(const std::vector<Counts>& inputs, bool outer) {
  Counts out;
  for (const auto& [l, n] : inputs[0]) {
    const std::vector<std::string> of = split_row(l);
    std::string best;
    std::pair<std::string, int64_t> rank;
    for (const auto& [r, m] : inputs[1]) {
      const std::vector<std::string> version = split_row(r);
      if (of[0] == "~" || of[0] != version[0] || of[1] == "~" || version[1] == "~") continue;
      const std::pair<std::string, int64_t> its{version[1], std::stoll(version[2])};
      if (version[1] > of[1] || (!best.empty() && its < rank)) continue;
      best = r;
      rank = its;
    }
    if (best.empty() && !outer) continue;
    out[l + "|" + (best.empty() ? "~|~|~" : best)] += n;
  }
  return out;
}

TEST(AsofJoin, IsTheLatestVersionThatIsNotLater) {
  for (const bool outer : {true, false}) {
    Trial trial;
    trial.node = asof_node(outer);
    trial.row = [](std::mt19937& random, int port) {
      const uint32_t key = random() % 3;
      const uint32_t seconds = random() % 13;
      std::string row = key == 2 ? "~" : std::to_string(key);
      row += "|" + (seconds == 12 ? std::string("~") : stamp_of(seconds));
      return port == 0 ? row : row + "|" + std::to_string(random() % 3);
    };
    trial.naive = [=](const std::vector<Counts>& inputs, Micros) {
      return naive_asof(inputs, outer);
    };
    for (uint32_t seed = 1; seed <= 8; ++seed) expect_naive_results(trial, seed);
  }
}

TEST(AsofJoin, ANewVersionTakesTheRowsFromItsTimeToTheNextOne) {
  TestOperator op(asof_node(true));
  op.push(1, Lines{"+" + right(1, 0, 7), "+" + right(1, 20, 9)});
  op.push(0, Lines{"+" + left(1, 5), "+" + left(1, 15), "+" + left(1, 25), "+" + left(2, 5)});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{left(1, 5) + "|" + right(1, 0, 7), 1},
                               {left(1, 15) + "|" + right(1, 0, 7), 1},
                               {left(1, 25) + "|" + right(1, 20, 9), 1},
                               {left(2, 5) + "|~|~|~", 1}}));
  op.restart();
  op.push(1, Lines{"+" + right(1, 10, 8)});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"-" + left(1, 15) + "|" + right(1, 0, 7),
                                "+" + left(1, 15) + "|" + right(1, 10, 8)}));
  op.restart();
  op.push(1, Lines{"-" + right(1, 10, 8), "-" + right(1, 0, 7)});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{left(1, 5) + "|~|~|~", 1}, {left(1, 15) + "|~|~|~", 1},
                               {left(1, 25) + "|" + right(1, 20, 9), 1},
                               {left(2, 5) + "|~|~|~", 1}}));
}

TEST(AsofJoin, AVersionThatComesAndGoesWithinAnEpochIsSilent) {
  TestOperator op(asof_node(true));
  op.push(1, Lines{"+" + right(1, 0, 7)});
  op.push(0, Lines{"+" + left(1, 5)});
  op.finish();
  op.push(1, Lines{"+" + right(1, 3, 8)});
  op.push(1, Lines{"-" + right(1, 3, 8)});
  op.finish();
  EXPECT_EQ(op.change(), Lines{});
  op.push(1, Lines{"-" + right(1, 0, 7)});
  op.push(0, Lines{"-" + left(1, 5)});
  op.finish();
  EXPECT_EQ(op.state_entries(), 0u);
}

}  // namespace
}  // namespace weir::flow
