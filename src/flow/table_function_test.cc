#include "flow/table_function.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "data/text_form.h"
#include "expr/table_function.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

class Sides final : public SideOutput {
 public:
  void dead(const Schema&, const Batch&, const RowError& error) override {
    errors.push_back(error.message);
  }
  void late(const Schema&, LateRow) override {}
  std::vector<std::string> errors;
};

class Collected final : public Output {
 public:
  void emit(Batch batch) override {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      std::string text = fmt::format("{:+}", batch.weight(row));
      for (const ColumnPtr& column : batch.columns) {
        text += "|" + (column->is_null(row) ? "~" : text_form(value_at(*column, row)));
      }
      rows.push_back(text);
    }
  }
  std::vector<std::string> rows;
};

// generate_series(1, a) in step with generate_series(b, 2) over rows (a, b).
struct Pushed {
  explicit Pushed(bool ordinality = false, bool outer = false,
               catalog::OnError on_error = catalog::OnError::kDeadLetter) {
    const Schema schema{{{"a", TypeId::kInt4, true}, {"b", TypeId::kInt4, true},
                         {"one", TypeId::kInt4, true}}};
    const auto series = expr::resolve_table_function(
        "generate_series", std::vector<Type>{TypeId::kInt4, TypeId::kInt4, TypeId::kInt4});
    plan::TableFunctionSpec spec;
    spec.calls.push_back({series->function, {2, 0, 2}, {TypeId::kInt4}});
    spec.calls.push_back({series->function, {1, 0, 1}, {TypeId::kInt4}});
    spec.ordinality = ordinality;
    spec.outer = outer;
    const auto input = plan::make_values(schema, {});
    const auto node = plan::make_table_function(input, spec, {"x", "y", "n"});
    BatchBuilder builder(schema);
    const auto add = [&](const Value& a, int64_t b, int64_t weight) {
      append_value(builder.column(0), a);
      builder.column(1).append(static_cast<int32_t>(b));
      builder.column(2).append(int32_t{1});
      builder.end_row(weight);
    };
    add({TypeId::kInt4, int64_t{3}}, 2, 1);
    add({TypeId::kInt4, int64_t{0}}, 1, -2);
    add({TypeId::kInt4, int64_t{1}}, 0, 1);   // a step of 0: an error
    add(Value::null(TypeId::kInt4), 1, 1);
    add({TypeId::kInt4, int64_t{1}}, 1, -1);
    const EpochContext epoch{.epoch = Epoch{1}, .side = sides};
    (*make_operator(*node, {on_error, {}}))->push(0, builder.finish(), epoch, out);
  }
  Sides sides;
  Collected out;
};

using Texts = std::vector<std::string>;

TEST(TableFunctionOperator, PadsTheShorterAndKeepsWeights) {
  const Pushed run;
  EXPECT_EQ(run.out.rows, (Texts{"+1|3|2|1|1|2", "+1|3|2|1|2|~", "+1|3|2|1|3|~",
                                 "-1|1|1|1|1|1"}));
  EXPECT_EQ(run.sides.errors, Texts{"step size cannot equal zero"});
}

TEST(TableFunctionOperator, OuterRowsStandOnceWithoutOrdinal) {
  const Pushed run(true, true);
  EXPECT_EQ(run.out.rows,
            (Texts{"+1|3|2|1|1|2|1", "+1|3|2|1|2|~|2", "+1|3|2|1|3|~|3", "-2|0|1|1|~|~|~",
                   "+1|~|1|1|~|~|~", "-1|1|1|1|1|1|1"}));
}

TEST(TableFunctionOperator, ErrorsBecomeNullsWhereTheViewSaysSo) {
  const Pushed run(false, false, catalog::OnError::kNull);
  EXPECT_EQ(run.out.rows, (Texts{"+1|3|2|1|1|2", "+1|3|2|1|2|~", "+1|3|2|1|3|~", "+1|1|0|1|~|~",
                                 "-1|1|1|1|1|1"}));
  EXPECT_TRUE(run.sides.errors.empty());
}

}  // namespace
}  // namespace weir::flow
