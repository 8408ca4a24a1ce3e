#include "pgwire/binary_form.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "data/text_form.h"
#include "data/type_detail.h"

namespace weir::pgwire {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out.push_back("0123456789abcdef"[static_cast<uint8_t>(c) >> 4]);
    out.push_back("0123456789abcdef"[c & 15]);
  }
  return out;
}

std::string binary_of(std::string_view text, const Type& type) {
  ColumnBuilder builder(type);
  append_value(builder, *parse_text_form(text, type));
  std::string out;
  append_binary_form(out, *builder.finish(), 0);
  return out;
}

// The bytes are those of PostgreSQL's send functions (int4send, numeric_send, ...).
TEST(BinaryForm, IsPostgresAndComesBack) {
  const std::tuple<TypeId, const char*, const char*> cases[] = {
      {TypeId::kBool, "t", "01"},
      {TypeId::kInt2, "-2", "fffe"},
      {TypeId::kInt4, "65536", "00010000"},
      {TypeId::kInt8, "-1", "ffffffffffffffff"},
      {TypeId::kFloat4, "1.5", "3fc00000"},
      {TypeId::kFloat8, "-0.1", "bfb999999999999a"},
      {TypeId::kText, "aé", "61c3a9"},
      {TypeId::kBytea, "\\x00ff", "00ff"},
      {TypeId::kDate, "2000-01-01", "00000000"},
      {TypeId::kDate, "1999-12-31", "ffffffff"},
      {TypeId::kDate, "infinity", "7fffffff"},
      {TypeId::kTime, "00:00:01", "00000000000f4240"},
      {TypeId::kTimestamp, "2000-01-01 00:00:01", "00000000000f4240"},
      {TypeId::kTimestamptz, "1999-12-31 23:59:59+00", "fffffffffff0bdc0"},
      {TypeId::kTimestamp, "-infinity", "8000000000000000"},
      {TypeId::kInterval, "1 mon 2 days 00:00:03", "00000000002dc6c00000000200000001"},
      {TypeId::kUuid, "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"},
      {TypeId::kJsonb, "{\"a\": 1}", "017b2261223a20317d"},
      {TypeId::kNumeric, "0", "0000000000000000"},
      {TypeId::kNumeric, "0.00", "0000000000000002"},
      {TypeId::kNumeric, "1", "00010000000000000001"},
      {TypeId::kNumeric, "10.50", "0002000000000002000a1388"},
      {TypeId::kNumeric, "-12345.678", "0003000140000003000109291a7c"},
      {TypeId::kNumeric, "10000", "00010001000000000001"},
      {TypeId::kNumeric, "0.00001234", "0001fffe0000000804d2"},
      {TypeId::kNumeric, "0.0001", "0001ffff000000040001"},
      {TypeId::kNumeric, "NaN", "00000000c0000000"},
      {array_id(TypeId::kInt4), "{}", "000000000000000000000017"},
      {array_id(TypeId::kInt4), "{{7,NULL}}",
       "00000002000000010000001700000001000000010000000200000001" "0000000400000007ffffffff"},
      {array_id(TypeId::kText), "{ab}", "000000010000000000000019000000010000000100000002" "6162"},
  };
  for (const auto& [type, text, expected] : cases) {
    const std::string bytes = binary_of(text, type);
    EXPECT_EQ(hex(bytes), expected) << text;
    const auto back = parse_binary_form(bytes, type);
    ASSERT_TRUE(back) << text << back.error().to_string();
    EXPECT_EQ(text_form(*back), text);
  }
}

// What PostgreSQL 15 sends for them.
TEST(BinaryForm, TypesWithDetailsComeBack) {
  const Type mood = *enum_by_labels({"sad", "ok"});
  const Type row = record_type({{"a", TypeId::kInt4}, {"b", TypeId::kText}});
  const std::vector<std::tuple<Type, std::string, std::string>> cases = {
      {mood, "ok", "6f6b"},
      {row, "(7,\"a b\")", "00000002" "000000170000000400000007" "0000001900000003612062"},
      {row, "(,)", "00000002" "00000017ffffffff" "00000019ffffffff"},
      {Type(TypeId::kBpchar, 3, -1), "a  ", "612020"},
  };
  for (const auto& [type, text, expected] : cases) {
    const std::string bytes = binary_of(text, type);
    EXPECT_EQ(hex(bytes), expected) << text;
    const auto back = parse_binary_form(bytes, type);
    ASSERT_TRUE(back) << text << back.error().to_string();
    EXPECT_EQ(text_form(*back), text);
  }
  EXPECT_FALSE(parse_binary_form("angry", mood));
  EXPECT_FALSE(parse_binary_form(std::string("\0\0\0\1", 4), row));
}

TEST(BinaryForm, NumericsComeBack) {
  Random random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string text = random.chance(0.5) ? "-" : "";
    text += std::to_string(1 + random.below(9));
    for (uint64_t n = random.below(18); n > 0; --n) {
      text += static_cast<char>('0' + random.below(10));
    }
    if (random.chance(0.7)) {
      text += ".";
      for (uint64_t n = 1 + random.below(18); n > 0; --n) {
        text += random.chance(0.5) ? '0' : static_cast<char>('0' + random.below(10));
      }
    }
    const auto back = parse_binary_form(binary_of(text, TypeId::kNumeric), TypeId::kNumeric);
    ASSERT_TRUE(back);
    ASSERT_EQ(text_form(*back), text);
  }
}

TEST(BinaryForm, NarrowerIntegersAreTaken) {
  EXPECT_EQ(text_form(*parse_binary_form(std::string("\xff\xfe", 2), TypeId::kInt8)), "-2");
  const auto wide = parse_binary_form(std::string("\0\0\0\1\0\0\0\0", 8), TypeId::kInt4);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().sqlstate(), "22003");
}

TEST(BinaryForm, WrongBytesAreErrors) {
  const std::pair<TypeId, std::string> cases[] = {
      {TypeId::kBool, ""}, {TypeId::kInt4, "abc"}, {TypeId::kFloat8, "1"}, {TypeId::kDate, "1"},
      {TypeId::kTime, std::string(8, '\xff')}, {TypeId::kTimestamp, "123456789"},
      {TypeId::kInterval, "1"}, {TypeId::kUuid, "1"}, {TypeId::kText, "\xff"},
      {TypeId::kNumeric, ""}, {TypeId::kNumeric, std::string("\0\1\0\0\0\0\0\0\x27\x10", 10)},
      {TypeId::kNumeric, std::string("\0\1\x7f\xff\0\0\0\0\0\1", 10)},
      {TypeId::kNumeric, std::string("\0\1\0\0\0\0\x7f\xff\0\1", 10)}};
  for (const auto& [type, bytes] : cases) {
    const auto value = parse_binary_form(bytes, type);
    ASSERT_FALSE(value) << Type(type).name();
    EXPECT_EQ(value.error().sqlstate(), "22P03") << Type(type).name();
  }
}

TEST(BinaryForm, AnyBytesAreSurvived) {
  Random random(5);
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes(random.below(24), '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random.chance(0.5) ? random.below(4) : random.next());
    }
    const auto type = static_cast<TypeId>(1 + random.below(16));
    const auto value = parse_binary_form(bytes, type);
    if (value) text_form(*value);
  }
}

}  // namespace
}  // namespace weir::pgwire
