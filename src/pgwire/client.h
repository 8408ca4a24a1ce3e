// The other side of the protocol, for verbs that ask a running project: simple queries, one at a
// time, rows in the types that the server names. Answers are bounded as requests are: a server
// that sends something else is an error, never a crash.
//
// Threads: one at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engine/session.h"
#include "io/tcp_server.h"
#include "pgwire/wire.h"

namespace weir::pgwire {

class Client {
 public:
  // HOST:PORT of a server that asks for no password.
  static Result<std::unique_ptr<Client>> connect(const std::string& address);
  // The last result of the statements. Errors: the server's own, as it told them.
  Result<engine::StatementResult> query(std::string_view sql);

 private:
  explicit Client(std::unique_ptr<io::Connection> connection);
  Status log_in();
  Result<Frame> next();

  std::unique_ptr<io::Connection> connection_;
  Wire wire_;
};

}  // namespace weir::pgwire
