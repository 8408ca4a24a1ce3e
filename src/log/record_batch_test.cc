#include <gtest/gtest.h>

#include "base/random.h"
#include "log/record_batch.h"

namespace weir::log {
namespace {

std::vector<Record> records(int count) {
  std::vector<Record> out;
  for (int i = 0; i < count; ++i) {
    Record r;
    if (i % 3 != 0) r.key = "key" + std::to_string(i);
    if (i % 5 != 4) r.value = std::string(static_cast<size_t>(i * 7 % 100), 'v');
    r.timestamp = 1'767'225'600'000'000 + i * 1'500'000;
    if (i % 2) r.headers.push_back({"h", std::to_string(i)});
    out.push_back(std::move(r));
  }
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  char two[3];
  for (const char c : bytes) {
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
    out += two;
  }
  return out;
}

bool is_whole(std::string_view bytes) {
  const auto header = peek_batch(bytes);
  return header && static_cast<size_t>(header->size) == bytes.size() && batch_is_whole(bytes);
}

// Frozen: these are the bytes that Kafka writes for the same records (KIP-98, message format v2).
TEST(RecordBatch, BytesOfOneRecord) {
  Record r;
  r.key = "k";
  r.value = "hello";
  r.timestamp = 1'767'225'600'000'000;
  r.headers.push_back({"a", "b"});
  const std::string batch = encode_batch(7, {{r}}, Compression::kNone).value();
  EXPECT_EQ(hex(batch.substr(0, 17)),
            "0000000000000007"
            "00000042"
            "00000000"
            "02");
  // attributes, last offset delta, first and max timestamp (ms), producer id, epoch, sequence,
  // count
  EXPECT_EQ(hex(batch.substr(21)),
            "0000"
            "00000000"
            "0000019b76daa800"
            "0000019b76daa800"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000001"
            "20"
            "00"
            "00"
            "00"
            "02"
            "6b"
            "0a"
            "68656c6c6f"
            "02"
            "02"
            "61"
            "02"
            "62");
  EXPECT_EQ(batch.size(), 12u + 0x42u);
}

TEST(RecordBatch, RoundTripOfEachCompression) {
  for (const Compression compression :
       {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    for (const int count : {1, 2, 17, 500}) {
      const std::vector<Record> in = records(count);
      const std::string batch = encode_batch(1000, in, compression).value();
      ASSERT_TRUE(is_whole(batch));
      const auto header = peek_batch(batch);
      ASSERT_TRUE(header.has_value());
      EXPECT_EQ(header->base_offset, 1000);
      EXPECT_EQ(header->next_offset(), 1000 + count);
      EXPECT_EQ(static_cast<size_t>(header->size), batch.size());
      ReadBatch out;
      ASSERT_TRUE(decode_batch(batch, out).has_value());
      ASSERT_EQ(out.records.size(), in.size());
      for (size_t i = 0; i < in.size(); ++i) {
        EXPECT_EQ(out.records[i].offset.value, 1000 + static_cast<int64_t>(i));
        EXPECT_EQ(out.records[i].timestamp, in[i].timestamp);
        EXPECT_EQ(out.records[i].key.has_value(), in[i].key.has_value());
        EXPECT_EQ(out.records[i].value.has_value(), in[i].value.has_value());
        EXPECT_EQ(out.records[i].value.value_or(""), in[i].value.value_or(""));
        EXPECT_EQ(out.records[i].key.value_or(""), in[i].key.value_or(""));
        ASSERT_EQ(out.records[i].headers.size(), in[i].headers.size());
      }
    }
  }
}

// Each flipped bit is seen: by the checksum, or because the header says something impossible.
TEST(RecordBatch, DamageIsSeen) {
  const std::string batch = encode_batch(3, records(9), Compression::kLz4).value();
  for (size_t at = 16; at < batch.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string broken = batch;
      broken[at] = static_cast<char>(broken[at] ^ (1 << bit));
      EXPECT_FALSE(is_whole(broken)) << at;
    }
  }
  for (size_t n = 0; n < batch.size(); ++n) EXPECT_FALSE(is_whole(batch.substr(0, n)));
}

// Any bytes behind a right checksum: an answer or an error, never a crash.
TEST(RecordBatch, AnyBytes) {
  Random random(5);
  const std::string batch = encode_batch(3, records(9), Compression::kNone).value();
  for (int round = 0; round < 20'000; ++round) {
    std::string broken = batch;
    for (int k = 0; k < 3; ++k)
      broken[random.below(broken.size())] = static_cast<char>(random.next());
    ReadBatch out;
    static_cast<void>(decode_batch(broken, out));
    static_cast<void>(peek_batch(broken));
  }
}

}  // namespace
}  // namespace weir::log
