#include "pgwire/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "base/random.h"
#include "pgwire/fake_session.h"
#include "pgwire/message.h"
#include "pgwire/sessions.h"

namespace weir::pgwire {
namespace {

constexpr Micros kWait = 5'000'000;

std::string c(std::string_view text) { return std::string(text) + '\0'; }

template <class Int>
std::string be(Int value) {
  std::string out;
  ByteWriter(out).be(value);
  return out;
}

std::string framed(char type, std::string_view body) {
  return std::string(1, type) + be(static_cast<uint32_t>(body.size() + 4)) + std::string(body);
}

std::string startup(std::string_view parameters, uint32_t version = 196608) {
  const std::string body = be(version) + std::string(parameters);
  return be(static_cast<uint32_t>(body.size() + 4)) + body;
}

std::string login() { return startup(c("user") + c("me") + '\0'); }

// A client on one end of a socket pair, the server's thread on the other.
class Client {
 public:
  explicit Client(FakeSessions& factory, Sessions& sessions) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    socket_ = io::make_connection(fds[0]);
    server_ = std::thread([fd = fds[1], &factory, &sessions] {
      const auto connection = io::make_connection(fd);
      serve_connection(*connection, factory, sessions);
    });
  }
  ~Client() { leave(); }
  void leave() {
    socket_.reset();
    if (server_.joinable()) server_.join();
  }
  void send(std::string_view bytes) { (void)socket_->write(bytes); }
  std::string take(size_t n) {
    while (bytes_.size() < n && receive()) {
    }
    const std::string out = bytes_.substr(0, n);
    bytes_.erase(0, n);
    return out;
  }
  // The next message as its type and its body; type 0 at the end.
  std::pair<char, std::string> message() {
    const std::string head = take(5);
    if (head.size() < 5) return {0, head};
    return {head[0], take(ByteReader(std::string_view(head).substr(1)).be<uint32_t>() - 4)};
  }
  // The types up to ReadyForQuery, with its status: "T D D C Z(I)"; errors as E(SQLSTATE).
  std::string until_ready() {
    std::string out;
    for (;;) {
      const auto [type, body] = message();
      if (type == 0) return out + "end";
      if (type == 'D') rows += row_text(body) + "\n";
      if (type == 'C') tags += body.substr(0, body.size() - 1) + "\n";
      if (type == 'E') errors.push_back(fields(body));
      out += type;
      if (type == 'E') out += "(" + errors.back()['C'] + ")";
      if (type == 'Z') return out + "(" + body + ")";
      out += ' ';
    }
  }
  void enter() {
    send(login());
    until_ready();
  }
  std::string query(std::string_view sql) {
    rows.clear();
    tags.clear();
    errors.clear();
    send(framed('Q', c(sql)));
    return until_ready();
  }
  static std::map<char, std::string> fields(std::string_view body) {
    std::map<char, std::string> out;
    size_t at = 0;
    while (at < body.size() && body[at] != '\0') {
      const size_t end = body.find('\0', at);
      out[body[at]] = std::string(body.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    return out;
  }
  static std::string row_text(std::string_view body) {
    ByteReader in(body);
    std::string out;
    const auto columns = in.be<uint16_t>();
    for (int i = 0; i < columns; ++i) {
      const auto length = in.be<int32_t>();
      if (i > 0) out += "|";
      out += length < 0 ? "NULL" : in.raw(static_cast<size_t>(length));
    }
    EXPECT_TRUE(in.ok() && in.at_end());
    return out;
  }

  std::string rows;
  std::string tags;
  std::vector<std::map<char, std::string>> errors;

 private:
  bool receive() {
    char buffer[65536];
    const auto n = socket_->read_some(buffer, sizeof buffer, kWait);
    if (!n || *n == 0) return false;
    bytes_.append(buffer, *n);
    return true;
  }
  std::unique_ptr<io::Connection> socket_;
  std::thread server_;
  std::string bytes_;
};

class PgWire : public testing::Test {
 protected:
  FakeSessions factory;
  Sessions sessions;
  Client client{factory, sessions};
};

std::string parse_of(std::string_view name, std::string_view sql,
                     std::vector<uint32_t> types = {}) {
  std::string body = c(name) + c(sql) + be(static_cast<uint16_t>(types.size()));
  for (const uint32_t type : types) body += be(type);
  return framed('P', body);
}
std::string bind_of(std::string_view portal, std::string_view statement,
                    std::vector<std::optional<std::string>> values = {},
                    std::vector<int16_t> result_formats = {}) {
  std::string body = c(portal) + c(statement) + be(uint16_t{0}) +
                     be(static_cast<uint16_t>(values.size()));
  for (const auto& value : values) {
    body += be(value ? static_cast<int32_t>(value->size()) : -1) + value.value_or("");
  }
  body += be(static_cast<uint16_t>(result_formats.size()));
  for (const int16_t format : result_formats) body += be(format);
  return framed('B', body);
}
std::string execute_of(std::string_view portal, int32_t rows = 0) {
  return framed('E', c(portal) + be(rows));
}
std::string describe_of(char kind, std::string_view name) {
  return framed('D', std::string(1, kind) + c(name));
}
std::string close_of(char kind, std::string_view name) {
  return framed('C', std::string(1, kind) + c(name));
}
std::string sync() { return framed('S', ""); }

TEST_F(PgWire, GreetsAsPostgres15) {
  for (const uint32_t probe : {80877103u, 80877104u}) {
    client.send(be(uint32_t{8}) + be(probe));
    EXPECT_EQ(client.take(1), "N");
  }
  client.send(startup(c("user") + c("me") + c("application_name") + c("x") + c("client_encoding") +
                      c("'utf-8'") + '\0'));
  std::map<std::string, std::string> parameters;
  std::string types;
  for (;;) {
    const auto [type, body] = client.message();
    if (type != 'S') types += type;
    if (type == 'S') parameters[body.c_str()] = body.substr(body.find('\0') + 1).c_str();
    if (type == 'R') {
      EXPECT_EQ(body, be(uint32_t{0}));
    }
    if (type == 'K') {
      EXPECT_EQ(body.size(), 8u);
    }
    if (type == 'Z') {
      EXPECT_EQ(body, "I");
      break;
    }
    ASSERT_NE(type, 0);
  }
  EXPECT_EQ(types, "RKZ");
  EXPECT_TRUE(parameters["server_version"].starts_with("15."));
  EXPECT_EQ(parameters["client_encoding"], "UTF8");
  EXPECT_EQ(parameters["server_encoding"], "UTF8");
  EXPECT_EQ(parameters["DateStyle"], "ISO, MDY");
  EXPECT_EQ(parameters["integer_datetimes"], "on");
  EXPECT_EQ(parameters["standard_conforming_strings"], "on");
  EXPECT_EQ(parameters["TimeZone"], "UTC");
  EXPECT_EQ(parameters["application_name"], "x");
}

TEST_F(PgWire, NewerMinorVersionsAreNegotiatedDown) {
  client.send(startup(c("user") + c("me") + c("_pq_.more") + c("1") + '\0', 196610));
  const auto [type, body] = client.message();
  EXPECT_EQ(type, 'v');
  EXPECT_EQ(body, be(uint32_t{0}) + be(uint32_t{1}) + c("_pq_.more"));
  EXPECT_TRUE(client.until_ready().ends_with("Z(I)"));
}

TEST_F(PgWire, BadStartupsAreRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {startup('\0' + std::string()), "28000"},
      {startup(c("user") + c("nobody") + '\0'), "28000"},
      {startup(c("user") + c("me") + c("client_encoding") + c("LATIN1") + '\0'), "0A000"},
      {startup(c("user") + c("me")), "08P01"},
      {startup("user", 2 << 16), "0A000"},
      {be(uint32_t{7}) + "abcd", "08P01"},
      {be(uint32_t{10'001}) + "abcd", "08P01"},
      {be(uint32_t{8}) + be(uint32_t{80877103}) + "more", "08P01"},
  };
  for (const auto& [bytes, state] : cases) {
    Client one(factory, sessions);
    one.send(bytes);
    auto [type, body] = one.message();
    ASSERT_EQ(type, 'E') << state;
    auto fields = Client::fields(body);
    EXPECT_EQ(fields['C'], state) << fields['M'];
    EXPECT_EQ(fields['S'], "FATAL");
    EXPECT_EQ(one.message().first, 0);
  }
}

TEST_F(PgWire, SimpleQueries) {
  client.enter();
  EXPECT_EQ(client.query("rows 2; do"), "T D D C N C Z(I)");
  EXPECT_EQ(client.rows, "1|n1\n2|n2\n");
  EXPECT_EQ(client.tags, "SELECT 2\nINSERT 0 1\n");
  EXPECT_EQ(client.query(""), "I Z(I)");
  EXPECT_EQ(client.query(" ; "), "I Z(I)");
  EXPECT_EQ(client.query("begin; rows 1"), "C T D C Z(T)");
  EXPECT_EQ(client.query("rows 1;\n fail; do"), "T D C E(42703) Z(E)");
  auto& error = client.errors.at(0);
  EXPECT_EQ(error['S'], "ERROR");
  EXPECT_EQ(error['V'], "ERROR");
  EXPECT_EQ(error['M'], "column \"fail\" does not exist");
  EXPECT_EQ(error['D'], "There is no such column.");
  EXPECT_EQ(error['H'], "choose another");
  EXPECT_EQ(error['P'], "10");
  EXPECT_EQ(error['R'], "WR1203");
  EXPECT_EQ(client.query("rollback"), "C Z(I)");
  EXPECT_EQ(client.query("rows \xff"), "E(22021) Z(I)");
  EXPECT_EQ(client.query("rows 20000").size(), 2 + 20000 * 2 + 2 + 4u);
}

TEST_F(PgWire, PositionsCountCharacters) {
  client.enter();
  EXPECT_EQ(client.query("rows 0; -- \xc3\xa9\xc3\xa9\n fail"), "T C E(42703) Z(I)");
  EXPECT_EQ(client.errors.at(0)['P'], "16");
}

TEST_F(PgWire, EveryTypeHasItsOidAndText) {
  client.enter();
  client.send(framed('Q', c("types")));
  const auto [type, body] = client.message();
  ASSERT_EQ(type, 'T');
  ByteReader in(body);
  EXPECT_EQ(in.be<uint16_t>(), 17);
  const std::pair<uint32_t, int16_t> expected[] = {
      {16, 1}, {21, 2}, {23, 4}, {20, 8}, {700, 4}, {701, 8}, {1700, -1}, {25, -1}, {17, -1},
      {1082, 4}, {1083, 8}, {1114, 8}, {1184, 8}, {1186, 16}, {2950, 16}, {3802, -1}, {25, -1}};
  for (const auto& [oid, length] : expected) {
    const size_t end = body.find('\0', in.position());
    const std::string name(in.raw(end - in.position()));
    in.raw(1 + 6);
    EXPECT_EQ(in.be<uint32_t>(), oid) << name;
    EXPECT_EQ(in.be<int16_t>(), length) << name;
    in.raw(6);
  }
  EXPECT_TRUE(in.at_end());
  client.until_ready();
  EXPECT_EQ(client.rows,
            "t|-2|4|8|0.5|1e+20|10.50|a\"b|\\x00ff|2026-01-31|01:02:03.5|2026-01-31 01:02:03|"
            "2026-01-31 01:02:03+00|1 day 02:00:00|00112233-4455-6677-8899-aabbccddeeff|"
            "{\"a\": 1}|NULL\n");
}

TEST_F(PgWire, ExtendedQueries) {
  client.enter();
  client.send(parse_of("", "echo int4") + describe_of('S', "") + bind_of("", "", {{"42"}}) +
              describe_of('P', "") + execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 t T 2 T D C Z(I)");
  EXPECT_EQ(client.rows, "42\n");
  EXPECT_EQ(client.tags, "SELECT 1\n");
  client.rows.clear();
  client.send(parse_of("s", "echo text", {1082}) + bind_of("", "s", {{"2026-01-31"}}) +
              execute_of("") + bind_of("", "s", {std::nullopt}) + execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 D C 2 D C Z(I)");
  EXPECT_EQ(client.rows, "2026-01-31\nNULL\n");
  client.send(parse_of("", " -- nothing\n") + describe_of('S', "") + bind_of("", "") +
              execute_of("") + parse_of("", "do") + describe_of('S', "") + bind_of("", "") +
              execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 t n 2 I 1 t n 2 N C Z(I)");
}

TEST_F(PgWire, BinaryFormsWhereAskedFor) {
  client.enter();
  client.send(parse_of("", "rows 1") + bind_of("", "", {}, {1, 0}) + describe_of('P', "") +
              execute_of("") + bind_of("", "", {}, {1}) + execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 T D C 2 D C Z(I)");
  EXPECT_EQ(client.rows, be(int32_t{1}) + "|n1\n" + be(int32_t{1}) + "|n1\n");
  client.rows.clear();
  std::string binary_four = c("") + c("") + be(uint16_t{1}) + be(int16_t{1});
  binary_four += be(uint16_t{1}) + be(int32_t{4}) + be(int32_t{4}) + be(uint16_t{0});
  client.send(parse_of("", "echo int4") + framed('B', binary_four) + execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 D C Z(I)");
  EXPECT_EQ(client.rows, "4\n");
  client.send(parse_of("", "rows 1") + bind_of("", "", {}, {1, 0, 0}) + sync());
  EXPECT_EQ(client.until_ready(), "1 E(08P01) Z(I)");
}

TEST_F(PgWire, ParametersWithoutATypeStayOpen) {
  client.enter();
  client.send(parse_of("", "echo text") + bind_of("", "", {{"x"}}) + describe_of('P', "") +
              execute_of("") + parse_of("", "echo text", {25}) + bind_of("", "", {{"x"}}) +
              execute_of("") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 T D C 1 2 D C Z(I)");
  EXPECT_EQ(client.rows, "x\nx\n");
  const std::vector<TypeId> expected = {TypeId::kUnknown, TypeId::kText};
  EXPECT_EQ(factory.parameter_types, expected);
}

TEST_F(PgWire, FlushSendsWhatIsThere) {
  client.enter();
  client.send(parse_of("s", "rows 1") + framed('H', ""));
  EXPECT_EQ(client.message().first, '1');
  client.send(sync());
  EXPECT_EQ(client.until_ready(), "Z(I)");
}

TEST_F(PgWire, PortalsHandOutRowsInPieces) {
  client.enter();
  client.query("begin");
  client.send(parse_of("", "rows 5") + bind_of("p", "") + execute_of("p", 2) + sync());
  EXPECT_EQ(client.until_ready(), "1 2 D D s Z(T)");
  client.tags.clear();
  client.send(parse_of("", "do") + execute_of("p", 2) + sync());
  EXPECT_EQ(client.until_ready(), "1 D D s Z(T)");
  client.send(execute_of("p", 2) + execute_of("p", 2) + sync());
  EXPECT_EQ(client.until_ready(), "D C C Z(T)");
  EXPECT_EQ(client.rows, "1|n1\n2|n2\n3|n3\n4|n4\n5|n5\n");
  EXPECT_EQ(client.tags, "SELECT 1\nSELECT 0\n");
  client.send(bind_of("q", "") + execute_of("q") + execute_of("q") + sync());
  EXPECT_EQ(client.until_ready(), "2 N C E(55000) Z(T)");
  client.query("commit");
  client.send(execute_of("p") + sync());
  EXPECT_EQ(client.until_ready(), "E(34000) Z(I)");
}

TEST_F(PgWire, AfterAnErrorAllIsSkippedUntilSync) {
  client.enter();
  client.send(parse_of("bad", "fail") + bind_of("", "bad") + execute_of("") + framed('Q', c("do")) +
              sync() + parse_of("good", "do") + sync());
  EXPECT_EQ(client.until_ready(), "E(42703) Z(I)");
  EXPECT_EQ(client.until_ready(), "1 Z(I)");
  EXPECT_EQ(client.errors.at(0)['P'], "1");
}

TEST_F(PgWire, AnErrorIsToldBeforeSync) {
  client.enter();
  client.send(parse_of("bad", "fail") + framed('H', ""));
  EXPECT_EQ(client.message().first, 'E');
  client.send(sync());
  EXPECT_EQ(client.until_ready(), "Z(I)");
}

TEST_F(PgWire, NamesAndCountsAreChecked) {
  client.enter();
  const std::pair<std::string, std::string> cases[] = {
      {bind_of("", "none"), "E(26000) Z(I)"},
      {execute_of("none"), "E(34000) Z(I)"},
      {describe_of('S', "none"), "E(26000) Z(I)"},
      {describe_of('P', "none"), "E(34000) Z(I)"},
      {close_of('S', "none") + close_of('P', "none"), "3 3 Z(I)"},
      {parse_of("a", "rows 1") + parse_of("a", "rows 1"), "1 E(42P05) Z(I)"},
      {bind_of("p", "a") + bind_of("p", "a"), "2 E(42P03) Z(I)"},
      {bind_of("p", "a") + close_of('S', "a") + execute_of("p"), "2 3 E(34000) Z(I)"},
      {parse_of("e", "echo int4") + bind_of("", "e"), "1 E(08P01) Z(I)"},
      {bind_of("", "e", {{"x"}}), "E(22P02) Z(I)"},
      {bind_of("", "e", {{"99999999999"}}), "E(22003) Z(I)"},
      {bind_of("", "e", {{"1"}}, {2}), "E(08P01) Z(I)"},
      {parse_of("", "echo int4", {600}), "E(0A000) Z(I)"},
      {framed('F', "x"), "E(0A000) Z(I)"},
      {framed('E', ""), "E(08P01) Z(I)"},
      {framed('D', "Xname" + c("")), "E(08P01) Z(I)"},
      {framed('B', c("") + c("") + be(uint16_t{9})), "E(08P01) Z(I)"},
      {framed('P', c("") + c("do") + be(uint16_t{60000})), "E(08P01) Z(I)"},
  };
  for (const auto& [bytes, expected] : cases) {
    client.send(bytes + sync());
    EXPECT_EQ(client.until_ready(), expected);
  }
}

TEST_F(PgWire, CopyIn) {
  client.enter();
  client.send(framed('Q', c("copy t from stdin")));
  EXPECT_EQ(client.message().first, 'G');
  client.send(framed('d', "1\ta\n") + framed('H', "") + framed('d', "2\tb\n") + framed('c', ""));
  EXPECT_EQ(client.until_ready(), "C Z(I)");
  EXPECT_EQ(client.tags, "COPY 2\n");
  EXPECT_EQ(factory.copy.bytes, "1\ta\n2\tb\n");
  EXPECT_EQ(factory.copy.finished, 1);
}

TEST_F(PgWire, CopyInThatFails) {
  client.enter();
  client.send(framed('Q', c("copy t from stdin")) + framed('d', "bad\n") + framed('d', "3\n") +
              framed('c', ""));
  EXPECT_EQ(client.until_ready(), "G E(22P04) Z(I)");
  client.send(framed('Q', c("copy t from stdin")) + framed('f', c("no more")));
  EXPECT_EQ(client.until_ready(), "G E(57014) Z(I)");
  client.send(parse_of("", "copy t from stdin") + bind_of("", "") + execute_of("") +
              framed('d', "bad\n") + framed('c', "") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 G E(22P04) Z(I)");
  EXPECT_EQ(factory.copy.finished, 0);
  client.send(parse_of("", "copy t from stdin") + bind_of("", "") + execute_of("") +
              framed('c', "") + sync());
  EXPECT_EQ(client.until_ready(), "1 2 G C Z(I)");
  EXPECT_EQ(factory.copy.finished, 1);
  EXPECT_EQ(client.query("rows 1"), "T D C Z(I)");
}

TEST_F(PgWire, BrokenFramesEndTheConnection) {
  const std::string cases[] = {
      "Q" + be(uint32_t{3}) + "x",
      "Q" + be(uint32_t{0xffffffff}),
      "Q" + be(uint32_t{(64u << 20) + 5}),
      "S" + be(uint32_t{(64u << 10) + 5}),
      "?" + be(uint32_t{4}),
      std::string(1, '\0') + be(uint32_t{4}),
  };
  for (const std::string& bytes : cases) {
    Client one(factory, sessions);
    one.enter();
    one.send(bytes);
    EXPECT_EQ(one.until_ready(), "E(08P01) end");
    EXPECT_EQ(one.errors.at(0)['S'], "FATAL");
  }
}

TEST_F(PgWire, AnyBytesAreSurvived) {
  Random random(7);
  const std::string good = login() + framed('Q', c("rows 3")) + parse_of("s", "echo int4") +
                           bind_of("p", "s", {{"4"}}) + describe_of('S', "s") + execute_of("p", 1) +
                           close_of('S', "s") + sync() + framed('Q', c("copy t from stdin")) +
                           framed('d', "x") + framed('c', "") + framed('X', "");
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = good;
    for (uint64_t n = random.below(4) + 1; n > 0; --n) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    if (random.chance(0.3)) bytes.resize(random.below(bytes.size()));
    Client one(factory, sessions);
    one.send(bytes);
    one.leave();
  }
}

int connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST_F(PgWire, CancelRequests) {
  client.send(login());
  std::string key;
  for (auto [type, body] = client.message(); type != 'Z'; std::tie(type, body) = client.message()) {
    ASSERT_NE(type, 0);
    if (type == 'K') key = body;
  }
  client.send(framed('Q', c("wait")));
  const auto cancel = [&](const std::string& with) {
    Client other(factory, sessions);
    other.send(be(uint32_t{16}) + be(uint32_t{80877102}) + with);
    EXPECT_EQ(other.message().first, 0);
  };
  std::string wrong = key;
  wrong[7] = static_cast<char>(wrong[7] ^ 1);
  cancel(wrong);
  cancel(key);
  EXPECT_EQ(client.until_ready(), "E(57014) Z(I)");
}

TEST(PgServer, StopsWhatRuns) {
  FakeSessions factory;
  auto server = Server::start(factory, {.max_connections = 2});
  ASSERT_TRUE(server) << server.error().to_string();
  const auto idle = io::make_connection(connect_to((*server)->port()));
  const auto busy = io::make_connection(connect_to((*server)->port()));
  ASSERT_TRUE(idle->write(login()));
  ASSERT_TRUE(busy->write(login() + framed('Q', c("wait"))));
  char buffer[4096];
  ASSERT_TRUE(idle->read_some(buffer, sizeof buffer, kWait));
  ASSERT_TRUE(busy->read_some(buffer, sizeof buffer, kWait));
  const auto third = io::make_connection(connect_to((*server)->port()));
  auto n = third->read_some(buffer, sizeof buffer, kWait);
  ASSERT_TRUE(n);
  EXPECT_NE(std::string_view(buffer, *n).find("53300"), std::string_view::npos);
  (*server)->stop();
  n = idle->read_some(buffer, sizeof buffer, kWait);
  ASSERT_TRUE(n);
  EXPECT_NE(std::string_view(buffer, *n).find("57P01"), std::string_view::npos);
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  ::pclose(pipe);
  return out;
}

class RealClients : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Server::start(factory, {});
    ASSERT_TRUE(started) << started.error().to_string();
    server = std::move(*started);
    connection = "host=127.0.0.1 user=me dbname=weir port=" + std::to_string(server->port());
  }
  FakeSessions factory;
  std::unique_ptr<Server> server;
  std::string connection;
};

TEST_F(RealClients, Psql) {
  if (output_of("psql --version").find("psql (") == std::string::npos) GTEST_SKIP();
  const std::string psql = "timeout 20 psql -X \"" + connection + "\" ";
  EXPECT_EQ(output_of(psql + "-At -c 'rows 3' -c do"),
            "1|n1\n2|n2\n3|n3\nNOTICE:  done\nINSERT 0 1\n");
  EXPECT_EQ(output_of(psql + "-At -c types").substr(0, 12), "t|-2|4|8|0.5");
  EXPECT_EQ(output_of(psql + "-c 'rows 0; fail'"),
            " id | name \n----+------\n(0 rows)\n\n"
            "ERROR:  column \"fail\" does not exist\nLINE 1: rows 0; fail\n                ^\n"
            "DETAIL:  There is no such column.\nHINT:  choose another\n");
  EXPECT_EQ(output_of("printf '1\\ta\\n2\\tb\\n' | " + psql + "-c 'copy t from stdin'"),
            "COPY 2\n");
  server->stop();  // its threads have ended: what they wrote may be read
  EXPECT_EQ(factory.copy.bytes, "1\ta\n2\tb\n");
}

TEST_F(RealClients, Psycopg2) {
  const std::string python = "timeout 20 /usr/bin/python3 -c ";
  if (!output_of(python + "'import psycopg2'").empty()) GTEST_SKIP();
  const std::string script =
      "import psycopg2\n"
      "c = psycopg2.connect('" + connection + "')\n"
      "print(c.server_version // 10000, c.encoding)\n"
      "k = c.cursor()\n"
      "k.execute('types')\n"
      "r = k.fetchone(); print(r[:8], bytes(r[8]), r[9])\n"
      "print([d[1] for d in k.description[:4]])\n"
      "try:\n  k.execute('fail')\n"
      "except psycopg2.errors.UndefinedColumn as e:\n  print(e.pgcode)\n"
      "c.rollback()\n"
      "c.autocommit = True\n"
      "k.execute('rows 2'); print(k.fetchall(), k.statusmessage)\n";
  EXPECT_EQ(output_of(python + "\"" + script + "\""),
            "15 UTF8\n"
            "(True, -2, 4, 8, 0.5, 1e+20, Decimal('10.50'), 'a\"b') b'\\x00\\xff' 2026-01-31\n"
            "[16, 21, 23, 20]\n42703\n[(1, 'n1'), (2, 'n2')] SELECT 2\n");
}

}  // namespace
}  // namespace weir::pgwire
