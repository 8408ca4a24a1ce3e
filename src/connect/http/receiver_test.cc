#include "connect/http/receiver.h"

#include "connect/connect_test_kit.h"
#include "connect/http/body_records.h"
#include "log/embedded/embedded_log.h"

namespace weir::connect {
namespace {

class ReceiverTest : public ConnectTest {
 protected:
  static SourceSpec make() {
    return spec("http", {}, {{"a", TypeId::kInt4}, {"t", TypeId::kText}});
  }
  std::unique_ptr<StreamReceiver> receiver(const SourceSpec& s = make()) {
    auto made = StreamReceiver::open(log, clock, "_weir.t.dev", {s});
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }
  Texts rows() {
    const auto s = make();
    return drain(*open(s, all_columns(s))).rows;
  }
};

TEST_F(ReceiverTest, TakesAllForms) {
  auto r = receiver();
  auto answer = r->receive("s", "application/x-ndjson; charset=utf-8",
                           "{\"a\":1,\"t\":\"x\"}\n\n{\"a\":\"no\"}\nrubbish\n", "");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->records, 3u);
  EXPECT_EQ(answer->bad, 2u);
  answer = r->receive("s", "application/json", " [ {\"a\": 2}, {\"a\":3,\n\"t\":\"[x]\"} ,7] ", "");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->records, 3u);
  EXPECT_EQ(answer->bad, 1u);
  EXPECT_EQ(answer->first, Offset(3));
  ASSERT_TRUE(r->receive("s", "", "{\n \"a\": 4\n}", "").has_value());
  ASSERT_TRUE(r->receive("s", "application/json", "{\"a\":5}\n{\"a\":6}", "").has_value());
  answer = r->receive("s", "text/csv", "t,a\r\n\"x, \"\"y\"\"\",7\r\n,8\r\n", "");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->records, 2u);
  EXPECT_EQ(rows(), (Texts{"1|x", "2|-", "3|[x]", "4|-", "5|-", "6|-", "7|x, \"y\"", "8|-"}));
  EXPECT_EQ(r->receive("s", "text/csv", "", "")->records, 0u);
}

TEST_F(ReceiverTest, BodiesThatCannotBeSplitAreRefusedWhole) {
  auto r = receiver();
  for (const char* body : {"[{\"a\":1},", "[{\"a\":1}{\"a\":2}]", "[{\"a\":1}] x", "[1,2"}) {
    const auto answer = r->receive("s", "application/json", body, "");
    EXPECT_FALSE(answer.has_value()) << body;
    EXPECT_EQ(answer.error().kind(), ErrorKind::kInvalidData);
  }
  EXPECT_FALSE(r->receive("s", "text/csv", "a,b\n1,\"x\n", "").has_value());
  EXPECT_FALSE(r->receive("s", "text/csv", "a,b\n1\n", "").has_value());
  EXPECT_EQ(r->receive("s", "image/png", "x", "").error().kind(), ErrorKind::kNotSupported);
  EXPECT_EQ(r->receive("none", "", "{}", "").error().kind(), ErrorKind::kNotFound);
  const std::string huge(StreamReceiver::kMaxBodyBytes + 1, ' ');
  EXPECT_EQ(r->receive("s", "", huge, "").error().kind(), ErrorKind::kInvalidData);
  EXPECT_TRUE(rows().empty());
}

TEST_F(ReceiverTest, AKeyCountsOnceAfterARestartToo) {
  auto r = receiver();
  const auto first = r->receive("s", "", "[{\"a\":1},{\"a\":\"x\"}]", "key-1");
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(first->repeated);
  for (int i = 0; i < 2; ++i) {
    const auto again = r->receive("s", "", "[{\"a\":1},{\"a\":\"x\"}]", "key-1");
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->records, 2u);
    EXPECT_EQ(again->bad, 1u);
    EXPECT_EQ(again->first, first->first);
    r = receiver();
  }
  EXPECT_EQ(r->receive("s", "", "{\"a\":2}", "key-1").error().kind(), ErrorKind::kInvalidUsage);
  EXPECT_FALSE(r->receive("s", "", "{\"a\":2}", std::string(300, 'k')).has_value());
  EXPECT_EQ(rows(), Texts{"1|-"});
  clock.sleep_for(Micros{25} * 3600 * 1000000);  // behind the window
  EXPECT_FALSE(r->receive("s", "", "[{\"a\":1},{\"a\":\"x\"}]", "key-1")->repeated);
}

