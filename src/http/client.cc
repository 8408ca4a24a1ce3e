#include "http/client.h"

#include <simdjson.h>

#include <charconv>

#include <fmt/core.h>

namespace weir::http {

namespace {

constexpr Micros kLook = 200'000;
constexpr Micros kAnswerWait = 60'000'000;
constexpr size_t kMaxLine = size_t{1} << 30;
constexpr size_t kMaxBody = size_t{256} << 20;

Error not_understood() {
  return Error(ErrorKind::kUnavailable, 1667, "the project's answer is not understood")
      .hint("see that the process at this port is weir, of the same version");
}

ErrorKind kind_of_status(int status) {
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 503) return ErrorKind::kUnavailable;
  return status >= 500 ? ErrorKind::kInternal : ErrorKind::kInvalidUsage;
}

// {"error": {"code": "WR1659", "message", "hint", ...}}
Error refusal(int status, const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::element error;
  if (parser.parse(body).get(root) || root["error"].get(error)) return not_understood();
  std::string_view code;
  std::string_view message;
  std::string_view detail;
  std::string_view hint;
  if (error["code"].get(code) || error["message"].get(message)) return not_understood();
  if (error["detail"].get(detail)) detail = {};
  if (error["hint"].get(hint)) hint = {};
  uint16_t number = 1667;
  if (code.starts_with("WR")) {
    std::from_chars(code.data() + 2, code.data() + code.size(), number);
  }
  return Error(kind_of_status(status), number, std::string(message))
      .detail(std::string(detail))
      .hint(std::string(hint));
}

bool never() { return false; }

}  // namespace

Result<std::unique_ptr<Get>> Get::start(const std::string& address, const std::string& target) {
  return send(address, fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                                   target, address));
}

Result<std::unique_ptr<Get>> Get::post(const std::string& address, const std::string& target) {
  return send(address, fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n"
                                   "Connection: close\r\n\r\n",
                                   target, address));
}

Result<std::unique_ptr<Get>> Get::send(const std::string& address, const std::string& request) {
  std::unique_ptr<Get> get(new Get(TRY(io::connect_to(address))));
  TRY_VOID(get->connection_->write(request));
  TRY_VOID(get->read_head());
  return get;
}

Status Get::read_head() {
  const std::optional<std::string> first = TRY(next_line(never));
  int status = 0;
  if (!first || !first->starts_with("HTTP/1.1 ")) return not_understood();
  std::from_chars(first->data() + 9, first->data() + first->size(), status);
  std::optional<std::string> line = TRY(next_line(never));
  while (line && !line->empty()) line = TRY(next_line(never));
  if (status == 200) return {};
  return refusal(status, TRY(body()));
}

Result<std::optional<std::string>> Get::next_line(const std::function<bool()>& stop) {
  size_t searched = 0;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return std::optional<std::string>(std::move(line));
    }
    searched = buffer_.size();
    if (searched > kMaxLine) return not_understood();
    if (stop()) return std::optional<std::string>();
    const Result<bool> more = receive(kLook);
    if (!more && more.error().code() == 1606) continue;  // nothing came yet
    if (!TRY(more)) return std::optional<std::string>();
  }
}

Result<std::string> Get::body() {
  while (TRY(receive(kAnswerWait))) {
    if (buffer_.size() > kMaxBody) return not_understood();
  }
  return std::move(buffer_);
}

Result<bool> Get::receive(Micros wait) {
  char chunk[16384];
  const size_t n = TRY(connection_->read_some(chunk, sizeof chunk, wait));
  buffer_.append(chunk, n);
  return n > 0;
}

}  // namespace weir::http
