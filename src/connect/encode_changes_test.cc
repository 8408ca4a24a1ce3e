#include <gtest/gtest.h>

#include "connect/sink.h"

namespace weir::connect {
namespace {

SinkSpec spec_of(ChangeMode mode) {
  SinkSpec spec;
  spec.name = "out";
  spec.from = "revenue";
  spec.changes = mode;
  spec.schema.fields = {{"country", TypeId::kText}, {"n", TypeId::kInt8}};
  spec.key = {0};
  return spec;
}

EpochChanges changes_of(std::vector<std::tuple<std::string, int64_t, int64_t>> rows) {
  BatchBuilder builder(spec_of(ChangeMode::kAppend).schema);
  for (const auto& [country, n, weight] : rows) {
    builder.column(0).append_text(country);
    builder.column(1).append(n);
    builder.end_row(weight);
  }
  return {Epoch(7), 1767225600000000, builder.finish()};
}

std::vector<std::string> texts(const std::vector<log::Record>& records) {
  std::vector<std::string> out;
  for (const auto& r : records) {
    out.push_back(r.key.value_or("-") + " " + r.value.value_or("-"));
  }
  return out;
}

using Texts = std::vector<std::string>;

TEST(EncodeChanges, AppendNamesTheOperationAndRepeatsByWeight) {
  const auto changes = changes_of({{"SE", 1, -1}, {"SE", 2, 2}});
  EXPECT_EQ(texts(encode_changes(spec_of(ChangeMode::kAppend), changes)),
            (Texts{R"({"country":"SE"} {"_op":"delete","country":"SE","n":1})",
                   R"({"country":"SE"} {"_op":"insert","country":"SE","n":2})",
                   R"({"country":"SE"} {"_op":"insert","country":"SE","n":2})"}));
  SinkSpec plain = spec_of(ChangeMode::kAppend);
  plain.view_is_append_only = true;
  plain.key.clear();
  EXPECT_EQ(texts(encode_changes(plain, changes_of({{"SE", 1, 1}}))),
            (Texts{R"(- {"country":"SE","n":1})"}));
  EXPECT_EQ(texts(encode_changes(plain, changes_of({{"SE", 1, -1}, {"NO", 2, 1}}))),
            (Texts{R"(- {"country":"NO","n":2})"}));  // the view lets a row go that is too old
  plain.view_is_append_only = false;
  plain.format = codec::OutputFormat::kCsv;
  EXPECT_EQ(texts(encode_changes(plain, changes_of({{"SE", 1, -1}}))), (Texts{"- delete,SE,1"}));
}

TEST(EncodeChanges, UpsertIsOneRecordAKey) {
  const auto records = encode_changes(
      spec_of(ChangeMode::kUpsert),
      changes_of({{"SE", 1, -1}, {"NO", 5, -1}, {"SE", 2, 1}, {"DK", 9, 1}}));
  EXPECT_EQ(texts(records), (Texts{R"({"country":"SE"} {"country":"SE","n":2})",
                                   R"({"country":"NO"} -)",
                                   R"({"country":"DK"} {"country":"DK","n":9})"}));
  EXPECT_EQ(records[0].timestamp, 1767225600000000);
}

TEST(EncodeChanges, KeysThatLookDifferentAreTwo) {
  const Schema schema{{{"k", TypeId::kNumeric}}};
  BatchBuilder builder(schema);
  for (const auto& [text, weight] : {std::pair("1.0", -1), std::pair("1.00", 1)}) {
    builder.column(0).append(*Decimal::parse(text));
    builder.end_row(weight);
  }
  SinkSpec spec = spec_of(ChangeMode::kUpsert);
  spec.schema = schema;
  spec.key = {0};
  EXPECT_EQ(texts(encode_changes(spec, {Epoch(7), 0, builder.finish()})),
            (Texts{R"({"k":1.0} -)", R"({"k":1.00} {"k":1.00})"}));
}

TEST(EncodeChanges, DebeziumHasBeforeAndAfter) {
  const auto out = texts(encode_changes(
      spec_of(ChangeMode::kDebezium), changes_of({{"SE", 1, -1}, {"SE", 2, 1}, {"NO", 5, -1}})));
  const std::string source =
      R"("source":{"connector":"weir","table":"revenue","epoch":7,"ts_ms":1767225600000})";
  EXPECT_EQ(out, (Texts{R"({"country":"SE"} {"before":{"country":"SE","n":1},)"
                        R"("after":{"country":"SE","n":2},)" +
                            source + R"(,"op":"u","ts_ms":1767225600000})",
                        R"({"country":"NO"} {"before":{"country":"NO","n":5},"after":null,)" +
                            source + R"(,"op":"d","ts_ms":1767225600000})",
                        R"({"country":"NO"} -)"}));
}

}  // namespace
}  // namespace weir::connect
