// Values, their bytes and their text: the facts that the rest of weir rests on.
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"
#include "data/cast.h"
#include "data/compare.h"
#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir {
namespace {

std::string round_trip(std::string_view text, Type type) {
  const Result<Value> value = parse_text_form(text, type);
  return value ? text_form(*value) : "error " + value.error().sqlstate();
}

// Each column's memory is free again when the next one is made, often at the same address.
TEST(Column, KeepsTheTextOfColumnsThatAreGone) {
  ColumnBuilder all(TypeId::kText);
  const auto text = [](uint32_t i) { return "text that is not inline " + std::to_string(i); };
  for (uint32_t i = 0; i < 100; ++i) {
    ColumnBuilder one(TypeId::kText);
    one.append_text(text(i));
    all.append_from(*one.finish(), 0);
  }
  const ColumnPtr kept = all.finish();
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(kept->value<StringRef>(i).view(), text(i));
}

TEST(TextForm, ReadsAndWritesAsPostgres) {
  EXPECT_EQ(round_trip(" 42 ", TypeId::kInt4), "42");
  EXPECT_EQ(round_trip("2147483648", TypeId::kInt4), "error 22003");
  EXPECT_EQ(round_trip("4x", TypeId::kInt4), "error 22P02");
  EXPECT_EQ(round_trip("1e20", TypeId::kFloat8), "1e+20");
  EXPECT_EQ(round_trip("0.1", TypeId::kFloat8), "0.1");
  EXPECT_EQ(round_trip("100000", TypeId::kFloat8), "100000");
  EXPECT_EQ(round_trip("-Infinity", TypeId::kFloat8), "-Infinity");
  EXPECT_EQ(round_trip("1.50", TypeId::kNumeric), "1.50");
  EXPECT_EQ(round_trip("1.005", Type(TypeId::kNumeric, 5, 2)), "1.01");
  EXPECT_EQ(round_trip("1000", Type(TypeId::kNumeric, 5, 2)), "error 22003");
  EXPECT_EQ(round_trip("2018-08-01T05:00:00.000Z", TypeId::kTimestamptz), "2018-08-01 05:00:00+00");
  EXPECT_EQ(round_trip("2018-08-01 05:00:00.25+02", TypeId::kTimestamptz),
            "2018-08-01 03:00:00.25+00");
  EXPECT_EQ(round_trip("2024-02-30", TypeId::kDate), "error 22008");
  EXPECT_EQ(round_trip("January 8, 1999", TypeId::kDate), "1999-01-08");
  EXPECT_EQ(round_trip("0044-03-15 BC", TypeId::kDate), "0044-03-15 BC");
  EXPECT_EQ(round_trip("1 year 2 mons -3 days 04:05:06.7", TypeId::kInterval),
            "1 year 2 mons -3 days +04:05:06.7");
  EXPECT_EQ(round_trip("1.5 hours", TypeId::kInterval), "01:30:00");
  EXPECT_EQ(round_trip("P1DT2H", TypeId::kInterval), "1 day 02:00:00");
  EXPECT_EQ(round_trip("{\"b\":1,\"a\":[1,2.50,\"x\"],\"b\":2}", TypeId::kJsonb),
            "{\"a\": [1, 2.50, \"x\"], \"b\": 2}");
  EXPECT_EQ(round_trip("{\"a\":}", TypeId::kJsonb), "error 22P02");
  EXPECT_EQ(round_trip(" 1e20 ", TypeId::kJsonb), "100000000000000000000");
  EXPECT_EQ(round_trip(" 100000000000000000000\n", TypeId::kJsonb), "100000000000000000000");
  EXPECT_EQ(round_trip("100000000000000000000 5", TypeId::kJsonb), "error 22P02");
  EXPECT_EQ(round_trip("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", TypeId::kUuid),
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(round_trip("\\xDEAD", TypeId::kBytea), "\\xdead");
}

TEST(TextForm, ReadsIntervalsToTheMicrosecond) {
  const auto interval = [](std::string_view text) { return round_trip(text, TypeId::kInterval); };
  EXPECT_EQ(interval("1167333616:41:42.000001"), "1167333616:41:42.000001");
  EXPECT_EQ(interval("1-2"), "1 year 2 mons");
  EXPECT_EQ(interval("-1-2"), "-1 years -2 mons");
  EXPECT_EQ(interval("1-2 3 04:05:06"), "1 year 2 mons 3 days 04:05:06");
  EXPECT_EQ(interval("1-12"), "error 22015");
  EXPECT_EQ(interval("1 12:00"), "1 day 12:00:00");
  EXPECT_EQ(interval("12 13"), "error 22007");
  EXPECT_EQ(interval("1 -2"), "error 22007");
  EXPECT_EQ(interval("1-x"), "error 22007");
}

TEST(TextForm, EndsTimestampsWhere64BitsDo) {
  EXPECT_EQ(round_trip("294246-12-31 23:59:59.999999Z", TypeId::kTimestamptz),
            "294246-12-31 23:59:59.999999+00");
  EXPECT_EQ(round_trip("294276-12-31 23:59:59.999999Z", TypeId::kTimestamptz), "error 22008");
  EXPECT_EQ(round_trip("294247-01-09 24:00:00", TypeId::kTimestamp), "error 22008");
  EXPECT_EQ(round_trip("294247-01-09 23:00:00-05", TypeId::kTimestamptz), "error 22008");
  EXPECT_EQ(round_trip("4714-11-24 00:00:00 BC", TypeId::kTimestamp), "4714-11-24 00:00:00 BC");
  EXPECT_EQ(round_trip("4714-11-23 BC", TypeId::kDate), "error 22008");
  EXPECT_EQ(round_trip("4714-11-24 00:00:00+05 BC", TypeId::kTimestamptz), "error 22008");
}

TEST(DecimalArithmetic, ScalesAsPostgres) {
  const auto d = [](const char* text) { return *Decimal::parse(text); };
  EXPECT_EQ(Decimal::div(d("3"), d("2"))->to_string(), "1.5000000000000000");
  EXPECT_EQ(Decimal::div(d("1"), d("3"))->to_string(), "0.33333333333333333333");
  EXPECT_EQ(Decimal::div(d("10"), d("3"))->to_string(), "3.3333333333333333");
  EXPECT_EQ(Decimal::add(d("1.5"), d("2.25000"))->to_string(), "3.75000");
  EXPECT_EQ(Decimal::mul(d("-1.10"), d("2.5"))->to_string(), "-2.750");
  EXPECT_EQ(Decimal::mod(d("-7.5"), d("2"))->to_string(), "-1.5");
  EXPECT_EQ(d("2.5").round_to(0)->to_string(), "3");
  EXPECT_EQ(d("-2.5").round_to(0)->to_string(), "-3");
  EXPECT_EQ(d("1234.5").round_to(-2)->to_string(), "1200");
  EXPECT_FALSE(Decimal::mul(d("1e37"), d("100")).has_value());
}

Value random_value(Random& random, Type type) {
  if (random.chance(0.1)) return Value::null(type);
  switch (type.id) {
    case TypeId::kInt4: return {type, random.between(-3, 3) * random.between(0, 700'000'000)};
    case TypeId::kInt8: return {type, static_cast<int64_t>(random.next() >> random.below(64))};
    case TypeId::kFloat8:
      return {type, random.chance(0.1)
                        ? -0.0
                        : (random.unit() - 0.5) * std::pow(10, random.between(-9, 9))};
    case TypeId::kNumeric:
      return {type, Decimal(random.between(-5000, 5000) * 10, static_cast<int>(random.below(4)))};
    case TypeId::kInterval:
      return {type, Interval{static_cast<int32_t>(random.between(-2, 2)),
                             static_cast<int32_t>(random.between(-60, 60)),
                             random.between(-1, 1) * 86'400'000'000}};
    default: {
      std::string text;
      for (uint64_t n = random.below(20); n > 0; --n) text.push_back("ab\x01z"[random.below(4)]);
      return {TypeId::kText, text};
    }
  }
}

// Columns that come one after the other at one address are not one column.
TEST(ColumnBuilder, KeepsTheTextOfEveryColumnThatItTookFrom) {
  ColumnBuilder all(TypeId::kText);
  for (int i = 0; i < 100; ++i) {
    ColumnBuilder one(TypeId::kText);
    one.append_text("a text of more than twelve bytes, number " + std::to_string(i));
    all.append_from(*one.finish(), 0);
  }
  const ColumnPtr column = all.finish();
  for (uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(column->text(i), "a text of more than twelve bytes, number " + std::to_string(i));
  }
}

TEST(RowEncoding, KeysOrderAsSqlAndRowsComeBack) {
  Random random(7);
  const Schema schema{{{"a", TypeId::kInt4}, {"b", TypeId::kText}, {"c", TypeId::kNumeric},
                       {"d", TypeId::kFloat8}, {"e", TypeId::kInterval}, {"f", TypeId::kInt8}}};
  BatchBuilder builder(schema);
  for (int i = 0; i < 300; ++i) {
    for (size_t c = 0; c < schema.size(); ++c) {
      append_value(builder.column(c), random_value(random, schema.fields[c].type));
    }
    builder.end_row();
  }
  const Batch batch = builder.finish();
  for (uint32_t c = 0; c < schema.size(); ++c) {
    for (const bool descending : {false, true}) {
      const std::vector<SortColumn> order{{c, descending, descending}, {0, false, false}};
      RowBytes keys;
      encode_keys(batch, order, keys);
      for (uint32_t i = 0; i < batch.rows; ++i) {
        for (uint32_t j = 0; j < batch.rows; ++j) {
          EXPECT_EQ(keys[i].compare(keys[j]) <=> 0, compare_rows(batch, i, batch, j, order))
              << "column " << c << " rows " << i << ", " << j;
        }
      }
    }
  }
  RowBytes rows;
  encode_rows(batch, rows);
  BatchBuilder back(schema);
  for (uint32_t i = 0; i < batch.rows; ++i) {
    ASSERT_TRUE(decode_row(rows[i], back));
    back.end_row();
  }
  RowBytes again;
  encode_rows(back.finish(), again);
  for (uint32_t i = 0; i < batch.rows; ++i) EXPECT_EQ(rows[i], again[i]);
}

TEST(RowEncoding, BrokenBytesAreRefused) {
  Random random(11);
  const Schema schema{{{"a", TypeId::kInt4}, {"b", TypeId::kText}, {"c", TypeId::kNumeric}}};
  BatchBuilder builder(schema);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random.below(40), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(random.chance(0.5) ? 3 : 256));
    if (decode_row(bytes, builder)) builder.end_row();
  }
  const Batch batch = builder.finish();
  for (const ColumnPtr& column : batch.columns) EXPECT_EQ(column->size(), batch.rows);
}

TEST(Cast, RoundsAndOverflowsAsPostgres) {
  EXPECT_EQ(std::get<int64_t>(cast_value(Value::of(2.5), TypeId::kInt4)->data), 2);
  EXPECT_EQ(std::get<int64_t>(
                cast_value({TypeId::kNumeric, *Decimal::parse("2.5")}, TypeId::kInt4)->data),
            3);
  EXPECT_EQ(cast_value(Value::of(int64_t{70000}), TypeId::kInt2).error().sqlstate(), "22003");
  EXPECT_EQ(text_form(*cast_value(Value::of(true), TypeId::kText)), "true");
  EXPECT_FALSE(cast_exists(TypeId::kInt8, TypeId::kInt4, CastContext::kImplicit));
  EXPECT_TRUE(cast_exists(TypeId::kInt8, TypeId::kInt4, CastContext::kAssignment));
}

}  // namespace
}  // namespace weir
