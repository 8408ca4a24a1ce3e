// The PostgreSQL port: psql, drivers and tools talk to sessions through it (protocol v3).
//
//   auto server = TRY(pgwire::Server::start(sessions, {.address = "127.0.0.1:5433"}));
//
// Threads: one for each connection. The factory outlives the server.
#pragma once
#include <memory>
#include <string>

#include "engine/session.h"
#include "io/tcp_server.h"

namespace weir::pgwire {

class Server {
 public:
  // Listens on return. Errors: 1601 to 1604 (io/tcp_server.h).
  static Result<std::unique_ptr<Server>> start(engine::SessionFactory& sessions,
                                               const io::ListenOptions& options);
  ~Server();  // stops
  uint16_t port() const;
  std::string address() const;  // as bound: "127.0.0.1:5433"
  // Cancels what runs, tells the clients and waits for their connections to end.
  void stop();

 private:
  struct Rep;
  explicit Server(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// One connection from its first byte to its last, for servers and tests.
class Sessions;
void serve_connection(io::Connection& connection, engine::SessionFactory& factory,
                      Sessions& sessions);

}  // namespace weir::pgwire
