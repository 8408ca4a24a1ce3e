// Every kind of join, with and without keys, residual and NULLs that match, against nested loops.
#include <gtest/gtest.h>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

using plan::JoinKind;

const std::vector<Field> kLeft{{"g", TypeId::kInt8}, {"n", TypeId::kInt8}};
const std::vector<Field> kRight{{"h", TypeId::kInt8}, {"k", TypeId::kInt8}};

// n < k, or n / k < 2: which fails where k is zero.
enum class Residual : uint8_t { kNone, kLess, kRatio };

expr::ExprPtr residual_of(Residual residual) {
  const expr::ExprPtr n = expr::column_ref(1, TypeId::kInt8);
  const expr::ExprPtr k = expr::column_ref(3, TypeId::kInt8);
  if (residual == Residual::kNone) return nullptr;
  if (residual == Residual::kLess) return test_call("<", {n, k});
  return test_call("<", {test_call("/", {n, k}), expr::literal(Value::of(int64_t{2}))});
}

plan::NodePtr join_of(JoinKind kind, bool keys, Residual residual = Residual::kNone,
                      bool nulls_match = false) {
  plan::JoinSpec spec;
  spec.kind = kind;
  if (keys) {
    spec.left_keys = {0};
    spec.right_keys = {0};
  }
  spec.residual = residual_of(residual);
  spec.nulls_match = nulls_match;
  return plan::make_join(test_scan("t", kLeft), test_scan("u", kRight), std::move(spec));
}

bool passes(Residual residual, const std::string& n, const std::string& k) {
  if (residual == Residual::kNone) return true;
  if (n == "~" || k == "~") return false;
  if (residual == Residual::kLess) return std::stoll(n) < std::stoll(k);
  return std::stoll(k) != 0 && std::stoll(n) / std::stoll(k) < 2;
}

bool is_pair(const plan::JoinSpec& spec, Residual residual, const std::string& left,
             const std::string& right) {
  const std::vector<std::string> l = split_row(left);
  const std::vector<std::string> r = split_row(right);
  const bool null = l[0] == "~" || r[0] == "~";
  if (!spec.left_keys.empty() && (l[0] != r[0] || (null && !spec.nulls_match))) return false;
  return passes(residual, l[1], r[1]);
}

Counts naive_join(const plan::JoinSpec& spec, Residual residual, const Counts& left,
                  const Counts& right) {
  Counts out;
  const bool left_only = plan::answers_left_only(spec.kind);
  Counts matched;
  for (const auto& [l, n] : left) {
    bool any = false;
    for (const auto& [r, m] : right) {
      if (!is_pair(spec, residual, l, r)) continue;
      any = true;
      matched[r] = 1;
      if (!left_only) out[l + "|" + r] += n * m;
    }
    if (spec.kind == JoinKind::kSemi && any) out[l] = n;
    if (spec.kind == JoinKind::kAnti && !any) out[l] = n;
    if ((spec.kind == JoinKind::kLeft || spec.kind == JoinKind::kFull) && !any) {
      out[l + "|~|~"] += n;
    }
  }
  for (const auto& [r, m] : right) {
    if (spec.kind == JoinKind::kFull && !matched.contains(r)) out["~|~|" + r] += m;
  }
  return out;
}

std::string small_row(std::mt19937& random, int) {
  const auto value = [&] {
    const uint32_t v = random() % 4;
    return v == 3 ? std::string("~") : std::to_string(v);
  };
  const std::string key = value();
  return key + "|" + value();
}

void try_join(JoinKind kind, bool keys, Residual residual, bool nulls_match) {
  Trial trial;
  trial.node = join_of(kind, keys, residual, nulls_match);
  trial.row = small_row;
  const auto& spec = std::get<plan::JoinSpec>(trial.node->spec);
  trial.naive = [&](const std::vector<Counts>& inputs, Micros) {
    return naive_join(spec, residual, inputs[0], inputs[1]);
  };
  for (uint32_t seed = 1; seed <= 4; ++seed) expect_naive_results(trial, seed);
}