TEST_F(ReceiverTest, TheEmbeddedLogKeepsRowsAndKeys) {
  const auto s = make();
  for (int start = 0; start < 3; ++start) {
    log::EmbeddedLogOptions options;
    options.root = path("log");
    auto embedded = log::open_embedded_log(*files, clock, options);
    ASSERT_TRUE(embedded.has_value()) << embedded.error().to_string();
    auto r = std::move(StreamReceiver::open(**embedded, clock, "_weir.t.dev", {s})).value();
    const auto answer = r->receive("s", "", "[{\"a\":1},{\"a\":2}]", "key");
    ASSERT_TRUE(answer.has_value()) << answer.error().to_string();
    EXPECT_EQ(answer->repeated, start > 0);
    ASSERT_TRUE(r->receive("s", "", "{\"a\":" + std::to_string(10 + start) + "}", "").has_value());
    SourceContext c = context();
    c.log = embedded->get();
    auto reader = std::move(open_source(s, c, all_columns(s))).value();
    Texts expected = {"1|-", "2|-"};
    for (int i = 0; i <= start; ++i) expected.push_back(std::to_string(10 + i) + "|-");
    EXPECT_EQ(drain(*reader).rows, expected);
    clock.sleep_for(1'000'000);
  }
}

// What was pushed is kept as long as the source says, an edit of that included.
TEST_F(ReceiverTest, RetentionIsThatOfTheSource) {
  auto s = make();
  log::EmbeddedLogOptions options;
  options.root = path("log");
  auto embedded = std::move(log::open_embedded_log(*files, clock, options)).value();
  const std::string topic = "_weir.t.dev.in.s";
  const auto push = [&] {
    auto r = std::move(StreamReceiver::open(*embedded, clock, "_weir.t.dev", {s})).value();
    ASSERT_TRUE(r->receive("s", "", "{\"a\":1}", "").has_value());
    clock.sleep_for(3'600'000'000);
    ASSERT_TRUE(embedded->maintain().has_value());
  };
  push();
  EXPECT_EQ(embedded->start_offset(topic, PartitionId(0)).value(), Offset(0));
  s.definition.retention.time = 1'800'000'000;
  push();
  EXPECT_EQ(embedded->start_offset(topic, PartitionId(0)).value(), Offset(2));
  embedded.reset();
  embedded = std::move(log::open_embedded_log(*files, clock, options)).value();
  EXPECT_EQ(embedded->topic_config(topic)->retention_ms, 1'800'000);
  s.definition.retention = {std::nullopt, 80 << 20};
  push();
  EXPECT_FALSE(embedded->topic_config(topic)->retention_ms.has_value());
  EXPECT_EQ(embedded->topic_config(topic)->retention_bytes, 80 << 20);
}

TEST_F(ReceiverTest, KeysAreBoundedByCount) {
  auto s = make();
  s.options["idempotency_keys"] = "2";
  auto r = receiver(s);
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(r->receive("s", "", "{}", key).has_value());
  EXPECT_TRUE(r->receive("s", "", "{}", "b")->repeated);
  EXPECT_FALSE(r->receive("s", "", "{}", "a")->repeated);
}

TEST_F(ReceiverTest, AFailedAppendIsNotRemembered) {
  auto r = receiver();
  log.fail_appends = true;
  EXPECT_FALSE(r->receive("s", "", "{\"a\":1}", "k").has_value());
  log.fail_appends = false;
  EXPECT_FALSE(r->receive("s", "", "{\"a\":1}", "k")->repeated);
  EXPECT_EQ(rows(), Texts{"1|-"});
}

TEST(BodyRecords, AreBounded) {
  EXPECT_FALSE(records_of_body("{\"a\":\"0123456789\"}", BodyFormat::kNdjson, 10, 5).has_value());
  EXPECT_FALSE(records_of_body("1\n2\n3\n", BodyFormat::kNdjson, 10, 2).has_value());
  EXPECT_TRUE(records_of_body("1\n2\n", BodyFormat::kNdjson, 10, 2).has_value());
}

}  // namespace
}  // namespace weir::connect
