#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/decoder_checks.h"

namespace weir::codec {
namespace {

const char* const kJsonSeeds[] = {
    R"({"a":1,"b":"text \u00e9\n","c":"2026-01-01T00:00:00Z","d":1.50,"e":{"f":[1,2.5],"x":null}})",
    R"({"a":"5","b":{"k":[1,2]},"c":1767225600000,"d":"1e5","e":[],"f":1,"g":true,)"
    R"("h":"2026-02-28"})",
    R"({"i":1234.567,"j":"1 day 2 hours","g":"yes","a":1.0,"b":null,"a":2})",
    "[1,2,{}]",
    "",
    "{}"};
const char* const kCsvSeeds[] = {
    "a,b,c,d,e\n1,x,2026-01-01 00:00:00+00,1.5,\"{\"\"f\"\":[1,2]}\"\n",
    "b,a\n\"two\nlines, and \"\"quotes\"\"\",7\n,\n", "x\n", "\"a\",\"b\"\n"};

std::string mutated(Random& random, std::string text) {
  static constexpr char kLikely[] = "{}[]\":,\\\n\r u0eE+-.\"\"";
  const uint64_t edits = random.below(6);
  for (uint64_t i = 0; i < edits; ++i) {
    const size_t at = random.below(text.size() + 1);
    const char c = random.chance(0.7) ? kLikely[random.below(sizeof kLikely)]
                                      : static_cast<char>(random.below(256));
    switch (random.below(5)) {
      case 0: text.insert(at, 1, c); break;
      case 1: if (at < text.size()) text[at] = c; break;
      case 2: if (at < text.size()) text.erase(at, 1 + random.below(8)); break;
      case 3: text.insert(at, text.substr(0, random.below(text.size() + 1))); break;
      default: text.resize(at); break;
    }
    if (text.size() > 6000) text.resize(6000);
  }
  return text;
}

template <size_t kSize>
void mutate(Format format, const char* const (&seeds)[kSize], uint64_t seed) {
  Random random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const uint64_t lines = 1 + random.below(4);
    for (uint64_t i = 0; i < lines; ++i) {
      text += mutated(random, seeds[random.below(kSize)]);
      if (random.chance(0.9)) text += "\n";
    }
    if (random.chance(0.02)) text += std::string(random.below(5000), 'x') + "\n";
    check_any_bytes(format, text);
  }
}

TEST(AnyBytes, Json) { mutate(Format::kJson, kJsonSeeds, 11); }
const std::string_view kAvroSchema =
    R"({"type":"record","name":"r","fields":[{"name":"a","type":"long"},{"name":"b","type":)"
    R"(["null","string"]},{"name":"c","type":{"type":"long","logicalType":"timestamp-millis"}},)"
    R"({"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},)"
    R"({"name":"e","type":["null","r",{"type":"map","values":{"type":"array","items":"null"}}]},)"
    R"({"name":"g","type":{"type":"enum","name":"g","symbols":["no","yes"]}}]})";
const std::string_view kAvroReader =
    R"({"type":"record","name":"r","fields":[{"name":"a","type":"double"},{"name":"j","type":)"
    R"({"type":"fixed","name":"j","size":12,"logicalType":"duration"},"default":"abcdefghijkl"},)"
    R"({"name":"b","type":["string","null"]},{"name":"e","type":["r","null"]}]})";
constexpr std::string_view kAvroRecord("\x0a\x02\x04hi\x80\x80\x04\x04\x01\x02\x00\x02", 13);

TEST(AnyBytes, Avro) {
  Random random(13);
  const std::string schemas[] = {std::string(kAvroSchema), std::string(kAvroReader), "\"null\"",
                                 "[\"int\",{\"type\":\"array\",\"items\":\"null\"}]"};
  for (int round = 0; round < 6000; ++round) {
    std::string writer = schemas[random.below(random.chance(0.8) ? 1 : 4)];
    std::string reader = random.chance(0.5) ? "" : schemas[random.below(4)];
    if (random.chance(0.2)) writer = mutated(random, writer);
    if (random.chance(0.2)) reader = mutated(random, reader);
    std::string record(kAvroRecord);
    for (uint64_t edits = random.below(8); edits > 0; --edits) {
      const size_t at = random.below(record.size() + 1);
      record.insert(at, 1, static_cast<char>(random.chance(0.5) ? random.below(6)
                                                                : random.below(256)));
      if (random.chance(0.3)) record.erase(random.below(record.size()), 1);
    }
    check_any_avro(writer + "\n" + reader + "\n" + record);
  }
}

TEST(AnyBytes, Protobuf) {
  Random random(14);
  const std::string schema =
      "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; message r { int64 a = 1;"
      " string b = 2; google.protobuf.Timestamp c = 3; double d = 4; repeated r e = 5;"
      " map<string, r> f = 6; enum g { no = 0; yes = 1; } repeated g h = 7; }";
  const std::string record("\x08\x05\x12\x02hi\x1a\x02\x08\x01\x2a\x02\x08\x02\x32\x04\x0a\x00"
                           "\x12\x00\x3a\x02\x01\x02", 24);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random.chance(0.2) ? mutated(random, schema) : schema;
    std::string bytes = record;
    for (uint64_t edits = random.below(8); edits > 0; --edits) {
      const size_t at = random.below(bytes.size() + 1);
      bytes.insert(at, 1, static_cast<char>(random.chance(0.5) ? random.below(6)
                                                               : random.below(256)));
      if (random.chance(0.3)) bytes.erase(random.below(bytes.size()), 1);
    }
    check_any_protobuf(text + '\0' + bytes);
  }
}

TEST(AnyBytes, JsonSchema) {
  Random random(15);
  const std::string schemas[] = {
      R"({"type":"object","properties":{"a":{"type":"integer","minimum":-1},)"
      R"("b":{"$ref":"#/$defs/x"}},)"
      R"("$defs":{"x":{"anyOf":[{"type":"string","format":"date-time"},{"$ref":"#"}]}},)"
      R"("required":["a"],"additionalProperties":{"items":[{"enum":[1,null]}],"maxItems":2}})",
      R"({"not":{"$ref":"#"},"oneOf":[true,{"const":{}}],"if":{"minLength":1},"then":false})"};
  const std::string records[] = {R"({"a":5,"b":"2026-01-02T03:04:05Z","c":[1,2]})",
                                 R"({"a":1,"b":{"a":2,"b":{"a":3}}})", "[]", "\"x\""};
  for (int round = 0; round < 3000; ++round) {
    std::string schema = schemas[random.below(2)];
    if (random.chance(0.4)) schema = mutated(random, schema);
    check_any_json_schema(schema + "\n" + mutated(random, records[random.below(4)]));
  }
}

TEST(AnyBytes, Csv) { mutate(Format::kCsv, kCsvSeeds, 12); }

}  // namespace
}  // namespace weir::codec
