#include "sql/parser.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include "sql/bounds.h"

namespace weir::sql {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string refusal(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "" : parsed.error().primary();
}

uint16_t bound_of(std::string_view text) {
  const Status status = check_bounds(text);
  return status ? 0 : status.error().code();
}

// The library takes a thread-specific key on every thread that it meets; a process has 1,024.
TEST(Parser, LeavesNoKeyBehind) {
  for (int i = 0; i < 1100; ++i) ASSERT_TRUE(parse("select 1").has_value());
  pthread_key_t key;
  ASSERT_EQ(pthread_key_create(&key, nullptr), 0);
  pthread_key_delete(key);
}

TEST(Parser, KeepsThePlaceOfAnError) {
  const auto parsed = parse("select 'ä',\n  1 x x");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code(), 1201);
  EXPECT_EQ(parsed.error().primary(), "syntax error at or near \"x\"");
  EXPECT_EQ(parsed.error().span().line, 2);
  EXPECT_EQ(parsed.error().span().column, 7);
}

TEST(Parser, QuotesNoMoreThanALine) {
  const std::string quoted = refusal("select 'x" + repeated("é", 100'000));
  EXPECT_LT(quoted.size(), 180U);
  EXPECT_TRUE(quoted.starts_with("unterminated quoted string at or near \"'x"));
  EXPECT_TRUE(quoted.ends_with("...\""));
}

TEST(Parser, PutsNegativeConstantsBack) {
  const auto select = parse_select("select -7, - /* 5 /* 6 */ */ 8, - -- 9\n 10, -0, 1 - 2");
  ASSERT_TRUE(select.has_value());
  const auto& items = (*select)->items;
  EXPECT_EQ(items[0].expr->text, "-7");
  EXPECT_EQ(items[1].expr->text, "-8");
  EXPECT_EQ(items[2].expr->text, "-10");
  EXPECT_EQ(items[4].expr->kind, ExprKind::kOperator);
}

TEST(Parser, ReadsTheFieldsOfAnInterval) {
  const auto type_of = [](std::string_view sql) {
    return (*parse_expression(sql))->type_name;
  };
  EXPECT_EQ(type_of("interval '90' minute"), "interval minute");
  EXPECT_EQ(type_of("interval '-1.5' second"), "interval second");
  EXPECT_EQ(type_of("interval '2' year"), "interval year");
  EXPECT_EQ(type_of("interval '1 day 2 hours'"), "interval");
  EXPECT_EQ(type_of("interval(6) '1 day'"), "interval(6)");
  EXPECT_EQ(type_of("interval '1:30' minute to second"), "interval minute to second");
}

TEST(Parser, NamesWhatItWouldOtherwiseReadOver) {
  const auto order = parse_select("select a from t order by a using ~<~");
  EXPECT_EQ((*order)->order[0].expr->kind, ExprKind::kUnsupported);
  const auto into = parse_select("select * from (select 1 as a into x) y");
  EXPECT_EQ((*into)->from[0].select->where->kind, ExprKind::kUnsupported);
  const auto variadic = parse_expression("concat(variadic x)");
  EXPECT_TRUE((*variadic)->variadic);
  const auto rows = parse_select("select * from tumble(a, b, c) with ordinality");
  EXPECT_TRUE((*rows)->from[0].ordinality);
  for (const char* text : {"create table t (a int) inherits (u)",
                           "create view v as select 1 as a with check option",
                           "create table t (a int) partition by list (a)"}) {
    const auto statements = parse(text);
    ASSERT_TRUE(statements.has_value()) << text;
    EXPECT_FALSE((*statements)[0].value.empty()) << text;
  }
}

TEST(Parser, ReplacesReferencesInPlace) {
  EXPECT_EQ(substitute_references("select * from {{ ref('a') }} x").value(),
            "select * from a              x");
  EXPECT_EQ(substitute_references("{{source('a','b')}}").value(), "a.b                ");
  for (const char* text :
       {"{{ ref('a') ", "{{ ref('a' }}", "{{ var('a') }}", "{{}}", "{{ ref('') }}"}) {
    EXPECT_EQ(substitute_references(text).error().code(), 1208) << text;
  }
}

TEST(Bounds, CountWhatNests) {
  EXPECT_EQ(bound_of(repeated("(", 1001)), 1202);
  EXPECT_EQ(bound_of(repeated("(1)", 5000)), 0);
  EXPECT_EQ(bound_of("select 1" + repeated("+1", 10'001)), 1202);
  EXPECT_EQ(bound_of("select 1" + repeated("+1,1", 10'001)), 0);
  EXPECT_EQ(bound_of(repeated("not ", 5001)), 1202);
  EXPECT_EQ(bound_of(std::string("select 1\0", 9)), 1204);
}

// Each text hides a chain of operators behind what a careless scan takes for a string or comment.
TEST(Bounds, SeeThroughQuotes) {
  const std::string chain = repeated("+1", 10'001);
  for (const char* before :
       {"select 1 like'\\', 1", "select 1 as a$b$, 1", "select --\r1", "select 1 as \"e\"'\\', 1",
        "select é$b$, 1", "/* /* */ */ select 1", "select u&'\\', 1", "select 1 as fe'\\', 1"}) {
    EXPECT_EQ(bound_of(before + chain), 1202) << before;
  }
  for (const char* before :
       {"select e'\\'", "select E'a'\n'\\'", "select e'a' -- b\n '\\'", "select $b$",
        "select $$", "select '", "select \"", "-- ", "/* /* */"}) {
    EXPECT_EQ(bound_of(before + chain), 0) << before;
  }
}

}  // namespace
}  // namespace weir::sql
