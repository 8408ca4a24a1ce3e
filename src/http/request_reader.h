// Requests off a connection, one after another (pipelined ones too). Beast parses; the sockets, the
// time limits and the bounds are ours. One thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "http/message.h"
#include "io/tcp_server.h"

namespace weir::http {

// Bytes of bodies that are held at one time, over all connections. Any thread.
class BodyBudget {
 public:
  explicit BodyBudget(int64_t bytes) : left_(bytes) {}
  bool take(int64_t bytes) {
    if (left_.fetch_sub(bytes) >= bytes) return true;
    left_ += bytes;
    return false;
  }
  void give_back(int64_t bytes) { left_ += bytes; }

 private:
  std::atomic<int64_t> left_;
};

class RequestReader {
 public:
  static constexpr size_t kMaxHeadBytes = 16u << 10;
  static constexpr size_t kMaxBodyBytes = 32u << 20;

  RequestReader(io::Connection& connection, BodyBudget& budget)
      : connection_(connection), budget_(budget) {}
  ~RequestReader() { budget_.give_back(charged_); }
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  // nullopt: the client has gone, or asked nothing for a minute. After an error the rest of the
  // bytes means nothing. Errors: 1650 (broken), 1651 (too long), 1652 (too long a head), 1666 (too
  // much at one time), of the connection.
  Result<std::optional<Request>> next();
  // Ends writing, and reads on for a moment: a socket that is closed with unread bytes in it would
  // take the answer with it.
  void drain();

 private:
  struct Parsing;
  Result<bool> receive(Micros wait);
  Status charge(size_t body_bytes);
  Status continue_if_expected(Parsing& parsing);
  Result<Request> finished(Parsing& parsing);

  io::Connection& connection_;
  BodyBudget& budget_;
  int64_t charged_ = 0;  // for the body of the last request, until the next one is read
  std::string bytes_;    // received, not yet parsed
};

}  // namespace weir::http
