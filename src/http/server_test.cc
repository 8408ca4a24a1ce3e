#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/random.h"
#include "data/text_form.h"
#include "http/fake_backend.h"
#include "http/page_files.h"

namespace weir::http {
namespace {

constexpr Micros kWait = 5'000'000;

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

class Client {
 public:
  explicit Client(uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socket_ = io::make_connection(fd);
  }
  void send(std::string_view bytes) { (void)socket_->write(bytes); }
  bool receive(Micros wait = kWait) {
    char buffer[65536];
    const auto n = socket_->read_some(buffer, sizeof buffer, wait);
    if (!n || *n == 0) return false;
    bytes.append(buffer, *n);
    return true;
  }
  // Until `text` has come; what came up to and with it.
  std::string until(std::string_view text) {
    while (bytes.find(text) == std::string::npos) {
      if (!receive()) return std::exchange(bytes, "") + "<end>";
    }
    const size_t end = bytes.find(text) + text.size();
    const std::string out = bytes.substr(0, end);
    bytes.erase(0, end);
    return out;
  }
  Reply reply(bool with_body = true) {
    Reply out;
    const std::string head = until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 ")) return out;
    out.status = std::atoi(head.c_str() + 9);
    size_t at = head.find("\r\n") + 2;
    while (at + 2 < head.size()) {
      const size_t end = head.find("\r\n", at);
      const size_t colon = head.find(": ", at);
      out.headers[head.substr(at, colon - at)] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const size_t length = with_body ? std::stoul(out.headers["Content-Length"]) : 0;
    while (bytes.size() < length && receive()) {
    }
    out.body = bytes.substr(0, length);
    bytes.erase(0, length);
    return out;
  }
  std::string bytes;

 private:
  std::unique_ptr<io::Connection> socket_;
};

class HttpServer : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Server::start(backend, {});
    ASSERT_TRUE(started) << started.error().to_string();
    server = std::move(*started);
  }
  Reply get(const std::string& path, const std::string& headers = "") {
    Client client(server->port());
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, headers));
    return client.reply();
  }
  Reply post(const std::string& path, std::string_view body, const std::string& headers = "") {
    Client client(server->port());
    client.send(fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: {}\r\n{}\r\n",
                            path, body.size(), headers));
    client.send(body);
    return client.reply();
  }
  static std::string code_of(const Reply& reply) {
    const size_t at = reply.body.find("\"code\":\"");
    return at == std::string::npos ? reply.body : reply.body.substr(at + 8, 6);
  }
  static bool is_json(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    return parser.parse(simdjson::padded_string(text)).get(document) == simdjson::SUCCESS;
  }
  FakeBackend backend;
  std::unique_ptr<Server> server;
};

TEST_F(HttpServer, RowsArePushed) {
  const Reply reply = post("/v1/streams/orders", "{\"a\":1}\n{\"a\":}\n",
                           "Content-Type: application/x-ndjson\r\nIdempotency-Key: k1\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"records\":2,\"bad\":1,\"repeated\":false}\n");
  EXPECT_EQ(reply.headers.at("Content-Type"), "application/json");
  ASSERT_EQ(backend.pushes.size(), 1u);
  EXPECT_EQ(backend.pushes[0].content_type, "application/x-ndjson");
  EXPECT_EQ(backend.pushes[0].body, "{\"a\":1}\n{\"a\":}\n");
  EXPECT_EQ(backend.pushes[0].key, "k1");
}

TEST_F(HttpServer, DeadLettersAreJudged) {
  EXPECT_EQ(post("/v1/letters/orders?verdict=replay", "").body, "{\"letters\":3,\"cut\":0}\n");
  EXPECT_EQ(post("/v1/letters/orders?verdict=drop&number=4&since=2026-01-01", "").body,
            "{\"letters\":1,\"cut\":0}\n");
  for (const char* wrong :
       {"", "?verdict=burn", "?verdict=drop&number=x", "?verdict=drop&since=x"}) {
    const Reply reply = post("/v1/letters/orders" + std::string(wrong), "");
    EXPECT_EQ(code_of(reply), "WR1880") << wrong;
    EXPECT_EQ(reply.status, 400) << wrong;
  }
  EXPECT_EQ(code_of(post("/v1/letters/none?verdict=drop", "")), "WR1881");
  EXPECT_EQ(code_of(get("/v1/letters/orders?verdict=replay")), "WR1654");
}

