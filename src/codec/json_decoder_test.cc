#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/decoder.h"
#include "codec/encoder.h"
#include "data/text_form.h"

namespace weir::codec {
namespace {

DecodeColumn column(std::string name, Type type, std::string path = "") {
  DecodeColumn c;
  c.field = {std::move(name), type};
  c.path = std::move(path);
  return c;
}

std::string padded(std::string_view text) { return std::string(text) + std::string(64, ' '); }

// All values of a row as text, "-" for NULL, separated by "|".
std::string row_text(const Batch& batch, uint32_t row) {
  std::string out;
  for (const ColumnPtr& c : batch.columns) {
    if (!out.empty()) out += "|";
    if (c->is_null(row)) {
      out += "-";
    } else {
      append_text_form(out, *c, row);
    }
  }
  return out;
}

Decoded decode_all(const DecoderOptions& options, std::string_view text) {
  auto decoder = make_decoder(options);
  EXPECT_TRUE(decoder.has_value());
  const std::string bytes = padded(text);
  return (*decoder)->decode(std::string_view(bytes.data(), text.size()), true, 1 << 20);
}

std::string one(Type type, std::string_view json, const DecoderOptions& base = {}) {
  DecoderOptions options = base;
  DecodeColumn c = column("v", type);
  if (!base.columns.empty()) {
    c.epoch_unit = base.columns[0].epoch_unit;
    c.zone_offset_seconds = base.columns[0].zone_offset_seconds;
  }
  options.columns = {c};
  const Decoded out = decode_all(options, "{\"v\":" + std::string(json) + "}");
  if (out.dead.size() == 1) return out.dead[0].sqlstate;
  EXPECT_EQ(out.batch.rows, 1u);
  return row_text(out.batch, 0);
}

TEST(JsonDecoder, TakesWantedColumnsInAnyOrder) {
  DecoderOptions options;
  options.columns = {column("b", TypeId::kText), column("a", TypeId::kInt8)};
  const Decoded out = decode_all(options,
                                 "{\"a\":1,\"x\":[1,{\"a\":9}],\"b\":\"one\"}\n"
                                 "{\"b\":\"two\",\"a\":2}\r\n"
                                 "\n  \n"
                                 "{\"x\":{\"a\":5,\"b\":\"no\"}}\n"
                                 "{ \"a\" : 4 , \"b\" : \"four\" , \"a\" : 5 }");
  ASSERT_EQ(out.batch.rows, 4u);
  EXPECT_EQ(row_text(out.batch, 0), "one|1");
  EXPECT_EQ(row_text(out.batch, 1), "two|2");
  EXPECT_EQ(row_text(out.batch, 2), "-|-");
  EXPECT_EQ(row_text(out.batch, 3), "four|5");  // the last of two counts
  EXPECT_TRUE(out.dead.empty());
  EXPECT_TRUE(out.record_of_row.empty());
  EXPECT_EQ(out.records, 4u);
}

TEST(JsonDecoder, NestedPaths) {
  DecoderOptions options;
  options.columns = {column("speed", TypeId::kFloat8, "$.velocity.ground"),
                     column("second", TypeId::kInt4, "$.list[1]"),
                     column("deep", TypeId::kText, "$.list[2].x['odd.key']"),
                     column("velocity", TypeId::kJsonb), column("all", TypeId::kJsonb, "$")};
  const Decoded out = decode_all(
      options, R"({"velocity":{"ground":1.5,"up": 2},"list":[7,8,{"x":{"odd.key":"yes"}}]})");
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0),
            R"(1.5|8|yes|{"up": 2, "ground": 1.5}|{"list": [7, 8, {"x": {"odd.key": "yes"}}], )"
            R"("velocity": {"up": 2, "ground": 1.5}})");
  options.columns = {column("a", TypeId::kInt4, "$.a..b")};
  EXPECT_FALSE(make_decoder(options).has_value());
  options.columns = {column("a", TypeId::kInt4, "$.a[x]")};
  EXPECT_FALSE(make_decoder(options).has_value());
}

