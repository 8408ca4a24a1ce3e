// Plain sockets and poll(): every wait is on two descriptors, the socket and an event that becomes
// readable when the server stops, so that no thread sleeps through a stop. (Asio's blocking calls
// know no time limit, and coroutines would only lead to handlers that run queries and block.)
#include "io/tcp_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <fmt/core.h>

#include "base/check.h"
#include "base/log.h"

namespace weir::io {

namespace {

constexpr int kWriteWaitMillis = 60'000;
constexpr int kWriteWaitAtStopMillis = 500;
constexpr int kBacklog = 1024;
constexpr int kConnectSeconds = 5;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

int millis_of(Micros wait) {
  if (wait >= Micros{INT32_MAX} * 1000) return -1;
  return static_cast<int>((wait + 999) / 1000);
}

std::string text_of(const sockaddr_storage& address) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  const socklen_t size =
      address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "";
  }
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                       : fmt::format("{}:{}", host, port);
}

class SocketConnection final : public Connection {
 public:
  SocketConnection(Descriptor socket, int stop_event, std::string peer)
      : socket_(std::move(socket)), stop_event_(stop_event), peer_(std::move(peer)) {}

  Result<size_t> read_some(char* out, size_t size, Micros wait) override {
    for (;;) {
      pollfd waits[2] = {{socket_.get(), POLLIN, 0}, {stop_event_, POLLIN, 0}};
      const int n = ::poll(waits, stop_event_ < 0 ? 1 : 2, millis_of(wait));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return broken();
      if (waits[1].revents != 0) {
        return Error(ErrorKind::kCancelled, 1605, "the server is being stopped");
      }
      if (n == 0) return Error(ErrorKind::kUnavailable, 1606, "the client sent nothing in time");
      const ssize_t got = ::recv(socket_.get(), out, size, MSG_DONTWAIT);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return broken();
      return static_cast<size_t>(got);
    }
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent =
          ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
        continue;
      }
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno != EAGAIN) return broken();
      TRY_VOID(wait_until_writable());
    }
    return {};
  }

  void end_writing() override { ::shutdown(socket_.get(), SHUT_WR); }

  bool peer_is_gone() override {
    pollfd wait = {socket_.get(), POLLRDHUP, 0};
    return ::poll(&wait, 1, 0) > 0 && wait.revents != 0;
  }

  bool stopping() override {
    pollfd wait = {stop_event_, POLLIN, 0};
    return stop_event_ >= 0 && ::poll(&wait, 1, 0) > 0;
  }

  std::string peer() const override { return peer_; }

 private:
  static Error broken() {
    return Error(ErrorKind::kUnavailable, 1607,
                 fmt::format("the connection broke: {}", std::strerror(errno)));
  }

  Status wait_until_writable() {
    pollfd waits[2] = {{socket_.get(), POLLOUT, 0}, {stop_event_, POLLIN, 0}};
    int n = ::poll(waits, stop_event_ < 0 ? 1 : 2, kWriteWaitMillis);
    if (n > 0 && waits[0].revents == 0) n = ::poll(waits, 1, kWriteWaitAtStopMillis);
    if (n < 0 && errno != EINTR) return broken();
    if (n == 0) return Error(ErrorKind::kUnavailable, 1606, "the client took nothing in time");
    return {};
  }

  Descriptor socket_;
  int stop_event_;  // -1: none; the server's
  std::string peer_;
};

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> split_address(const std::string& text) {
  const auto wrong = [&] {
    return Error(ErrorKind::kInvalidUsage, 1601, fmt::format("\"{}\" is no address", text))
        .detail("Expected HOST:PORT, as in 127.0.0.1:5433, localhost:0 or [::1]:5433.")
        .hint("write the address as HOST:PORT");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong();
  HostPort out{text.substr(0, colon), text.substr(colon + 1)};
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return wrong();
  }
  uint32_t port = 0;
  const char* end = out.port.data() + out.port.size();
  const auto parsed = std::from_chars(out.port.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end || port > 65535) return wrong();
  return out;
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return address.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

Error cannot_listen(const std::string& address) {
  const int code = errno;
  if (code == EADDRINUSE) {
    return Error(ErrorKind::kLocked, 1603, fmt::format("the port {} is in use", address))
        .detail("Another program listens there, perhaps another weir.")
        .hint("stop it, or listen on another port");
  }
  const ErrorKind kind = code == EACCES ? ErrorKind::kPermission : ErrorKind::kIo;
  return Error(kind, 1604, fmt::format("cannot listen on {}: {}", address, std::strerror(code)));
}

Result<Descriptor> bind_and_listen(const addrinfo& target, const ListenOptions& options) {
  Descriptor socket(::socket(target.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return cannot_listen(options.address);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), target.ai_addr, target.ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(options.address);
  }
  return socket;
}

Result<Descriptor> open_port(const ListenOptions& options) {
  const HostPort parts = TRY(split_address(options.address));
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const char* host = parts.host == "*" ? nullptr : parts.host.c_str();
  if (const int code = ::getaddrinfo(host, parts.port.c_str(), &wanted, &list); code != 0) {
    return Error(ErrorKind::kInvalidUsage, 1601,
                 fmt::format("\"{}\" is no address of this machine: {}", options.address,
                             ::gai_strerror(code)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  const addrinfo* target = list;  // localhost: IPv4 where there is both
  for (const addrinfo* one = list; one; one = one->ai_next) {
    if (one->ai_family == AF_INET) {
      target = one;
      break;
    }
  }
  if (!options.insecure && !is_loopback(*target->ai_addr)) {
    return Error(ErrorKind::kPermission, 1602,
                 fmt::format("will not listen on {}: other machines can reach it", options.address))
        .detail("There is no login and no encryption on this port.")
        .hint("listen on 127.0.0.1, or say --insecure where the network is your own");
  }
  return bind_and_listen(*target, options);
}

class ThreadedServer final : public TcpServer {
 public:
  ThreadedServer(Descriptor listener, Descriptor stop_event, const ListenOptions& options,
                 Handlers handlers)
      : listener_(std::move(listener)),
        stop_event_(std::move(stop_event)),
        most_(options.max_connections),
        handlers_(std::move(handlers)) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    WEIR_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    address_ = text_of(bound);
    port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                              : reinterpret_cast<sockaddr_in&>(bound).sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ThreadedServer() override { stop(); }

  uint16_t port() const override { return port_; }
  std::string address() const override { return address_; }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (!acceptor_.joinable()) return;
    const uint64_t one = 1;
    WEIR_CHECK(::write(stop_event_.get(), &one, sizeof one) == sizeof one);
    acceptor_.join();
    listener_ = Descriptor();
    for (Slot& slot : slots_) slot.thread.join();
    slots_.clear();
  }

 private:
  struct Slot {
    std::thread thread;
    std::atomic<bool> over = false;
  };

  void accept_all() {
    for (;;) {
      pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {stop_event_.get(), POLLIN, 0}};
      if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
      if (waits[1].revents != 0) return;
      if (waits[0].revents == 0) continue;
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      Descriptor socket(
          ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
      if (socket.get() >= 0) {
        take(std::move(socket), text_of(peer));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        log_warn("a connection could not be taken", {{"reason", std::strerror(errno)}});
        ::poll(waits + 1, 1, 100);
      }
    }
  }

  void take(Descriptor socket, std::string peer) {
    slots_.remove_if([](Slot& slot) {
      if (slot.over) slot.thread.join();
      return slot.over.load();
    });
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    auto connection = std::make_unique<SocketConnection>(std::move(socket), stop_event_.get(),
                                                         std::move(peer));
    if (slots_.size() >= most_) {
      if (handlers_.refuse) handlers_.refuse(*connection);
      return;
    }
    Slot& slot = slots_.emplace_back();
    try {
      slot.thread = std::thread([this, &slot, connection = std::move(connection)]() mutable {
        serve(*connection);
        connection.reset();
        slot.over = true;
      });
    } catch (const std::system_error& e) {
      log_warn("no thread for a connection", {{"reason", e.what()}});
      slots_.pop_back();
    }
  }

  // What third-party code throws (memory that is not there) ends one connection, not the process.
  void serve(Connection& connection) {
    try {
      handlers_.serve(connection);
    } catch (const std::exception& e) {
      log_error("a connection ended by an exception",
                {{"peer", connection.peer()}, {"reason", e.what()}});
    }
  }

  Descriptor listener_;
  Descriptor stop_event_;
  size_t most_;
  Handlers handlers_;
  std::string address_;
  uint16_t port_ = 0;
  std::list<Slot> slots_;  // of the acceptor's thread; of stop() once that has ended
  std::mutex stop_mutex_;
  std::thread acceptor_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(int fd) {
  return std::make_unique<SocketConnection>(Descriptor(fd), -1, "socket pair");
}

Result<std::unique_ptr<Connection>> connect_to(const std::string& address) {
  const auto [host, port] = TRY(split_address(address));
  const auto unavailable = [&](const char* reason) {
    return Error(ErrorKind::kUnavailable, 1608,
                 fmt::format("{} cannot be reached: {}", address, reason));
  };
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); failed != 0) {
    return unavailable(::gai_strerror(failed));
  }
  Descriptor socket;
  bool connected = false;
  int reason = 0;
  for (const addrinfo* one = found; one && !connected; one = one->ai_next) {
    socket = Descriptor(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{kConnectSeconds, 0};  // of connect(): the other sends do not block
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected = socket.get() >= 0 && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0;
    reason = errno;
  }
  ::freeaddrinfo(found);
  if (!connected) return unavailable(std::generic_category().message(reason).c_str());
  return std::unique_ptr<Connection>(
      std::make_unique<SocketConnection>(std::move(socket), -1, address));
}

Result<std::unique_ptr<TcpServer>> TcpServer::start(const ListenOptions& options,
                                                    Handlers handlers) {
  Descriptor listener = TRY(open_port(options));
  Descriptor stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stop_event.get() < 0) return cannot_listen(options.address);
  return std::unique_ptr<TcpServer>(std::make_unique<ThreadedServer>(
      std::move(listener), std::move(stop_event), options, std::move(handlers)));
}

}  // namespace weir::io
