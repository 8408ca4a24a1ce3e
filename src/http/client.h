// One GET to a running project, its answer read as it comes: all of it, or line by line for as
// long as the project has something to tell. Our own server ends the connection behind an answer
// to `Connection: close`, so the body ends where the connection does.
//
// Threads: one at a time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/tcp_server.h"

namespace weir::http {

class Get {
 public:
  // The answer's head has been read. Errors: the connection's; of an answer other than 200, what
  // the project says.
  static Result<std::unique_ptr<Get>> start(const std::string& address, const std::string& target);

  // The same with POST and nothing to say but what stands in the target.
  static Result<std::unique_ptr<Get>> post(const std::string& address, const std::string& target);

  // nullopt: the answer ended, or `stop` said so (it is asked a few times a second).
  Result<std::optional<std::string>> next_line(const std::function<bool()>& stop);
  Result<std::string> body();

 private:
  static Result<std::unique_ptr<Get>> send(const std::string& address, const std::string& request);
  explicit Get(std::unique_ptr<io::Connection> connection) : connection_(std::move(connection)) {}
  Status read_head();
  Result<bool> receive(Micros wait);               // false: the end

  std::unique_ptr<io::Connection> connection_;
  std::string buffer_;
};

}  // namespace weir::http