TEST(JsonDecoder, ScalarsTakeTheInputFunctionWhereNothingIsLost) {
  EXPECT_EQ(one(TypeId::kInt4, "5"), "5");
  EXPECT_EQ(one(TypeId::kInt4, "\"5\""), "5");
  EXPECT_EQ(one(TypeId::kInt4, "1.0"), "1");
  EXPECT_EQ(one(TypeId::kInt4, "1e3"), "1000");
  EXPECT_EQ(one(TypeId::kInt4, "1.5"), "22P02");
  EXPECT_EQ(one(TypeId::kInt4, "2147483648"), "22003");
  EXPECT_EQ(one(TypeId::kInt2, "-32769"), "22003");
  EXPECT_EQ(one(TypeId::kInt8, "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(one(TypeId::kInt8, "9223372036854775808"), "22003");
  EXPECT_EQ(one(TypeId::kInt4, "true"), "22P02");
  EXPECT_EQ(one(TypeId::kInt4, "[1]"), "22P02");
  EXPECT_EQ(one(TypeId::kNumeric, "1.50"), "1.50");
  EXPECT_EQ(one(TypeId::kNumeric, "12345678901234567890.123456789"),
            "12345678901234567890.123456789");
  EXPECT_EQ(one(TypeId::kNumeric, "-0.007"), "-0.007");
  EXPECT_EQ(one(Type(TypeId::kNumeric, 4, 1), "12.55"), "12.6");
  EXPECT_EQ(one(Type(TypeId::kNumeric, 4, 1), "12345"), "22003");
  EXPECT_EQ(one(TypeId::kFloat8, "0.1"), "0.1");
  EXPECT_EQ(one(TypeId::kFloat8, "1e400"), "22003");
  EXPECT_EQ(one(TypeId::kFloat8, "\"NaN\""), "NaN");
  EXPECT_EQ(one(TypeId::kBool, "true"), "t");
  EXPECT_EQ(one(TypeId::kBool, "\"yes\""), "t");
  EXPECT_EQ(one(TypeId::kText, "1.50"), "1.50");
  EXPECT_EQ(one(TypeId::kText, "false"), "false");
  EXPECT_EQ(one(TypeId::kText, "null"), "-");
  EXPECT_EQ(one(TypeId::kText, R"({"b": [1 ,2]})"), R"({"b": [1 ,2]})");
  EXPECT_EQ(one(TypeId::kText, R"("a\"\u00e9\n\ud83d\ude00")"), "a\"\u00e9\n\U0001F600");
  EXPECT_EQ(one(Type(TypeId::kText, 3, -1), "\"abcd\""), "22001");
  EXPECT_EQ(one(TypeId::kJsonb, R"({"b":1,"a":[1.0, "x"]})"), R"({"a": [1.0, "x"], "b": 1})");
  EXPECT_EQ(one(TypeId::kJsonb, "\"x\""), "\"x\"");
  EXPECT_EQ(one(TypeId::kUuid, "\"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11\""),
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(one(TypeId::kBytea, "\"\\\\x6869\""), "\\x6869");
}

TEST(JsonDecoder, Arrays) {
  const Type ints = array_id(TypeId::kInt4);
  const Type texts = array_id(TypeId::kText);
  EXPECT_EQ(one(ints, "[1, null, 3.0]"), "{1,NULL,3}");
  EXPECT_EQ(one(ints, "[[1,2],[3,4]]"), "{{1,2},{3,4}}");
  EXPECT_EQ(one(ints, "[]"), "{}");
  EXPECT_EQ(one(ints, "\"{1,2}\""), "{1,2}");
  EXPECT_EQ(one(ints, "null"), "-");
  EXPECT_EQ(one(ints, "[1,\"x\"]"), "22P02");
  EXPECT_EQ(one(ints, "[[1],[2,3]]"), "2202E");
  EXPECT_EQ(one(ints, "[1,[2]]"), "2202E");
  EXPECT_EQ(one(ints, "[{\"a\":1}]"), "22P02");
  EXPECT_EQ(one(ints, "{\"a\":1}"), "22P02");
  EXPECT_EQ(one(ints, "7"), "22P02");
  EXPECT_EQ(one(ints, "[[[[[[[1]]]]]]]"), "54000");
  EXPECT_EQ(one(texts, R"(["a b", "c\"d\u00e9", null, "", true, 1.50, {"k": 1}])"),
            "{\"a b\",\"c\\\"d\u00e9\",NULL,\"\",true,1.50,\"{\\\"k\\\": 1}\"}");
  EXPECT_EQ(one(array_id(TypeId::kJsonb), R"([1, [2], {"a": null}, null])"),
            R"({1,[2],"{\"a\": null}","null"})");
  EXPECT_EQ(one(array_id(TypeId::kTimestamptz), "[\"2018-08-01T05:00:00Z\"]"),
            "{\"2018-08-01 05:00:00+00\"}");
}

TEST(JsonDecoder, Times) {
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01T05:00:00.000Z\""), "2018-08-01 05:00:00+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01 05:00:00.25+02:30\""),
            "2018-08-01 02:30:00.25+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01T05:00:00\""), "22007");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01\""), "22007");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-02-30T05:00:00Z\""), "22008");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"infinity\""), "infinity");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"soon\""), "22007");
  EXPECT_EQ(one(TypeId::kTimestamptz, "1533099600"), "22007");
  EXPECT_EQ(one(TypeId::kTimestamp, "\"2018-08-01T05:00:00+02\""), "2018-08-01 05:00:00");
  EXPECT_EQ(one(TypeId::kDate, "\"2018-08-01\""), "2018-08-01");
  EXPECT_EQ(one(TypeId::kTimestamp, "\"0001-01-01 00:00:00\""), "0001-01-01 00:00:00");
  DecoderOptions zoned;
  zoned.columns.resize(1);
  zoned.columns[0].zone_offset_seconds = 3600;
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01T05:00:00\"", zoned), "2018-08-01 04:00:00+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01\"", zoned), "2018-07-31 23:00:00+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"2018-08-01T05:00:00Z\"", zoned), "2018-08-01 05:00:00+00");
  DecoderOptions epoch;
  epoch.columns.resize(1);
  epoch.columns[0].epoch_unit = 1000000;
  EXPECT_EQ(one(TypeId::kTimestamptz, "1533099600", epoch), "2018-08-01 05:00:00+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "1533099600.25", epoch), "2018-08-01 05:00:00.25+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "\"1533099600\"", epoch), "2018-08-01 05:00:00+00");
  EXPECT_EQ(one(TypeId::kTimestamptz, "1e300", epoch), "22008");
  EXPECT_EQ(one(TypeId::kDate, "-1", epoch), "1969-12-31");
  epoch.columns[0].epoch_unit = -1000;
  EXPECT_EQ(one(TypeId::kTimestamp, "1533099600000001500", epoch), "2018-08-01 05:00:00.000002");
}

