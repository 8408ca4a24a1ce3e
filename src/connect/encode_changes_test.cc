#include <gtest/gtest.h>

#include "connect/sink_schemas.h"

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

using namespace std::string_literals;

SinkSpec avro_of(ChangeMode mode) {
  SinkSpec spec = spec_of(mode);
  spec.format = codec::OutputFormat::kAvro;
  spec.record = "shop.revenue";
  spec.registered = RegisteredSchemas{7, 0x01020304};
  return spec;
}

TEST(EncodeChanges, AvroBytesStandBehindTheirFrame) {
  const auto changes = changes_of({{"SE", 1, -1}, {"NO", 2, -1}, {"NO", -65, 1}});
  const auto records = encode_changes(avro_of(ChangeMode::kUpsert), changes);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].key, "\0\0\0\0\7\2\4SE"s);
  EXPECT_FALSE(records[0].value.has_value());
  EXPECT_EQ(records[1].value, "\0\1\2\3\4\2\4NO\2\x81\1"s);
  const auto log = encode_changes(avro_of(ChangeMode::kAppend), changes);
  EXPECT_EQ(log[0].value, "\0\1\2\3\4\14delete\2\4SE\2\2"s);
}

TEST(SinkSchemas, FollowTheColumns) {
  EXPECT_EQ(key_schema(avro_of(ChangeMode::kUpsert)).text,
            R"({"type":"record","name":"revenue_key","namespace":"shop","fields":[)"
            R"({"name":"country","type":["null","string"],"default":null}]})");
  EXPECT_EQ(value_schema(avro_of(ChangeMode::kAppend)).text,
            R"({"type":"record","name":"revenue","namespace":"shop","fields":[)"
            R"({"name":"_op","type":"string"},)"
            R"({"name":"country","type":["null","string"],"default":null},)"
            R"({"name":"n","type":["null","long"],"default":null}]})");
  SinkSpec odd = avro_of(ChangeMode::kUpsert);
  odd.schema.fields = {{"a b", TypeId::kBool}, {"a_b", TypeId::kInt2}, {"a-b", TypeId::kUuid},
                       {"1\u00fc", {TypeId::kNumeric, 9, 2}}, {"", array_id(TypeId::kDate)}};
  EXPECT_EQ(value_schema(odd).text,
            R"({"type":"record","name":"revenue","namespace":"shop","fields":[)"
            R"({"name":"a_b_2","type":["null","boolean"],"default":null},)"
            R"({"name":"a_b","type":["null","int"],"default":null},)"
            R"({"name":"a_b_3","type":["null",{"type":"string","logicalType":"uuid"}],)"
            R"("default":null},)"
            R"({"name":"_1_","type":["null",{"type":"bytes","logicalType":"decimal","precision":9,)"
            R"("scale":2}],"default":null},)"
            R"({"name":"_","type":["null",{"type":"array","items":["null",{"type":"int",)"
            R"("logicalType":"date"}]}],"default":null}]})");
}

}  // namespace
}  // namespace weir::connect
