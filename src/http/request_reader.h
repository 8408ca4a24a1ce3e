// Requests off a connection, one after another (pipelined ones too). Beast parses; the sockets, the
// time limits and the bounds are ours. One thread.
#pragma once
#include <optional>
#include <string>

#include "http/message.h"
#include "io/tcp_server.h"

namespace weir::http {

class RequestReader {
 public:
  static constexpr size_t kMaxHeadBytes = 16u << 10;
  static constexpr size_t kMaxBodyBytes = 32u << 20;

  explicit RequestReader(io::Connection& connection) : connection_(connection) {}
  // nullopt: the client has gone, or asked nothing for a minute. After an error the rest of the
  // bytes means nothing. Errors: 1650 (broken), 1651 (too long), 1652 (too long a head), of the
  // connection.
  Result<std::optional<Request>> next();
  // Ends writing, and reads on for a moment: a socket that is closed with unread bytes in it would
  // take the answer with it.
  void drain();

 private:
  struct Parsing;
  Result<bool> receive(Micros wait);
  Status continue_if_expected(Parsing& parsing);
  Result<Request> finished(Parsing& parsing);

  io::Connection& connection_;
  std::string bytes_;  // received, not yet parsed
};

}  // namespace weir::http