TEST(JsonDecoder, EachBrokenLineCostsItself) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt4), column("t", TypeId::kText)};
  const std::vector<std::pair<std::string, std::string>> broken = {
      {R"({"a":1,"t":"x")", "22P02"},          {R"({"a":1,"t":"x)", "22P02"},
      {R"({"a":1,,"t":"x"})", "22P02"},        {R"({"a" 1})", "22P02"},
      {R"({"a":01})", "22P02"},                {R"({"a":1}{"a":2})", "22P02"},
      {R"({"a":1} x)", "22P02"},               {R"([1,2])", "22P02"},
      {"17", "22P02"},                         {"\"a\"", "22P02"},
      {"{\"t\":\"\xff\xfe\"}", "22021"},       {R"({"t":"\u0000"})", "22P05"},
      {R"({"t":"\ud800"})", "22P02"},          {R"({"t":"\q"})", "22P02"},
      {"{\"t\":\"a\tb\"}", "22P02"},           {R"({"a":tru})", "22P02"},
      {R"({"a":-})", "22P02"},                 {R"({"a":1.})", "22P02"},
      {R"({"a":99999999999999999999})", "22003"}, {"}", "22P02"},
      {"{", "22P02"},                          {R"({"a":nul})", "22P02"},
      {std::string("{\"t\":\"a\0b\"}", 11), "22P02"}, {R"({"x":{"y":1})", "22P02"}};
  std::string text;
  for (const auto& [line, state] : broken) text += line + "\n{\"a\":7,\"t\":\"good\"}\n";
  const Decoded out = decode_all(options, text);
  EXPECT_EQ(out.records, 2 * broken.size());
  size_t dead = 0;
  for (size_t i = 0; i < broken.size(); ++i) {
    ASSERT_LT(dead, out.dead.size());
    EXPECT_EQ(out.dead[dead].index, 2 * i) << broken[i].first;
    EXPECT_EQ(out.dead[dead].sqlstate, broken[i].second) << broken[i].first;
    EXPECT_EQ(out.dead[dead].raw, broken[i].first);
    EXPECT_EQ(text.substr(out.dead[dead].byte_offset, broken[i].first.size()), broken[i].first);
    ++dead;
  }
  EXPECT_EQ(dead, out.dead.size());
  ASSERT_EQ(out.batch.rows + out.dead.size(), out.records);
  ASSERT_EQ(out.record_of_row.size(), out.batch.rows);
  size_t good = 0;
  for (uint32_t row = 0; row < out.batch.rows; ++row) {
    if (out.record_of_row[row] % 2 == 0) continue;
    EXPECT_EQ(row_text(out.batch, row), "7|good");
    ++good;
  }
  EXPECT_EQ(good, broken.size());
}

