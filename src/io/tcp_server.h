// A listening TCP port with one thread for each connection: what the PostgreSQL and HTTP servers
// stand on. Reads and writes block, with a time limit, and end at once when the server stops.
//
// A port is reachable from this machine alone unless its owner insists: without TLS and a login,
// nothing here may be asked from outside by accident.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace weir::io {

struct ListenOptions {
  std::string address = "127.0.0.1:0";  // HOST:PORT, [::1]:PORT; port 0 takes a free one
  bool insecure = false;                // the user wants other machines to reach it, unprotected
  size_t max_connections = 200;
};

// One connected peer. One thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;  // closes
  // What is there, waiting for it at most `wait`; 0: the peer has ended its side.
  // Errors: kUnavailable 1606 (nothing came in time) and 1607 (broken), kCancelled 1605 (the server
  // stops).
  virtual Result<size_t> read_some(char* out, size_t size, Micros wait) = 0;
  // All of it. A peer that takes nothing for a minute is given up.
  virtual Status write(std::string_view bytes) = 0;
  virtual void end_writing() = 0;  // the peer reads the end; reading goes on
  virtual bool peer_is_gone() = 0;
  virtual bool stopping() = 0;
  virtual std::string peer() const = 0;  // for the log

  static constexpr Micros kForever = INT64_MAX;
};

// Owns the socket; one end of a socket pair in tests.
std::unique_ptr<Connection> make_connection(int fd);

// To a server of this machine or another, HOST:PORT. Errors: kUnavailable 1608.
Result<std::unique_ptr<Connection>> connect_to(const std::string& address);

class TcpServer {
 public:
  struct Handlers {
    std::function<void(Connection&)> serve;   // on the connection's thread, until it is over
    std::function<void(Connection&)> refuse;  // one too many: say so, briefly
  };

  // Listens on return. Errors: 1601 the address is none, 1602 it is not of this machine alone,
  // kLocked 1603 the port is in use, 1604 the system refuses.
  static Result<std::unique_ptr<TcpServer>> start(const ListenOptions& options, Handlers handlers);
  virtual ~TcpServer() = default;  // stops
  virtual uint16_t port() const = 0;
  virtual std::string address() const = 0;  // "127.0.0.1:5433": as bound
  // Takes no more connections, ends those that are there and waits for their threads. Any thread
  // but one of the connections'.
  virtual void stop() = 0;
};

}  // namespace weir::io
