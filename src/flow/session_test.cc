#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

constexpr int64_t kGap = 5;

plan::NodePtr session_node() {
  plan::SessionSpec spec;
  spec.time_column = 1;
  spec.gap = kGap * 1'000'000;
  spec.keys = {0};
  return plan::make_session(test_scan("t", {{"g", TypeId::kInt8}, {"ts", TypeId::kTimestamp}}),
                            spec);
}

std::string at(int64_t key, int64_t seconds) {
  return std::to_string(key) + "|" + stamp_of(seconds);
}
std::string within(int64_t key, int64_t seconds, int64_t start, int64_t end) {
  return at(key, seconds) + "|" + stamp_of(start) + "|" + stamp_of(end);
}

Counts naive_sessions(const Counts& rows) {
  std::map<std::string, std::map<int64_t, Counts>> keys;
  for (const auto& [row, n] : rows) {
    const std::vector<std::string> parts = split_row(row);
    if (parts[1] != "~") keys[parts[0]][seconds_of(parts[1])][row] = n;
  }
  Counts out;
  for (const auto& [key, times] : keys) {
    for (const auto& [t, of] : times) {
      int64_t start = t;
      int64_t end = t;
      while (true) {  // to the next row that is near enough, either way
        const auto before = times.lower_bound(start);
        const auto after = times.upper_bound(end);
        if (before != times.begin() && start - std::prev(before)->first < kGap) {
          start = std::prev(before)->first;
        } else if (after != times.end() && after->first - end < kGap) {
          end = after->first;
        } else {
          break;
        }
      }
      for (const auto& [row, n] : of) {
        out[row + "|" + stamp_of(start) + "|" + stamp_of(end + kGap)] = n;
      }
    }
  }
  return out;
}

TEST(Session, IsEveryRowWithThoseNearIt) {
  Trial trial;
  trial.node = session_node();
  trial.row = [](std::mt19937& random, int) {
    const int64_t key = random() % 2;
    const int64_t seconds = random() % 60;
    return random() % 12 == 0 ? std::to_string(key) + "|~" : at(key, seconds);
  };
  trial.naive = [](const std::vector<Counts>& inputs, Micros) { return naive_sessions(inputs[0]); };
  for (uint32_t seed = 1; seed <= 12; ++seed) expect_naive_results(trial, seed);
}

TEST(Session, ARowBetweenTwoSessionsJoinsThemAndSplitsThemWhenItGoes) {
  TestOperator op(session_node());
  op.push(0, Lines{"+" + at(1, 0), "+" + at(1, 8), "+" + at(2, 4)});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{within(1, 0, 0, 5), 1}, {within(1, 8, 8, 13), 1},
                               {within(2, 4, 4, 9), 1}}));
  op.restart();
  op.push(0, Lines{"+" + at(1, 4)});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{within(1, 0, 0, 13), 1}, {within(1, 4, 0, 13), 1},
                               {within(1, 8, 0, 13), 1}, {within(2, 4, 4, 9), 1}}));
  op.restart();
  op.push(0, Lines{"-" + at(1, 4)});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{within(1, 0, 0, 5), 1}, {within(1, 8, 8, 13), 1},
                               {within(2, 4, 4, 9), 1}}));
}

TEST(Session, RowsThatAreTheWholeGapApartAreTwoSessions) {
  TestOperator op(session_node());
  op.push(0, Lines{"+" + at(1, 0), "+" + at(1, 5), "+1|~", "+1|infinity"});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{within(1, 0, 0, 5), 1}, {within(1, 5, 5, 10), 1}}));
}

TEST(Session, SaysNothingOfRowsWhoseSessionIsAsItWas) {
  TestOperator op(session_node());
  op.push(0, Lines{"+" + at(1, 0), "+" + at(1, 4)});
  op.finish();
  op.push(0, Lines{"+" + at(1, 2)});
  op.push(0, Lines{"+" + at(1, 30)});
  op.push(0, Lines{"-" + at(1, 30)});
  op.finish();
  EXPECT_EQ(op.change(), Lines{"+" + within(1, 2, 0, 9)});
  op.push(0, Lines{"-" + at(1, 0), "-" + at(1, 2), "-" + at(1, 4)});
  op.finish();
  EXPECT_EQ(op.state_entries(), 0u);
}

}  // namespace
}  // namespace weir::flow
