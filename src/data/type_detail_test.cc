// Enums, records and char(n): their bytes, which reach disk, and what they keep.
#include "data/type_detail.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "data/compare.h"
#include "data/record.h"
#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    for (const int shift : {4, 0}) out += "0123456789abcdef"[(c >> shift) & 15];
  }
  return out;
}

ColumnPtr column_of(const Type& type, const std::vector<std::string>& texts) {
  ColumnBuilder builder(type);
  for (const std::string& text : texts) {
    ParseError error;
    EXPECT_TRUE(append_parsed(builder, text, &error)) << text << error.message;
  }
  return builder.finish();
}

std::string row_bytes(const Type& type, const std::string& text) {
  std::string out;
  encode_value(*column_of(type, {text}), 0, out);
  return hex(out);
}

std::string key_bytes(const Type& type, const std::string& text) {
  std::string out;
  append_value_key(*column_of(type, {text}), 0, out);
  return hex(out);
}

TEST(TypeDetail, BytesAreFrozen) {
  const Type mood = *enum_by_labels({"sad", "ok"});
  EXPECT_EQ(row_bytes(mood, "ok"), "0106" "00020000" "6f6b");
  EXPECT_EQ(key_bytes(mood, "ok"), "00020000");
  const Type row = record_type({{"a", TypeId::kInt4}, {"b", TypeId::kText}, {"c", TypeId::kBool}});
  EXPECT_EQ(row_bytes(row, "(7,xy,)"), "010a" "0107000000" "01027879" "00");
  EXPECT_EQ(key_bytes(row, "(7,xy,)"), "01" "8000000000000007" "01" "78790000" "02");
  const Type padded(TypeId::kBpchar, 4, -1);
  EXPECT_EQ(row_bytes(padded, "ab"), "0104" "61622020");
  EXPECT_EQ(key_bytes(padded, "ab"), "6162" "0000");
  std::string type;
  ByteWriter writer(type);
  write_type(writer, mood);
  EXPECT_EQ(hex(type), "11" "ffff" "ffff" "11" "656e756d2827736164272c20276f6b2729" "02" "03736164"
                       "026f6b" "00");
}

TEST(TypeDetail, TypesComeBackFromBytes) {
  const Type mood = *enum_by_labels({"sad", "it's", "ok"});
  const Type row = record_type({{"m", mood.array()}, {"n", Type(TypeId::kNumeric, 6, 2)}}, "named");
  for (const Type& type : {mood, row, row.array(), Type(TypeId::kText, 5, -1)}) {
    std::string bytes;
    ByteWriter writer(bytes);
    write_type(writer, type);
    ByteReader reader(bytes);
    EXPECT_EQ(read_type(reader), type) << type.name();
    EXPECT_TRUE(reader.ok() && reader.at_end());
  }
}

TEST(TypeDetail, NamesOfEnumsReadBack) {
  const Type type = *enum_by_labels({"a", "it's, so", "Ok"});
  EXPECT_EQ(type.name(), "enum('a', 'it''s, so', 'Ok')");
  EXPECT_EQ(*parse_type(type.name()), type);
  EXPECT_EQ(*parse_type("ENUM (a,'it''s, so' , Ok)"), type);
  EXPECT_EQ(*parse_type("enum('a', 'it''s, so', 'Ok')[]"), type.array());
  EXPECT_FALSE(parse_type("enum()"));
  EXPECT_FALSE(parse_type("enum('a', 'a')"));
  EXPECT_FALSE(parse_type("record"));
}

TEST(TypeDetail, LabelsFindRoomBetweenOthers) {
  using Place = EnumLabels::Place;
  const Type type = *make_enum("t", {"a", "z"});
  const EnumLabels& labels = type.detail->labels;
  const std::string last = labels.find("z");
  std::vector<std::string> values = labels.values();
  std::string before = "z";
  int added = 0;
  while (EnumLabels::add(values, "n" + std::to_string(added), Place::kBefore, before)) {
    before = "n" + std::to_string(added++);
  }
  EXPECT_EQ(added, 16);  // halves of 65536
  EXPECT_EQ(labels.find("n0"), "");
  labels.set(values);
  EXPECT_EQ(labels.find("z"), last);
  EXPECT_FALSE(labels.find("n0").empty());
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
  EXPECT_EQ(values.size(), 18u);
  EXPECT_TRUE(EnumLabels::add(values, "behind", Place::kLast, ""));
}

TEST(TypeDetail, DamagedRecordsAnswerNull) {
  const Type row = record_type({{"a", TypeId::kInt8}, {"b", TypeId::kText}});
  std::string bytes = make_record(read_record(row, column_of(row, {"(1,abc)"})->text(0)), 0);
  for (; !bytes.empty(); bytes.pop_back()) {
    for (const ColumnPtr& field : read_record(row, bytes)) EXPECT_EQ(field->size(), 1u);
  }
}

TEST(TypeDetail, KeysOfRecordsAreTheirOrder) {
  const Type row = record_type({{"a", TypeId::kInt4}, {"b", Type(TypeId::kBpchar, 3, -1)}});
  const ColumnPtr rows = column_of(row, {"(-1,z)", "(1,)", "(1,a)", "(1,b)", "(,a)", "(,)"});
  const std::vector<uint32_t> in_order = {0, 2, 3, 1, 4, 5};
  for (size_t i = 1; i < in_order.size(); ++i) {
    EXPECT_TRUE(compare_values(*rows, in_order[i - 1], *rows, in_order[i]) < 0) << i;
  }
}

}  // namespace
}  // namespace weir