class EveryJoin : public testing::TestWithParam<JoinKind> {};

TEST_P(EveryJoin, IsNestedLoops) {
  for (const Residual residual : {Residual::kNone, Residual::kLess, Residual::kRatio}) {
    for (const bool keys : {true, false}) try_join(GetParam(), keys, residual, false);
    try_join(GetParam(), true, residual, true);
  }
}

TEST_P(EveryJoin, KeepsNothingOfWhatHasGone) {
  for (const Residual residual : {Residual::kNone, Residual::kLess}) {
    TestOperator join(join_of(GetParam(), true, residual));
    join.push(0, Lines{"+1|1", "+1|2", "+2|1"});
    join.push(1, Lines{"+1|5", "+3|5"});
    join.finish();
    join.push(1, Lines{"-1|5", "-3|5"});
    join.push(0, Lines{"-1|1", "-1|2", "-2|1"});
    join.finish();
    EXPECT_EQ(join.rows(), Counts{});
    EXPECT_EQ(join.state_entries(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryJoin,
                         testing::Values(JoinKind::kInner, JoinKind::kLeft, JoinKind::kFull,
                                         JoinKind::kSemi, JoinKind::kAnti));

TEST(FullJoin, RowsOfEitherSideStandAloneUntilTheyMeet) {
  TestOperator join(join_of(JoinKind::kFull, true));
  join.push(0, Lines{"+1|1"});
  join.push(1, Lines{"+2|7"});
  join.finish();
  EXPECT_EQ(join.change(), (Lines{"+1|1|~|~", "+~|~|2|7"}));
  join.restart();
  join.push(1, Lines{"+1|8"});
  join.finish();
  EXPECT_EQ(join.change(), (Lines{"+1|1|1|8", "-1|1|~|~"}));
  join.push(0, Lines{"-1|1", "+2|1"});
  join.finish();
  EXPECT_EQ(join.rows(), (Counts{{"2|1|2|7", 1}, {"~|~|1|8", 1}}));
}

TEST(SemiJoin, ManyMatchesAnswerARowAsOftenAsItStands) {
  TestOperator join(join_of(JoinKind::kSemi, true));
  join.push(0, Lines{"+1|1", "+1|1"});
  join.push(1, Lines{"+1|5", "+1|6", "+1|6"});
  join.finish();
  EXPECT_EQ(join.change(), Lines{"+2x 1|1"});
  join.push(1, Lines{"-1|5", "-1|6"});
  join.finish();
  EXPECT_EQ(join.change(), Lines{});
  join.push(1, Lines{"-1|6"});
  join.finish();
  EXPECT_EQ(join.change(), Lines{"-2x 1|1"});
}

TEST(AntiJoin, AMatchThatComesAndGoesWithinAnEpochIsSilent) {
  TestOperator join(join_of(JoinKind::kAnti, true));
  join.push(0, Lines{"+1|1", "+~|1"});
  join.finish();
  EXPECT_EQ(join.rows(), (Counts{{"1|1", 1}, {"~|1", 1}}));
  join.push(1, Lines{"+1|5"});
  join.push(1, Lines{"-1|5"});
  join.finish();
  EXPECT_EQ(join.change(), Lines{});
}

TEST(Join, APairWhoseResidualFailsIsADeadRowAndNoMatch) {
  TestOperator join(join_of(JoinKind::kFull, true, Residual::kRatio));
  join.push(0, Lines{"+1|4"});
  join.push(1, Lines{"+1|0"});
  join.finish();
  EXPECT_EQ(join.rows(), (Counts{{"1|4|~|~", 1}, {"~|~|1|0", 1}}));
  EXPECT_EQ(join.dead(), Lines{"22012"});
  join.push(1, Lines{"-1|0", "+1|4"});
  join.finish();
  EXPECT_EQ(join.rows(), (Counts{{"1|4|1|4", 1}}));
  EXPECT_EQ(join.dead(), Lines{"22012"});
}

}  // namespace
}  // namespace weir::flow
