#include "connect/logged_input.h"

#include "connect/connect_test_kit.h"
#include "connect/schemas.h"

namespace weir::connect {
namespace {

class TopicTest : public ConnectTest {
 protected:
  void SetUp() override {
    ConnectTest::SetUp();
    log::TopicConfig config;
    config.partitions = 2;
    ASSERT_TRUE(log.create_topic("orders", config).has_value());
  }
  void put(int32_t partition, std::optional<std::string> key, std::optional<std::string> value) {
    log::Record record;
    record.key = std::move(key);
    record.value = std::move(value);
    ASSERT_TRUE(log.append({"orders", PartitionId(partition), {record}}).has_value());
  }
  static SourceSpec make() {
    return spec("topic", {{"topic", "orders"}}, {{"a", TypeId::kInt8}, {"k", TypeId::kText}});
  }
};

TEST_F(TopicTest, ReadsBothPartitionsAndGoesOn) {
  for (int i = 0; i < 5; ++i) put(i % 2, std::nullopt, "{\"a\":" + std::to_string(i) + "}");
  put(0, std::nullopt, "not json");
  const auto s = make();
  auto reader = open(s, all_columns(s));
  EXPECT_EQ(reader->backlog(), 6u);
  const Seen seen = drain(*reader, true);
  EXPECT_EQ(seen.rows, (Texts{"0: 0|-", "0: 2|-", "0: 4|-", "1: 1|-", "1: 3|-"}));
  ASSERT_EQ(seen.dead.size(), 1u);
  EXPECT_EQ(seen.dead[0].position, "offset 3");
  EXPECT_EQ(seen.positions.at(PartitionId(0)), "{\"offset\":4}");
  EXPECT_TRUE(reader->caught_up(PartitionId(0)));
  put(1, std::nullopt, "{\"a\":9}");
  EXPECT_FALSE(reader->caught_up(PartitionId(1)));
  ReaderOptions options = all_columns(s);
  options.start = seen.positions;
  EXPECT_EQ(drain(*open(s, options), true).rows, Texts{"1: 9|-"});
  options.start.clear();
  options.stop = seen.positions;
  auto bounded = open(s, options);
  EXPECT_EQ(drain(*bounded).rows.size(), 5u);
  EXPECT_TRUE(bounded->finished());
}

TEST_F(TopicTest, KeysAndTombstones) {
  put(0, "x", "{\"a\":1}");
  put(0, "x", std::nullopt);
  put(0, std::nullopt, "{\"a\":2}");
  auto s = make();
  s.options["key_column"] = "k";
  EXPECT_EQ(drain(*open(s, all_columns(s))).rows, (Texts{"1|x", "2|-"}));
  s.definition.schema.fields.push_back({"op", TypeId::kText});
  codec::DecodeColumn op;
  op.field = {"op", TypeId::kText};
  s.decoder.columns.push_back(op);
  s.definition.operation = "op";
  EXPECT_EQ(drain(*open(s, all_columns(s))).rows, (Texts{"1|x|-", "-|x|delete", "2|-|-"}));
}

TEST_F(TopicTest, RetentionAndMissingTopics) {
  for (int i = 0; i < 5; ++i) put(0, std::nullopt, "{\"a\":" + std::to_string(i) + "}");
  auto s = make();
  ReaderOptions options = all_columns(s);
  options.start[PartitionId(0)] = "{\"offset\":1}";
  log.cut_start("orders", 3);
  EXPECT_EQ(drain(*open(s, options)).rows, (Texts{"3|-", "4|-"}));
  options.start[PartitionId(0)] = "{\"ofset\":1}";
  EXPECT_FALSE(open_source(s, context(), options).has_value());
  s.options["topic"] = "gone";
  const auto missing = open_source(s, context(), all_columns(s));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), 1518);
}

TEST_F(TopicTest, HostFiguresAreLoggedAndReadBack) {
  for (const char* what : {"cpu", "memory", "network", "processes"}) {
    const std::map<std::string, std::string> options = {{"what", what}};
    auto s = spec("host", options, (*own_schema("host", options))->fields);
    s.definition.name = what;
    auto reader = open(s, all_columns(s));
    Seen seen = drain(*reader, false, 1);
    usleep(50'000);  // the machine's own clock must tick between two readings
    const Seen later = drain(*reader);
    seen.rows.insert(seen.rows.end(), later.rows.begin(), later.rows.end());
    for (const auto& [id, position] : later.positions) seen.positions[id] = position;
    EXPECT_TRUE(seen.dead.empty()) << seen.dead[0].reason;
    if (std::string(what) != "network") {
      EXPECT_FALSE(seen.rows.empty()) << what;
    }
    ReaderOptions again = all_columns(s);
    again.stop = seen.positions;
    EXPECT_EQ(drain(*open(s, again)).rows, seen.rows);
  }
}

}  // namespace
}  // namespace weir::connect
