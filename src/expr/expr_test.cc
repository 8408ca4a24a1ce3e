#include <gtest/gtest.h>

#include "expr/expr.h"
#include "expr/function.h"
#include "expr/reference.h"

namespace weir::expr {
namespace {

TEST(Functions, StandInTheReference) {
  const std::string page = function_reference();
  EXPECT_NE(page.find("| `upper` | (text) | text | in upper case |"), std::string::npos);
  EXPECT_NE(page.find("| `\\|\\|` |"), std::string::npos);  // a bar needs a backslash in a table
  EXPECT_NE(page.find("| `percentile_cont` | (double precision within group ("), std::string::npos);
  EXPECT_NE(page.find("| `unnest` |"), std::string::npos);
}

Batch numbers(std::vector<std::optional<int64_t>> values) {
  ColumnBuilder column(TypeId::kInt8);
  for (const auto& value : values) {
    if (value) {
      column.append(*value);
    } else {
      column.append_null();
    }
  }
  Batch batch;
  batch.rows = static_cast<uint32_t>(values.size());
  batch.columns.push_back(column.finish());
  return batch;
}

ExprPtr of(std::string_view name, std::vector<ExprPtr> args) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  const Resolved resolved = resolve_function(name, types).value();
  return call(*resolved.function, std::move(args), resolved.result);
}

// An error belongs to its row; the others have values.
TEST(Evaluate, ErrorsBelongToRows) {
  const Batch batch = numbers({10, 0, std::nullopt, 5});
  const ExprPtr quotient =
      of("/", {literal(Value::of(int64_t{100})), column_ref(0, TypeId::kInt8)});
  const Evaluated result = evaluate(*quotient, batch, {});
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].row, 1u);
  EXPECT_STREQ(result.errors[0].sqlstate, "22012");
  EXPECT_EQ(result.column->value<int64_t>(0), 10);
  EXPECT_TRUE(result.column->is_null(1));
  EXPECT_TRUE(result.column->is_null(2));
  EXPECT_EQ(result.column->value<int64_t>(3), 20);
}

// CASE keeps an error only where its branch counts.
TEST(Evaluate, BranchesThatDoNotCountDoNotFail) {
  const Batch batch = numbers({10, 0});
  const ExprPtr column = column_ref(0, TypeId::kInt8);
  const ExprPtr zero = of("=", {column, literal(Value::of(int64_t{0}))});
  const ExprPtr quotient = of("/", {literal(Value::of(int64_t{100})), column});
  const ExprPtr guarded =
      make(ExprKind::kCase, TypeId::kInt8, {zero, literal(Value::of(int64_t{-1})), quotient});
  const Evaluated result = evaluate(*guarded, batch, {});
  EXPECT_TRUE(result.errors.empty());
  EXPECT_EQ(result.column->value<int64_t>(0), 10);
  EXPECT_EQ(result.column->value<int64_t>(1), -1);
  const ExprPtr either = make(ExprKind::kOr, TypeId::kBool,
                              {zero, of(">", {quotient, literal(Value::of(int64_t{50}))})});
  EXPECT_TRUE(evaluate(*either, batch, {}).errors.empty());
}

TEST(Evaluate, ThreeValues) {
  const Batch batch = numbers({1, std::nullopt});
  const ExprPtr positive = of(">", {column_ref(0, TypeId::kInt8), literal(Value::of(int64_t{0}))});
  const ExprPtr never = literal(Value::of(false));
  RowErrors errors;
  EXPECT_EQ(select_rows(*positive, batch, {}, &errors), std::vector<uint32_t>{0});
  const ExprPtr not_positive = make(ExprKind::kNot, TypeId::kBool, {positive});
  EXPECT_TRUE(select_rows(*not_positive, batch, {}, &errors).empty());
  const ExprPtr both = make(ExprKind::kAnd, TypeId::kBool, {positive, never});
  const Evaluated result = evaluate(*both, batch, {});
  EXPECT_FALSE(result.column->is_null(1));  // NULL and false is false
}

// Positions do not enter the meaning, names do.
TEST(CanonicalText, IsOfMeaning) {
  const ExprPtr a = of("+", {column_ref(0, TypeId::kInt8), literal(Value::of(int64_t{1}))});
  const ExprPtr b = of("+", {column_ref(3, TypeId::kInt8), literal(Value::of(int64_t{1}))});
  EXPECT_EQ(canonical_text(*a, {"x"}), canonical_text(*b, {"", "", "", "x"}));
  EXPECT_NE(canonical_text(*a, {"x"}), canonical_text(*a, {"y"}));
}

TEST(Resolve, Overloads) {
  const auto result = [](std::string_view name, std::vector<Type> args) {
    const auto resolved = resolve_function(name, args);
    return resolved ? resolved->result.name() : resolved.error().sqlstate();
  };
  EXPECT_EQ(result("+", {TypeId::kInt2, TypeId::kInt4}), "integer");
  EXPECT_EQ(result("+", {TypeId::kInt8, TypeId::kNumeric}), "numeric");
  EXPECT_EQ(result("/", {TypeId::kFloat4, TypeId::kInt4}), "double precision");
  EXPECT_EQ(result("+", {TypeId::kTimestamptz, TypeId::kInterval}), "timestamp with time zone");
  EXPECT_EQ(result("-", {TypeId::kDate, TypeId::kDate}), "integer");
  EXPECT_EQ(result("||", {TypeId::kText, TypeId::kUnknown}), "text");
  EXPECT_EQ(result("lower", {TypeId::kInt4}), "42883");
  EXPECT_EQ(result("nosuch", {TypeId::kInt4}), "42883");
}

}  // namespace
}  // namespace weir::expr
