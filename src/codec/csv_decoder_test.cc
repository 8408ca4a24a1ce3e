#include <gtest/gtest.h>

#include "codec/decoder.h"
#include "data/text_form.h"

namespace weir::codec {
namespace {

DecodeColumn column(std::string name, Type type, std::string path = "") {
  DecodeColumn c;
  c.field = {std::move(name), type};
  c.path = std::move(path);
  return c;
}

DecoderOptions csv(std::vector<DecodeColumn> columns) {
  DecoderOptions options;
  options.format = Format::kCsv;
  options.columns = std::move(columns);
  return options;
}

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

Decoded decode_all(const DecoderOptions& options, std::string text) {
  auto decoder = make_decoder(options);
  EXPECT_TRUE(decoder.has_value());
  const size_t size = text.size();
  text += std::string(64, ' ');
  return (*decoder)->decode(std::string_view(text.data(), size), true, 1 << 20);
}

TEST(CsvDecoder, HeaderNamesColumns) {
  const auto options = csv({column("b", TypeId::kInt4), column("name", TypeId::kText, "A name")});
  const Decoded out = decode_all(options,
                                 "\xEF\xBB\xBF\"A name\",x,b\r\n"
                                 "plain,1,5\r\n"
                                 "\"with, comma\nand \"\"quotes\"\"\",2,6\r\n"
                                 ",3,\n\n"
                                 "\"\",4,7");
  ASSERT_EQ(out.batch.rows, 4u);
  EXPECT_EQ(row_text(out.batch, 0), "5|plain");
  EXPECT_EQ(row_text(out.batch, 1), "6|with, comma\nand \"quotes\"");
  EXPECT_EQ(row_text(out.batch, 2), "-|-");
  EXPECT_EQ(row_text(out.batch, 3), "7|");
  EXPECT_TRUE(out.dead.empty());
}

TEST(CsvDecoder, RaggedAndBrokenRowsAreDead) {
  const auto options = csv({column("a", TypeId::kInt4), column("b", TypeId::kText)});
  const Decoded out = decode_all(options,
                                 "a,b\n1,x\n2\n3,y,z\nq,w\n4,\"open\n5,\xff\n" +
                                     std::string("6,\0\n", 4) + "7,last\n");
  ASSERT_EQ(out.batch.rows, 2u);
  EXPECT_EQ(row_text(out.batch, 0), "1|x");
  EXPECT_EQ(row_text(out.batch, 1), "7|last");
  ASSERT_EQ(out.dead.size(), 6u);
  const char* states[] = {"22P04", "22P04", "22P02", "22P04", "22021", "22021"};
  const char* raws[] = {"2", "3,y,z", "q,w", "4,\"open", "5,\xff", nullptr};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(out.dead[i].sqlstate, states[i]) << i;
    if (raws[i]) {
      EXPECT_EQ(out.dead[i].raw, raws[i]);
    }
    EXPECT_EQ(out.dead[i].index, i + 1);
  }
  EXPECT_EQ(out.dead[2].column, "a");
}

TEST(CsvDecoder, WithoutHeaderByPosition) {
  auto options = csv({column("b", TypeId::kInt4, "$[1]"), column("a", TypeId::kText, "$[0]")});
  options.csv_header = false;
  options.csv_delimiter = ';';
  options.csv_null = "\\N";
  options.csv_fields = 2;
  const Decoded out = decode_all(options, "x;1\n\\N;2\n\"\\N\";3\n;4\na;b;c\n");
  ASSERT_EQ(out.batch.rows, 4u);
  EXPECT_EQ(row_text(out.batch, 0), "1|x");
  EXPECT_EQ(row_text(out.batch, 1), "2|-");
  EXPECT_EQ(row_text(out.batch, 2), "3|\\N");
  EXPECT_EQ(row_text(out.batch, 3), "4|");
  EXPECT_EQ(out.dead.size(), 1u);
}

TEST(CsvDecoder, MissingHeaderColumnIsSaidOnce) {
  const auto options = csv({column("a", TypeId::kInt4), column("gone", TypeId::kText)});
  const Decoded out = decode_all(options, "a,b\n1,2\n3,4\n");
  EXPECT_EQ(out.batch.rows, 2u);
  ASSERT_EQ(out.dead.size(), 1u);
  EXPECT_EQ(out.dead[0].sqlstate, "42703");
  EXPECT_EQ(row_text(out.batch, 1), "3|-");
}

TEST(CsvDecoder, HeaderAloneIsReadWithNoRows) {
  auto decoder =
      std::move(make_decoder(csv({column("b", TypeId::kInt4), column("a", TypeId::kInt4)})))
          .value();
  const std::string text = "a,b\n1,2\n" + std::string(64, ' ');
  const Decoded head = decoder->decode({text.data(), text.size() - 64}, false, 0);
  EXPECT_EQ(head.consumed, 4u);
  EXPECT_EQ(head.records, 0u);
  const Decoded out = decoder->decode({text.data() + 4, text.size() - 68}, true, 10);
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "2|1");
}

TEST(RawDecoder, OneColumn) {
  DecoderOptions options;
  options.format = Format::kRaw;
  options.columns = {column("line", TypeId::kText)};
  Decoded out = decode_all(options, "a b\r\n\xff\n c\n");
  ASSERT_EQ(out.batch.rows, 2u);
  EXPECT_EQ(row_text(out.batch, 1), " c");
  ASSERT_EQ(out.dead.size(), 1u);
  EXPECT_EQ(out.dead[0].sqlstate, "22021");
  options.columns = {column("line", TypeId::kBytea)};
  out = decode_all(options, "\xff\x01\n");
  ASSERT_EQ(out.batch.rows, 1u);
  EXPECT_EQ(row_text(out.batch, 0), "\\xff01");
  options.columns = {column("a", TypeId::kText), column("b", TypeId::kText)};
  EXPECT_FALSE(make_decoder(options).has_value());
}

}  // namespace
}  // namespace weir::codec
