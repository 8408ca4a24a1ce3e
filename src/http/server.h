// The HTTP port: rows in, views and their changes out, figures, and a page that shows them.
//
//   auto backend = http::make_backend(engine);
//   auto server = TRY(http::Server::start(*backend, {.address = "127.0.0.1:8433"}));
//
// Threads: one for each connection. The backend outlives the server.
#pragma once
#include <memory>
#include <string>

#include "http/backend.h"
#include "http/request_reader.h"
#include "io/tcp_server.h"

namespace weir::http {

class Server {
 public:
  // Listens on return. Errors: 1601 to 1604 (io/tcp_server.h).
  static Result<std::unique_ptr<Server>> start(Backend& backend, const io::ListenOptions& options);
  ~Server();  // stops
  uint16_t port() const;
  std::string address() const;  // as bound: "127.0.0.1:8433"
  void stop();                  // waits for requests that are being answered

 private:
  static constexpr int64_t kBodyBytes = 256 << 20;

  Server() = default;
  BodyBudget budget_{kBodyBytes};
  std::unique_ptr<io::TcpServer> tcp_;
};

// Requests of one connection until it ends, for the server and tests.
void serve_connection(io::Connection& connection, Backend& backend, BodyBudget& budget);

}  // namespace weir::http
