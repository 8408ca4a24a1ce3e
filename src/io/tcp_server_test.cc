#include "io/tcp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include <gtest/gtest.h>

namespace weir::io {
namespace {

using namespace std::chrono_literals;

int connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TcpServer::Handlers echo() {
  const auto serve = [](Connection& connection) {
    char buffer[1000];
    for (;;) {
      const auto n = connection.read_some(buffer, sizeof buffer, Connection::kForever);
      if (!n || *n == 0) return;
      if (!connection.write({buffer, *n})) return;
    }
  };
  return {serve, [](Connection& connection) { (void)connection.write("full"); }};
}

std::string ask(Connection& client, std::string_view text) {
  EXPECT_TRUE(client.write(text));
  std::string out;
  char buffer[1000];
  while (out.size() < text.size()) {
    const auto n = client.read_some(buffer, sizeof buffer, 5'000'000);
    if (!n || *n == 0) break;
    out.append(buffer, *n);
  }
  return out;
}

TEST(TcpServer, ServesConnectionsAtATime) {
  auto server = TcpServer::start({}, echo());
  ASSERT_TRUE(server) << server.error().to_string();
  EXPECT_GT((*server)->port(), 0);
  EXPECT_EQ((*server)->address(), "127.0.0.1:" + std::to_string((*server)->port()));
  const auto one = make_connection(connect_to((*server)->port()));
  const auto two = make_connection(connect_to((*server)->port()));
  EXPECT_EQ(ask(*two, "second"), "second");
  EXPECT_EQ(ask(*one, "first"), "first");
  const std::string large(900, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ask(*one, large), large);
}

TEST(TcpServer, StopEndsConnectionsThatWait) {
  auto server = TcpServer::start({}, echo());
  ASSERT_TRUE(server);
  const auto client = make_connection(connect_to((*server)->port()));
  EXPECT_EQ(ask(*client, "a"), "a");
  (*server)->stop();
  char byte;
  const auto n = client->read_some(&byte, 1, 5'000'000);
  ASSERT_TRUE(n);
  EXPECT_EQ(*n, 0u);
  EXPECT_TRUE(client->peer_is_gone());
  (*server)->stop();
}

TEST(TcpServer, StopEndsAWriterWhoseReaderDoesNotRead) {
  TcpServer::Handlers handlers;
  handlers.serve = [](Connection& connection) {
    const std::string much(1 << 20, 'x');
    while (connection.write(much)) {
    }
  };
  auto server = TcpServer::start({}, std::move(handlers));
  ASSERT_TRUE(server);
  const auto client = make_connection(connect_to((*server)->port()));
  std::this_thread::sleep_for(50ms);
  const auto begin = std::chrono::steady_clock::now();
  (*server)->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(TcpServer, OneTooManyIsToldSo) {
  auto server = TcpServer::start({.max_connections = 1}, echo());
  ASSERT_TRUE(server);
  auto one = make_connection(connect_to((*server)->port()));
  EXPECT_EQ(ask(*one, "a"), "a");
  const auto two = make_connection(connect_to((*server)->port()));
  char buffer[10];
  const auto n = two->read_some(buffer, sizeof buffer, 5'000'000);
  ASSERT_TRUE(n);
  EXPECT_EQ(std::string(buffer, *n), "full");
  one.reset();
  // The place is free again once the first one's thread has seen the end.
  std::string answer;
  for (int i = 0; i < 100 && answer != "b"; ++i) {
    std::this_thread::sleep_for(10ms);
    const auto three = make_connection(connect_to((*server)->port()));
    answer = ask(*three, "b").substr(0, 1);
  }
  EXPECT_EQ(answer, "b");
}

TEST(TcpServer, RefusesWhatOthersCouldReach) {
  for (const char* address : {"0.0.0.0:0", "*:0", "[::]:0"}) {
    const auto server = TcpServer::start({.address = address}, echo());
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code(), 1602) << server.error().to_string();
    EXPECT_EQ(server.error().kind(), ErrorKind::kPermission);
  }
  EXPECT_TRUE(TcpServer::start({.address = "0.0.0.0:0", .insecure = true}, echo()));
  EXPECT_TRUE(TcpServer::start({.address = "localhost:0"}, echo()));
}

TEST(TcpServer, PortInUseIsACodedError) {
  auto first = TcpServer::start({}, echo());
  ASSERT_TRUE(first);
  const auto second = TcpServer::start({.address = (*first)->address()}, echo());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), 1603);
  EXPECT_EQ(second.error().kind(), ErrorKind::kLocked);
  const std::string address = (*first)->address();
  (*first)->stop();
  EXPECT_TRUE(TcpServer::start({.address = address}, echo()));
}

TEST(TcpServer, AddressesThatAreNone) {
  for (const char* address : {"", "5433", ":5433", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                              "127.0.0.1:65536", "127.0.0.1:-1", "::1:5433", "1.2.3.4.5:1"}) {
    const auto server = TcpServer::start({.address = address}, echo());
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code(), 1601) << address << server.error().to_string();
  }
}

TEST(Connection, ReachesAServer) {
  auto server = TcpServer::start({}, echo());
  ASSERT_TRUE(server);
  auto client = io::connect_to((*server)->address());
  ASSERT_TRUE(client) << client.error().to_string();
  EXPECT_EQ(ask(**client, "hello"), "hello");
  const std::string address = (*server)->address();
  client->reset();
  (*server)->stop();
  EXPECT_EQ(io::connect_to(address).error().code(), 1608);
  EXPECT_EQ(io::connect_to("nowhere").error().code(), 1601);
  auto six = TcpServer::start({.address = "[::1]:0"}, echo());
  if (six) {
    EXPECT_TRUE(io::connect_to((*six)->address()));
  }
}

TEST(Connection, ReadsEndInTime) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const auto one = make_connection(fds[0]);
  auto two = make_connection(fds[1]);
  char byte;
  const auto nothing = one->read_some(&byte, 1, 1000);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), 1606);
  EXPECT_FALSE(one->peer_is_gone());
  two.reset();
  EXPECT_TRUE(one->peer_is_gone());
  EXPECT_FALSE(one->write("x"));
}

}  // namespace
}  // namespace weir::io