TEST(JsonDecoder, BadValueBecomesNullWhereAsked) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt4), column("b", TypeId::kInt4)};
  options.on_bad_value = OnBadValue::kNull;
  const Decoded out = decode_all(options, "{\"a\":\"x\",\"b\":2}\n{\"a\":1,\"b\":");
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "-|2");
  EXPECT_EQ(out.dead.size(), 1u);  // broken syntax has no values to keep
}

TEST(JsonDecoder, DeadRowNamesItsColumn) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt4), column("b", TypeId::kInt4)};
  const Decoded out = decode_all(options, "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":3}\n");
  ASSERT_EQ(out.dead.size(), 1u);
  EXPECT_EQ(out.dead[0].column, "b");
  EXPECT_EQ(out.dead[0].reason, "invalid input syntax for type integer: \"x\"");
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "2|3");
  EXPECT_EQ(out.record_of_row, std::vector<uint32_t>{1});
}

TEST(JsonDecoder, DeepNestingIsBounded) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt4), column("j", TypeId::kJsonb)};
  Decoded out = decode_all(options, "{\"x\":" + deep + ",\"a\":1}\n{\"j\":" + deep + "}\n" +
                                        std::string(300000, '{') + "\n{\"a\":2}");
  EXPECT_EQ(out.records, 4u);
  ASSERT_EQ(out.dead.size(), 2u);
  EXPECT_EQ(out.dead[0].sqlstate, "54001");
  ASSERT_EQ(out.batch.rows, 2u);
  EXPECT_EQ(row_text(out.batch, 0), "1|-");
  EXPECT_EQ(row_text(out.batch, 1), "2|-");
}

TEST(JsonDecoder, LongLineStreamsByWithoutBeingHeld) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt4)};
  options.max_record_bytes = 1000;
  auto decoder = std::move(make_decoder(options)).value();
  const std::string chunk = padded(std::string(5000, 'x'));
  const std::string head = padded("\xEF\xBB\xBF{\"a\":1}\n{\"a\":2,\"pad\":\"");
  Decoded out = decoder->decode({head.data(), head.size() - 64}, false, 100);
  EXPECT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(out.consumed, 11u);
  EXPECT_FALSE(out.inside_record);
  const std::string rest = padded(head.substr(11, head.size() - 64 - 11) + std::string(5000, 'x'));
  out = decoder->decode({rest.data(), rest.size() - 64}, false, 100);
  EXPECT_EQ(out.records, 0u);
  EXPECT_EQ(out.consumed, rest.size() - 64);
  EXPECT_TRUE(out.inside_record);
  for (int i = 0; i < 3; ++i) {
    out = decoder->decode({chunk.data(), 5000}, false, 100);
    EXPECT_EQ(out.consumed, 5000u);
    EXPECT_TRUE(out.inside_record);
  }
  const std::string end = padded("\"}\n{\"a\":3}\n");
  out = decoder->decode({end.data(), end.size() - 64}, false, 100);
  EXPECT_EQ(out.records, 2u);
  ASSERT_EQ(out.dead.size(), 1u);
  EXPECT_EQ(out.dead[0].raw.substr(0, 14), "{\"a\":2,\"pad\":\"");
  EXPECT_EQ(out.dead[0].sqlstate, "54000");
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "3");
  EXPECT_FALSE(out.inside_record);
}

