#include "expr/table_function.h"

#include <gtest/gtest.h>

#include "data/text_form.h"
#include "expr/regex.h"

namespace weir::expr {
namespace {

using enum TypeId;
using Texts = std::vector<std::string>;

struct Argument {
  Type type;
  std::string text;  // ~: NULL
};

std::string shown(const Column& column, uint32_t row) {
  if (column.is_null(row)) return "~";
  std::string text;
  append_text_form(text, column, row);
  return text;
}

// The rows a call answers, columns with | between them; of an error, its SQLSTATE and message.
Texts rows(std::string_view name, const std::vector<Argument>& arguments) {
  std::vector<Type> types;
  std::vector<ColumnPtr> columns;
  for (const Argument& each : arguments) types.push_back(each.type);
  const auto resolved = resolve_table_function(name, types);
  if (!resolved) return {resolved.error().sqlstate() + " " + resolved.error().primary()};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Type type = resolved->arg_types[i];
    const bool null = arguments[i].text == "~";
    auto value = null ? Value::null(type) : parse_text_form(arguments[i].text, type);
    EXPECT_TRUE(value) << arguments[i].text;
    columns.push_back(constant_column(*value, 1));
  }
  BatchBuilder out(resolved->columns);
  RowErrors errors;
  RegexCache patterns;
  resolved->function->rows({columns, 0, out, errors, patterns});
  if (!errors.empty()) return {std::string(errors[0].sqlstate) + " " + errors[0].message};
  const Batch batch = out.finish();
  Texts texts;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    std::string text;
    for (const ColumnPtr& column : batch.columns) {
      if (!text.empty()) text += "|";
      text += shown(*column, row);
    }
    texts.push_back(text);
  }
  return texts;
}

std::string columns(std::string_view name, const std::vector<Type>& types) {
  const auto resolved = resolve_table_function(name, types);
  if (!resolved) return resolved.error().sqlstate();
  std::string text;
  for (const Field& field : resolved->columns.fields) {
    text += (text.empty() ? "" : ", ") + field.name + " " + field.type.name();
  }
  return text;
}

TEST(TableFunctions, HaveColumns) {
  EXPECT_EQ(columns("unnest", {array_id(kInt4), array_id(kText)}), "unnest integer, unnest text");
  EXPECT_EQ(columns("unnest", {kInt4}), "42883");
  EXPECT_EQ(columns("jsonb_each", {kJsonb}), "key text, value jsonb");
  EXPECT_EQ(columns("json_object_keys", {kJsonb}), "json_object_keys text");
  EXPECT_EQ(columns("regexp_matches", {kText, kUnknown}), "regexp_matches text[]");
  EXPECT_EQ(columns("generate_series", {kInt4, kInt8}), "generate_series bigint");
  EXPECT_EQ(columns("generate_series", {kDate, kDate, kInterval}),
            "generate_series timestamp with time zone");
  EXPECT_EQ(columns("generate_series", {kInt4}), "42883");
  EXPECT_FALSE(is_table_function("upper"));
}

TEST(TableFunctions, UnnestGoesInStep) {
  EXPECT_EQ(rows("unnest", {{array_id(kInt4), "{1,NULL,3}"}}), (Texts{"1", "~", "3"}));
  EXPECT_EQ(rows("unnest", {{array_id(kInt4), "{{1,2},{3,4}}"}}), (Texts{"1", "2", "3", "4"}));
  EXPECT_EQ(rows("unnest", {{array_id(kInt4), "{}"}}), Texts{});
  EXPECT_EQ(rows("unnest", {{array_id(kInt4), "{1,2}"}, {array_id(kText), "{a}"}}),
            (Texts{"1|a", "2|~"}));
  EXPECT_EQ(rows("unnest", {{array_id(kInt4), "~"}, {array_id(kText), "{a}"}}), Texts{"~|a"});
}

