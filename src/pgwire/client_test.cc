#include "pgwire/client.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "pgwire/fake_session.h"
#include "pgwire/server.h"

namespace weir::pgwire {
namespace {

class PgClient : public testing::Test {
 protected:
  FakeSessions factory;
  std::unique_ptr<Server> server = Server::start(factory, {}).value();
  std::unique_ptr<Client> client = Client::connect(server->address()).value();
};

TEST_F(PgClient, RowsComeInTheirTypes) {
  const auto result = client->query("types");
  ASSERT_TRUE(result) << result.error().to_string();
  const engine::StatementResult want = FakeSession::one_of_each();
  EXPECT_EQ(result->schema.fields, want.schema.fields);
  ASSERT_EQ(result->rows(), 1u);
  for (size_t i = 0; i < want.schema.size(); ++i) {
    EXPECT_EQ(value_at(*result->batches[0].columns[i], 0), value_at(*want.batches[0].columns[i], 0))
        << want.schema.fields[i].name;
  }
}

TEST_F(PgClient, ManyRowsAreManyBatches) {
  const auto result = client->query("rows 9001");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows(), 9001u);
  EXPECT_EQ(result->batches.size(), 3u);
  EXPECT_EQ(value_at(*result->batches[2].columns[0], 808).data, Value::of(int64_t{9001}).data);
}

TEST_F(PgClient, AnErrorKeepsItsPlaceCodeAndAdvice) {
  const auto result = client->query("\n  fail");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::kInvalidStatement);
  EXPECT_EQ(result.error().code(), 1203);
  EXPECT_EQ(result.error().sqlstate(), "42703");
  EXPECT_EQ(result.error().hint(), "choose another");
  EXPECT_EQ(result.error().span(), (SourceSpan{"", 2, 3}));
  EXPECT_EQ(client->query("do")->tag, "INSERT 0 1");  // the connection lives on
}

// A server that answers each connection with the same bytes.
class BrokenServer {
 public:
  explicit BrokenServer(std::string bytes)
      : bytes_(std::move(bytes)),
        server_(io::TcpServer::start({}, {[this](io::Connection& c) { serve(c); }, {}}).value()) {}
  Result<engine::StatementResult> ask() {
    auto client = Client::connect(server_->address());
    if (!client) return std::move(client).error();
    return (*client)->query("select 1");
  }

 private:
  void serve(io::Connection& connection) {  // and listens, or unread bytes would break it
    (void)connection.write(bytes_);
    connection.end_writing();
    char ignored[4096];
    for (;;) {
      const auto n = connection.read_some(ignored, sizeof ignored, 1'000'000);
      if (!n || *n == 0) return;
    }
  }

  const std::string bytes_;
  std::unique_ptr<io::TcpServer> server_;
};

std::string greeting() {
  std::string out;
  MessageWriter(out, 'R').be<uint32_t>(0);
  MessageWriter(out, 'Z').raw("I");
  return out;
}

TEST(PgClientAgainstBrokenServers, EachIsAnError) {
  EXPECT_EQ(BrokenServer("").ask().error().code(), 1693);
  EXPECT_EQ(BrokenServer("HTTP/1.1 400 Bad Request\r\n\r\n").ask().error().code(), 1620);
  EXPECT_EQ(BrokenServer(greeting()).ask().error().code(), 1693);
  std::string password;
  MessageWriter(password, 'R').be<uint32_t>(10);
  EXPECT_EQ(BrokenServer(password).ask().error().code(), 1692);
  std::string row_without_columns = greeting();
  MessageWriter(row_without_columns, 'D').be<uint16_t>(1).be<int32_t>(-1);
  EXPECT_EQ(BrokenServer(row_without_columns).ask().error().code(), 1690);
}

TEST(PgClientAgainstBrokenServers, DamagedAnswersNeverCrash) {
  std::string whole = greeting();
  MessageWriter(whole, 'T').be<uint16_t>(1).string("n").be<uint32_t>(0).be<int16_t>(0)
      .be<uint32_t>(23).be<int16_t>(4).be<int32_t>(-1).be<int16_t>(0);
  MessageWriter(whole, 'D').be<uint16_t>(1).be<int32_t>(2).raw("42");
  MessageWriter(whole, 'C').string("SELECT 1");
  MessageWriter(whole, 'E').raw("S").string("ERROR").raw("P").string("99").be<uint8_t>(0);
  MessageWriter(whole, 'Z').raw("I");
  Random random(7);
  int good = 0;
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    if (random.chance(0.3)) damaged.resize(random.below(damaged.size()));
    good += BrokenServer(damaged).ask().has_value();
  }
  EXPECT_LT(good, 200);
}

}  // namespace
}  // namespace weir::pgwire
