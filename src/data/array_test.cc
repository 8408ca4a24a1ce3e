#include "data/array.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "data/cast.h"
#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir {
namespace {

constexpr Type kInts = array_id(TypeId::kInt4);
constexpr Type kTexts = array_id(TypeId::kText);

// The text of what is read; of bad input, the SQLSTATE.
std::string read(std::string_view text, Type type) {
  const Result<Value> value = parse_text_form(text, type);
  return value ? text_form(*value) : value.error().sqlstate();
}

TEST(ArrayText, IsReadAndPrintedAsPostgresDoes) {
  EXPECT_EQ(read(" { 1 , null,3 } ", kInts), "{1,NULL,3}");
  EXPECT_EQ(read("{{1,2},{3,4}}", kInts), "{{1,2},{3,4}}");
  EXPECT_EQ(read("[1:2]={1,2}", kInts), "{1,2}");
  EXPECT_EQ(read(R"({a b , "c""d"})", kTexts), "22P02");
  EXPECT_EQ(read(R"({a b , "c\"d", "", nUlL, "null", \null})", kTexts),
            R"({"a b","c\"d","",NULL,"null","null"})");
  for (const char* bad :
       {"", "{", "{1", "{1,", "{1,}", "{,1}", "1}", "{1}}", "{{}}", "{1}x", "{{1}", "{{1},2}",
        "{1,{2}}", "{{1},{2,3}}", "[1:3]={1}", "[1:1]", "{a\\"}) {
    EXPECT_EQ(read(bad, kInts), "22P02") << bad;
  }
  EXPECT_EQ(read("[0:1]={1,2}", kInts), "0A000");
  EXPECT_EQ(read("[2:1]={1,2}", kInts), "2202E");
  EXPECT_EQ(read("{{{{{{{1}}}}}}}", kInts), "54000");
  EXPECT_EQ(read("{99999999999}", kInts), "22003");
}

TEST(ArrayType, IsNamedByItsElements) {
  for (const char* name : {"integer[]", "text[]", "numeric(10,2)[]", "character varying(3)[]"}) {
    EXPECT_EQ(parse_type(name)->name(), name);
  }
  EXPECT_EQ(parse_type("int4 [3][]")->name(), "integer[]");
  EXPECT_EQ(parse_type("Integer ARRAY")->name(), "integer[]");
  EXPECT_FALSE(parse_type("anyelement[]"));
  EXPECT_FALSE(parse_type("[]"));
  EXPECT_EQ(array_id(TypeId::kInt4), static_cast<TypeId>(0x83));  // on disk: frozen
}

TEST(ArrayBytes, AreFrozen) {
  const auto bytes = std::get<std::string>(parse_text_form("{{7,NULL}}", kInts)->data);
  EXPECT_EQ(bytes, std::string("\x02\x01\0\0\0\x02\0\0\0\x01\x07\0\0\0\0", 15));
  EXPECT_EQ(std::get<std::string>(parse_text_form("{}", kInts)->data), empty_array());
}

TEST(ArrayBytes, CutShortAnswerNulls) {
  const auto bytes = std::get<std::string>(parse_text_form("{{1,2},{3,4}}", kInts)->data);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_LE(read_array(kInts, std::string_view(bytes).substr(0, size)).size(), 4u);
  }
  EXPECT_LE(read_array(kInts, std::string("\x01\xff\xff\xff\xff\x00\x00", 7)).size(), 2u);
}

Value random_array(Random& random, Type type) {
  ArrayLengths lengths;
  for (uint64_t n = random.below(4); n > 0; --n) {
    lengths.push_back(static_cast<uint32_t>(1 + random.below(3)));
  }
  ColumnBuilder elements(type.element());
  for (uint32_t i = array_count(lengths); i > 0; --i) {
    if (random.chance(0.2)) {
      elements.append_null();
    } else if (type == kTexts) {
      std::string text;
      constexpr std::string_view kCharacters = "aN{},\"\\ \n";
      for (uint64_t n = random.below(4); n > 0; --n) text.push_back(kCharacters[random.below(9)]);
      elements.append_text(text);
    } else {
      elements.append(Decimal(random.between(-3, 3) * 10, static_cast<int>(random.below(3))));
    }
  }
  return {type, make_array(lengths, *elements.finish())};
}

// PostgreSQL's order, said plainly.
std::strong_ordering plain_order(const Array& a, const Array& b) {
  for (uint32_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const bool null_a = a.elements->is_null(i);
    const bool null_b = b.elements->is_null(i);
    const auto order = null_a || null_b ? null_a <=> null_b
                                        : compare_values(*a.elements, i, *b.elements, i);
    if (order != 0) return order;
  }
  if (a.size() != b.size()) return a.size() <=> b.size();
  if (a.lengths.size() != b.lengths.size()) return a.lengths.size() <=> b.lengths.size();
  return a.lengths <=> b.lengths;
}

TEST(ArrayBytes, TextAndOrderAndRowsAgree) {
  Random random(5);
  for (const Type type : {kTexts, Type(array_id(TypeId::kNumeric))}) {
    ColumnBuilder builder(type);
    for (int i = 0; i < 200; ++i) {
      const Value value = random_array(random, type);
      append_value(builder, value);
      const Result<Value> back = parse_text_form(text_form(value), type);
      ASSERT_TRUE(back) << text_form(value);
      EXPECT_TRUE(*back == value) << text_form(value);
    }
    Batch batch{{builder.finish()}, 200, nullptr, nullptr};
    RowBytes keys;
    encode_keys(batch, ascending({0}), keys);
    const Column& column = *batch.columns[0];
    for (uint32_t i = 0; i < batch.rows; ++i) {
      for (uint32_t j = 0; j < batch.rows; ++j) {
        const auto order = plain_order(read_array(type, column.text(i)),
                                       read_array(type, column.text(j)));
        ASSERT_EQ(compare_values(column, i, column, j), order);
        ASSERT_EQ(keys[i].compare(keys[j]) <=> 0, order);
      }
    }
  }
}

TEST(ArrayCast, GoesElementByElement) {
  const auto cast = [](const char* text, Type from, Type to) {
    const Result<Value> value = cast_value(*parse_text_form(text, from), to);
    return value ? text_form(*value) : value.error().sqlstate();
  };
  EXPECT_EQ(cast("{{1,NULL},{3,4}}", kInts, kTexts), "{{1,NULL},{3,4}}");
  EXPECT_EQ(cast("{1,x}", kTexts, kInts), "22P02");
  EXPECT_EQ(cast("{abcd}", kTexts, Type(array_id(TypeId::kText), 2, -1)), "{ab}");
  EXPECT_EQ(cast("{1,2}", kInts, TypeId::kText), "{1,2}");
  EXPECT_EQ(cast("{1,2}", TypeId::kText, kInts), "{1,2}");
  EXPECT_TRUE(cast_exists(kInts, array_id(TypeId::kInt8), CastContext::kImplicit));
  EXPECT_FALSE(cast_exists(array_id(TypeId::kInt8), kInts, CastContext::kImplicit));
  EXPECT_FALSE(cast_exists(kInts, TypeId::kInt4, CastContext::kExplicit));
}

}  // namespace
}  // namespace weir