TEST(TableFunctions, SeriesEndWhereTheirTypeDoes) {
  EXPECT_EQ(rows("generate_series", {{kInt4, "1"}, {kInt4, "3"}}), (Texts{"1", "2", "3"}));
  EXPECT_EQ(rows("generate_series", {{kInt4, "3"}, {kInt4, "1"}}), Texts{});
  EXPECT_EQ(rows("generate_series", {{kInt4, "5"}, {kInt4, "1"}, {kInt4, "-2"}}),
            (Texts{"5", "3", "1"}));
  EXPECT_EQ(rows("generate_series", {{kInt4, "2147483646"}, {kInt4, "2147483647"}}),
            (Texts{"2147483646", "2147483647"}));
  EXPECT_EQ(rows("generate_series", {{kInt4, "1"}, {kInt4, "2"}, {kInt4, "0"}}),
            Texts{"22023 step size cannot equal zero"});
  EXPECT_EQ(rows("generate_series", {{kNumeric, "0"}, {kNumeric, "1"}, {kNumeric, "0.5"}}),
            (Texts{"0", "0.5", "1.0"}));
  EXPECT_EQ(rows("generate_series", {{kNumeric, "NaN"}, {kNumeric, "1"}}),
            Texts{"22023 start value cannot be NaN"});
  EXPECT_EQ(rows("generate_series",
                 {{kTimestamp, "2024-01-31"}, {kTimestamp, "2024-03-31"}, {kInterval, "1 month"}}),
            (Texts{"2024-01-31 00:00:00", "2024-02-29 00:00:00", "2024-03-29 00:00:00"}));
  EXPECT_EQ(rows("generate_series", {{kInt8, "1"}, {kInt8, "9223372036854775807"}}),
            Texts{"54000 generate_series() answers more than 10000000 rows"});
  EXPECT_EQ(rows("generate_subscripts", {{array_id(kInt4), "{{1,2,3},{4,5,6}}"}, {kInt4, "2"}}),
            (Texts{"1", "2", "3"}));
  EXPECT_EQ(
      rows("generate_subscripts", {{array_id(kInt4), "{7,8}"}, {kInt4, "1"}, {kBool, "true"}}),
      (Texts{"2", "1"}));
}

TEST(TableFunctions, JsonIsTakenApart) {
  EXPECT_EQ(rows("jsonb_array_elements", {{kJsonb, R"([1, "a,]", {"b": [2]}, null])"}}),
            (Texts{"1", R"("a,]")", R"({"b": [2]})", "null"}));
  EXPECT_EQ(rows("jsonb_array_elements_text", {{kJsonb, R"(["a\"\n", null, []])"}}),
            (Texts{"a\"\n", "~", "[]"}));
  EXPECT_EQ(rows("jsonb_array_elements", {{kJsonb, "{}"}}),
            Texts{"22023 cannot extract elements from an object"});
  EXPECT_EQ(rows("jsonb_each", {{kJsonb, R"({"a": {"x": 1}, "b\"": "t"})"}}),
            (Texts{R"(a|{"x": 1})", "b\"|\"t\""}));
  EXPECT_EQ(rows("jsonb_each_text", {{kJsonb, R"({"a": null, "b": "t"})"}}),
            (Texts{"a|~", "b|t"}));
  EXPECT_EQ(rows("jsonb_object_keys", {{kJsonb, R"({"a": 1, "bb": 2})"}}), (Texts{"a", "bb"}));
  EXPECT_EQ(rows("jsonb_object_keys", {{kJsonb, "[]"}}),
            Texts{"22023 cannot call jsonb_object_keys on an array"});
}

TEST(TableFunctions, TextIsSplit) {
  EXPECT_EQ(rows("regexp_matches", {{kText, "a1b22"}, {kText, "[0-9]+"}}), Texts{"{1}"});
  EXPECT_EQ(rows("regexp_matches", {{kText, "a1b22"}, {kText, "([a-z])([0-9]+)"}, {kText, "g"}}),
            (Texts{"{a,1}", "{b,22}"}));
  EXPECT_EQ(rows("regexp_split_to_table", {{kText, "a1b22c"}, {kText, "[0-9]+"}}),
            (Texts{"a", "b", "c"}));
  EXPECT_EQ(rows("regexp_split_to_table", {{kText, "abc"}, {kText, ""}}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(rows("string_to_table", {{kText, "a,b,,c"}, {kText, ","}, {kText, "b"}}),
            (Texts{"a", "~", "", "c"}));
  EXPECT_EQ(rows("string_to_table", {{kText, "äb"}, {kText, "~"}}), (Texts{"ä", "b"}));
  EXPECT_EQ(rows("string_to_table", {{kText, "ab"}, {kText, ""}}), (Texts{"ab"}));
}

}  // namespace
}  // namespace weir::expr