TEST(JsonDecoder, AnyCutOfTheInputGivesTheSameRows) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt8), column("t", TypeId::kText)};
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += i % 17 == 0 ? "{broken\n"
                        : "{\"a\":" + std::to_string(i) + ",\"t\":\"row number " +
                              std::to_string(i) + "\"}\n";
  }
  const Decoded whole = decode_all(options, text);
  Random random(3);
  for (int round = 0; round < 50; ++round) {
    auto decoder = std::move(make_decoder(options)).value();
    std::string held;
    size_t given = 0;
    uint64_t rows = 0, dead = 0;
    while (given < text.size() || !held.empty()) {
      const size_t n = std::min<size_t>(1 + random.below(90), text.size() - given);
      held += text.substr(given, n);
      given += n;
      const std::string bytes = padded(held);
      const Decoded out = decoder->decode({bytes.data(), held.size()}, given == text.size(),
                                          static_cast<uint32_t>(1 + random.below(3)));
      rows += out.batch.rows;
      dead += out.dead.size();
      held.erase(0, out.consumed);
    }
    EXPECT_EQ(rows, whole.batch.rows);
    EXPECT_EQ(dead, whole.dead.size());
  }
}

TEST(JsonDecoder, RecordsOfATopicMayHoldNewlines) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt8)};
  auto decoder = std::move(make_decoder(options)).value();
  const Decoded out = decoder->decode_records({"{\n\"a\":\n1}", "", "{\"a\":2}\n{\"a\":3}"});
  EXPECT_EQ(out.records, 3u);
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "1");
  ASSERT_EQ(out.dead.size(), 2u);
  EXPECT_EQ(out.dead[0].index, 1u);
  EXPECT_EQ(out.dead[1].index, 2u);
}

TEST(Encoder, JsonAndCsv) {
  DecoderOptions options;
  options.columns = {column("a", TypeId::kInt8), column("t \"x\"", TypeId::kText, "t"),
                     column("ts", TypeId::kTimestamptz)};
  const Decoded in = decode_all(
      options, "{\"a\":1,\"t\":\"x,\\\"y\\n\",\"ts\":\"2026-01-01T00:00:00Z\"}\n{\"t\":\"\"}");
  Schema schema;
  for (const DecodeColumn& c : options.columns) schema.fields.push_back(c.field);
  auto json = make_encoder(OutputFormat::kJson, schema);
  std::string out;
  json->encode(in.batch, 0, out);
  EXPECT_EQ(out, R"({"a":1,"t \"x\"":"x,\"y\n","ts":"2026-01-01T00:00:00+00:00"})");
  out.clear();
  json->encode(in.batch, 1, out);
  EXPECT_EQ(out, R"({"a":null,"t \"x\"":"","ts":null})");
  auto csv = make_encoder(OutputFormat::kCsv, schema);
  EXPECT_EQ(csv->header(), "a,\"t \"\"x\"\"\",ts\n");
  out.clear();
  csv->encode(in.batch, 0, out);
  EXPECT_EQ(out, "1,\"x,\"\"y\n\",2026-01-01 00:00:00+00");
  out.clear();
  csv->encode(in.batch, 1, out);
  EXPECT_EQ(out, ",\"\",");
}

}  // namespace
}  // namespace weir::codec