TEST_F(HttpServer, PushesThatAreRefusedSayWhy) {
  Reply reply = post("/v1/streams/order", "{}");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body,
            "{\"error\":{\"code\":\"WR1660\",\"message\":\"there is no stream \\\"order\\\"\","
            "\"detail\":\"Streams that take rows: orders.\","
            "\"hint\":\"did you mean \\\"orders\\\"?\"}}\n");
  reply = post("/v1/streams/lines%20%22x%22", "{}");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(code_of(reply), "WR1662");
  EXPECT_EQ(post("/v1/streams/orders", "x", "Content-Encoding: gzip\r\n").status, 415);
  const std::pair<Error, int> cases[] = {
      {Error(ErrorKind::kInvalidData, 1539, "the body is no JSON"), 400},
      {Error(ErrorKind::kInvalidData, 1535, "too long"), 413},
      {Error(ErrorKind::kNotSupported, 1533, "content type"), 415},
      {Error(ErrorKind::kInvalidUsage, 1537, "another body"), 422},
      {Error(ErrorKind::kNoSpace, 1504, "the disk is full"), 503},
      {Error(ErrorKind::kUnavailable, 1453, "does not run"), 503},
      {Error(ErrorKind::kIo, 1501, "cannot write"), 500},
  };
  for (const auto& [error, status] : cases) {
    backend.refusal = error;
    reply = post("/v1/streams/orders", "{}");
    EXPECT_EQ(reply.status, status) << error.to_string();
    EXPECT_EQ(code_of(reply), error.code_text());
    EXPECT_EQ(reply.headers.count("Retry-After"), status == 503 ? 1u : 0u);
    EXPECT_TRUE(is_json(reply.body));
  }
}

TEST_F(HttpServer, BodiesAreBounded) {
  Client client(server->port());
  client.send("POST /v1/streams/orders HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 33554433\r\n\r\n");
  EXPECT_EQ(code_of(client.reply()), "WR1651");
  Client chunked(server->port());
  chunked.send("POST /v1/streams/orders HTTP/1.1\r\nHost: localhost\r\n"
               "Transfer-Encoding: chunked\r\n\r\n");
  const std::string part(1 << 20, ' ');
  for (int i = 0; i < 33; ++i) chunked.send("100000\r\n" + part + "\r\n");
  EXPECT_EQ(chunked.reply().status, 413);
  EXPECT_TRUE(backend.pushes.empty());
  const std::string large(20 << 20, ' ');
  EXPECT_EQ(post("/v1/streams/orders", large).status, 200);
  EXPECT_EQ(backend.pushes.at(0).body.size(), large.size());
}

TEST_F(HttpServer, BodiesOfAllConnectionsAreBoundedTogether) {
  // Nine bodies of 30 MiB, none of them whole yet: the ninth is one too many for 256 MiB.
  std::vector<std::unique_ptr<Client>> clients;
  const std::string part(30 << 20, ' ');
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->send("POST /v1/streams/orders HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Length: 31457281\r\n\r\n");
    clients.back()->send(part);
  }
  int refused = 0;
  for (auto& client : clients) {
    if (client->receive(300'000)) {
      const Reply reply = client->reply();
      EXPECT_EQ(reply.status, 503);
      EXPECT_EQ(code_of(reply), "WR1666");
      ++refused;
    }
  }
  EXPECT_EQ(refused, 1);
  clients.clear();
  int status = 503;  // until the server has seen that they left
  for (int i = 0; i < 100 && status == 503; ++i) {
    status = post("/v1/streams/orders", part).status;
    if (status == 503) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HttpServer, ChunkedBodiesAndContinue) {
  Client client(server->port());
  client.send("POST /v1/streams/orders HTTP/1.1\r\nHost: localhost\r\n"
              "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("3\r\nabc\r\n");
  client.send("2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 200);
  EXPECT_EQ(backend.pushes.at(0).body, "abcde");
}

TEST_F(HttpServer, ConnectionsAreKeptAndPipelined) {
  Client client(server->port());
  client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
              "POST /v1/streams/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
              "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
              "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.reply().status, 200);
  EXPECT_EQ(client.reply().status, 200);
  const Reply head = client.reply(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.headers.at("Content-Length"), "0");
  EXPECT_EQ(client.reply().status, 404);
  EXPECT_FALSE(client.receive());
}

TEST_F(HttpServer, OtherSitesAreNotAnswered) {
  const auto status_with = [&](const std::string& headers) {
    Client client(server->port());
    client.send("GET /healthz HTTP/1.1\r\n" + headers + "\r\n");
    return client.reply().status;
  };
  EXPECT_EQ(status_with("Host: evil.example:8433\r\n"), 421);
  EXPECT_EQ(status_with("Host: 127.0.0.1.evil.example\r\n"), 421);
  EXPECT_EQ(status_with(""), 421);
  EXPECT_EQ(status_with("Host: 127.0.0.1:8433\r\n"), 200);
  EXPECT_EQ(status_with("Host: [::1]:8433\r\n"), 200);
  EXPECT_EQ(status_with("Host: localhost:8433\r\nOrigin: http://localhost:8433\r\n"), 200);
  EXPECT_EQ(status_with("Host: localhost:8433\r\nOrigin: http://localhost:3000\r\n"), 403);
  EXPECT_EQ(status_with("Host: localhost\r\nOrigin: null\r\n"), 403);
  EXPECT_EQ(status_with("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(status_with("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"
                        "Sec-Fetch-Mode: navigate\r\n"), 200);
  EXPECT_EQ(status_with("Host: localhost\r\nSec-Fetch-Site: same-origin\r\n"), 200);
  const Reply reply = get("/healthz", "Origin: http://localhost\r\n");
  for (const auto& [name, value] : reply.headers) EXPECT_FALSE(name.starts_with("Access-Control"));
}

TEST_F(HttpServer, StatusAndHealth) {
  Reply reply = get("/v1/status");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(is_json(reply.body)) << reply.body;
  EXPECT_NE(reply.body.find("\"name\":\"shop\",\"state\":\"running\",\"error\":null,\"epoch\":7"),
            std::string::npos);
  EXPECT_NE(reply.body.find("\"name\":\"lines \\\"x\\\"\",\"connector\":\"file\""),
            std::string::npos);
  EXPECT_NE(reply.body.find("\"watermark\":null"), std::string::npos);
  EXPECT_EQ(get("/healthz").body, "{\"status\":\"ok\",\"state\":\"running\"}\n");
  EXPECT_EQ(get("/readyz").status, 200);
  backend.set_state("waiting for disk space", "");
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  backend.set_state("failed", "it broke");
  reply = get("/healthz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "{\"status\":\"failing\",\"state\":\"failed\",\"error\":\"it broke\"}\n");
}

TEST_F(HttpServer, Metrics) {
  const Reply reply = get("/metrics");
  EXPECT_EQ(reply.headers.at("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"# TYPE weir_stream_records_total counter\n",
        "weir_stream_records_total{stream=\"orders\"} 12\n",
        "weir_stream_dead_total{stream=\"lines \\\"x\\\"\"} 3\n", "weir_epochs_total 7\n",
        "weir_commit_seconds 0.0015\n", "weir_view_rows{view=\"revenue\"} 3\n", "weir_up 1\n",
        "weir_stream_watermark_seconds{stream=\"orders\"} 1767225600.5\n"}) {
    EXPECT_NE(reply.body.find(line), std::string::npos) << line << reply.body;
  }
}

TEST_F(HttpServer, Views) {
  const Reply reply = get("/v1/views");
  EXPECT_TRUE(is_json(reply.body)) << reply.body;
  EXPECT_NE(reply.body.find("{\"name\":\"revenue\",\"kind\":\"materialized view\",\"columns\":"
                            "[{\"name\":\"country\",\"type\":\"text\"},"
                            "{\"name\":\"amount\",\"type\":\"bigint\"}],\"key\":[\"country\"],"
                            "\"definition\":\"select 1\",\"emit\":\"on_change\",\"rows\":3"),
            std::string::npos);
}

TEST_F(HttpServer, RowsOfAView) {
  Reply reply = get("/v1/views/revenue");
  EXPECT_EQ(reply.body,
            "[{\"country\":\"SE\",\"amount\":0},\n {\"country\":\"a,\\\"b\",\"amount\":null},\n"
            " {\"country\":\"NO\",\"amount\":20}]\n");
  EXPECT_EQ(reply.headers.at("Weir-More"), "false");
  EXPECT_EQ(backend.last_sql, "select * from \"revenue\" limit 1001");
  reply = get("/v1/views/revenue?limit=2", "Accept: text/csv\r\n");
  EXPECT_EQ(reply.headers.at("Content-Type"), "text/csv");
  EXPECT_EQ(reply.headers.at("Weir-More"), "true");
  EXPECT_EQ(reply.body, "country,amount\nSE,0\n\"a,\"\"b\",\n");
  EXPECT_EQ(backend.last_sql, "select * from \"revenue\" limit 3");
  reply = get("/v1/views/revenue?limit=1", "Accept: application/x-ndjson, */*;q=0.1\r\n");
  EXPECT_EQ(reply.body, "{\"country\":\"SE\",\"amount\":0}\n");
  EXPECT_EQ(get("/v1/views/revenue?limit=0").body, "[]\n");
  EXPECT_EQ(get("/v1/views/orders__dead?limit=1").status, 200);
  EXPECT_EQ(backend.last_sql, "select * from \"orders__dead\" limit 2");
}

TEST_F(HttpServer, Queries) {
  Reply reply = post("/v1/query",
                     "{\"sql\": \"select $1\","
                     " \"parameters\": [\"a\", 7, 3000000000, 1.50 , true, null, [1]]}",
                     "Content-Type: application/json; charset=utf-8\r\nAccept: text/csv\r\n");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body, "country,amount\nSE,0\n\"a,\"\"b\",\nNO,20\n");
  EXPECT_EQ(backend.last_sql, "select $1");
  std::string parameters;
  for (const Value& value : backend.last_parameters) {
    const auto* text = std::get_if<std::string>(&value.data);
    parameters += value.type.name() + ":";
    parameters += value.is_null() ? "null" : text ? *text : text_form(value);
    parameters += " ";
  }
  EXPECT_EQ(parameters,
            "unknown:a integer:7 bigint:3000000000 numeric:1.50 boolean:t unknown:null jsonb:[1] ");
  reply = post("/v1/query?limit=1", "select 1", "Content-Type: application/sql\r\n");
  EXPECT_EQ(reply.body, "[{\"country\":\"SE\",\"amount\":0}]\n");
  EXPECT_EQ(reply.headers.at("Weir-More"), "true");
  EXPECT_EQ(backend.last_sql, "select 1");
}

TEST_F(HttpServer, QueriesThatAreNone) {
  const std::tuple<std::string, std::string, int, std::string> cases[] = {
      {"{", "application/json", 400, "WR1664"},
      {"[]", "application/json", 400, "WR1664"},
      {"{\"parameters\": []}", "application/json", 400, "WR1664"},
      {"{\"sql\": 1}", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\", \"parameters\": {}}", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\", \"more\": 1}", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\"} x", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\", \"parameters\": [1x]}", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\", \"parameters\": [nul]}", "application/json", 400, "WR1664"},
      {"{\"sql\": \"select 1\", \"parameters\": [{]}", "application/json", 400, "WR1301"},
      {"\xff", "application/sql", 400, "WR1664"},
      {"select 1", "text/html", 415, "WR1665"},
  };
  for (const auto& [body, type, status, code] : cases) {
    const Reply reply = post("/v1/query", body, "Content-Type: " + type + "\r\n");
    EXPECT_EQ(reply.status, status) << body;
    EXPECT_EQ(code_of(reply), code) << body;
  }
  backend.refusal = Error(ErrorKind::kInvalidStatement, 1203, "column \"x\" does not exist")
                        .at({"", 2, 8, 0, 0});
  const Reply reply = post("/v1/query", "select\n  x", "Content-Type: application/sql\r\n");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("\"line\":2,\"column\":8"), std::string::npos) << reply.body;
}

TEST_F(HttpServer, WrongQuestionsAreAnsweredWithCodes) {
  const std::tuple<std::string, std::string, int, std::string> cases[] = {
      {"/v1/views/revenu", "", 404, "WR1659"},
      {"/v1/views/revenue?limit=x", "", 400, "WR1661"},
      {"/v1/views/revenue?limit=-1", "", 400, "WR1661"},
      {"/v1/views/revenue?limit=100001", "", 400, "WR1661"},
      {"/v1/views/revenue", "Accept: application/vnd.apache.arrow.stream\r\n", 406, "WR1658"},
      {"/v1/views/none/changes", "", 404, "WR1659"},
      {"/v1/streams/orders", "", 405, "WR1654"},
      {"/v2/nothing", "", 404, "WR1653"},
      {"/v1/views/%ff", "", 400, "WR1650"},
      {"/v1/views/%0", "", 400, "WR1650"},
      {"/v1/views/a%00", "", 400, "WR1650"},
      {"/v1/views/x\"y';drop", "", 404, "WR1659"},
      {"/../page/index.html", "", 404, "WR1653"},
      {"/page.css/", "X: " + std::string(20'000, 'x') + "\r\n", 431, "WR1652"},
  };
  for (const auto& [path, headers, status, code] : cases) {
    const Reply reply = get(path, headers);
    EXPECT_EQ(reply.status, status) << path;
    EXPECT_EQ(code_of(reply), code) << path;
    EXPECT_TRUE(is_json(reply.body));
  }
  EXPECT_NE(get("/v1/views/revenu").body.find("did you mean \\\"revenue\\\"?"), std::string::npos);
}

TEST_F(HttpServer, BrokenRequestsAreAnsweredAndEnd) {
  for (const char* bytes : {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00",
                            "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    Client client(server->port());
    client.send(bytes);
    const Reply reply = client.reply();
    EXPECT_EQ(reply.status, 400) << bytes;
    EXPECT_EQ(code_of(reply), "WR1650");
    EXPECT_FALSE(client.receive());
  }
}

TEST_F(HttpServer, AnyBytesAreSurvived) {
  Random random(11);
  const std::string good =
      "POST /v1/streams/orders?x=%20y&limit=3 HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "POST /v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 63\r\n\r\n"
      "{\"sql\": \"select $1\", \"parameters\": [1.5, {\"a\": [2]}, \"\\u00e9\"]}"
      "GET /v1/views/revenue?limit=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(good.substr(good.find("{\"sql")).find("GET"), 63u);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = good;
    for (uint64_t n = random.below(4) + 1; n > 0; --n) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    if (random.chance(0.3)) bytes.resize(random.below(bytes.size()));
    Client client(server->port());
    client.send(bytes);
  }
  EXPECT_EQ(get("/healthz").status, 200);
}

Batch one_change(const char* country, int64_t amount, int64_t weight) {
  BatchBuilder builder(FakeBackend::schema());
  builder.column(0).append_text(country);
  builder.column(1).append<int64_t>(amount);
  builder.end_row(weight);
  return builder.finish();
}

TEST_F(HttpServer, ChangesAreEvents) {
  Client client(server->port());
  client.send("GET /v1/views/revenue/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(client.until("\r\n\r\n").find("Content-Type: text/event-stream\r\n"),
            std::string::npos);
  EXPECT_EQ(client.until("\n\n"),
            "retry: 1000\nevent: begin\ndata: {\"view\":\"revenue\",\"columns\":"
            "[{\"name\":\"country\",\"type\":\"text\"},{\"name\":\"amount\",\"type\":\"bigint\"}],"
            "\"key\":[\"country\"]}\n\n");
  EXPECT_EQ(client.until("\n\n"),
            "id: 7\nevent: change\ndata: {\"epoch\":7,\"time\":\"2026-01-01 00:00:00+00\","
            "\"more\":false,\"changes\":[{\"weight\":1,\"row\":{\"country\":\"SE\",\"amount\":0}},"
            "{\"weight\":1,\"row\":{\"country\":\"a,\\\"b\",\"amount\":null}},"
            "{\"weight\":1,\"row\":{\"country\":\"NO\",\"amount\":20}}]}\n\n");
  const auto subscription = backend.last_subscription();
  subscription->offer({Epoch(8), 0, one_change("SE", 0, -1)});
  EXPECT_EQ(client.until("\n\n"),
            "id: 8\nevent: change\ndata: {\"epoch\":8,\"time\":\"1970-01-01 00:00:00+00\","
            "\"more\":false,\"changes\":[{\"weight\":-1,"
            "\"row\":{\"country\":\"SE\",\"amount\":0}}]}\n\n");
  subscription->close("the view was dropped");
  EXPECT_EQ(client.until("\n\n"), "event: end\ndata: {\"reason\":\"the view was dropped\"}\n\n");
  EXPECT_FALSE(client.receive());
}

TEST_F(HttpServer, LargeChangesComeInParts) {
  Client client(server->port());
  client.send("GET /v1/views/revenue/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.until("NO");
  BatchBuilder builder(FakeBackend::schema());
  for (int64_t i = 0; i < 2500; ++i) {
    builder.column(0).append_text("x");
    builder.column(1).append<int64_t>(i);
    builder.end_row();
  }
  backend.last_subscription()->offer({Epoch(9), 0, builder.finish()});
  EXPECT_NE(client.until("\"amount\":999}}]}\n\n").find("\"more\":true"), std::string::npos);
  EXPECT_NE(client.until("\"amount\":1999}}]}\n\n").find("\"more\":true"), std::string::npos);
  EXPECT_NE(client.until("\"amount\":2499}}]}\n\n").find("\"more\":false"), std::string::npos);
}

TEST_F(HttpServer, ASubscriptionEndsWithItsClient) {
  auto client = std::make_unique<Client>(server->port());
  client->send("GET /v1/views/revenue/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client->until("NO");
  const auto subscription = backend.last_subscription();
  EXPECT_FALSE(subscription->closed());
  client.reset();
  for (int i = 0; i < 200 && !subscription->closed(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(subscription->closed());
}

TEST_F(HttpServer, StopEndsStreamsOfEvents) {
  Client client(server->port());
  client.send("GET /v1/views/revenue/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.until("]}\n\n");
  client.until("]}\n\n");
  server->stop();
  EXPECT_NE(client.until("}\n\n").find("event: end"), std::string::npos);
  EXPECT_FALSE(client.receive());
}

TEST_F(HttpServer, ThePageStandsAlone) {
  const Reply page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.at("Content-Security-Policy").find("default-src 'none'"),
            std::string::npos);
  EXPECT_EQ(get("/page.css").headers.at("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(get("/page.js").headers.at("Content-Type"), "text/javascript; charset=utf-8");
  for (const PageFile& file : page_files()) {
    EXPECT_EQ(file.content.find("http://"), std::string_view::npos) << file.name;
    EXPECT_EQ(file.content.find("https://"), std::string_view::npos) << file.name;
  }
  EXPECT_NE(page.body.find("src=\"/page.js\""), std::string::npos);
  EXPECT_NE(page.body.find("href=\"/page.css\""), std::string::npos);
}

}  // namespace
}  // namespace weir::http
