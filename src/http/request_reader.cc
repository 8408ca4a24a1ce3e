#include "http/request_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/letter_case.h"

namespace weir::http {

namespace {

namespace beast = boost::beast::http;

constexpr Micros kIdleWait = 60'000'000;
constexpr Micros kRequestWait = 30'000'000;
constexpr Micros kDrainWait = 300'000;
constexpr size_t kDrainBytes = 64u << 20;

Error parse_error(const boost::system::error_code& code) {
  if (code == beast::error::body_limit) {
    return Error(ErrorKind::kInvalidUsage, 1651, "the request's body is too long")
        .detail("At most 32 MiB are taken at once.")
        .hint("send it in parts");
  }
  if (code == beast::error::header_limit) {
    return Error(ErrorKind::kInvalidUsage, 1652, "the request's headers are too long");
  }
  return Error(ErrorKind::kInvalidUsage, 1650, "this is no HTTP request").detail(code.message());
}

}  // namespace

struct RequestReader::Parsing {
  Parsing() {
    parser.header_limit(kMaxHeadBytes);
    parser.body_limit(kMaxBodyBytes);
  }
  beast::request_parser<beast::string_body> parser;
  bool head_seen = false;
};

Result<std::optional<Request>> RequestReader::next() {
  Parsing parsing;
  auto& parser = parsing.parser;
  budget_.give_back(std::exchange(charged_, 0));
  while (!parser.is_done()) {
    bool hungry = bytes_.empty();
    if (!hungry) {
      boost::system::error_code code;
      bytes_.erase(0, parser.put(boost::asio::buffer(bytes_), code));
      hungry = code == beast::error::need_more;
      if (code && !hungry) return parse_error(code);
      TRY_VOID(charge(parser.get().body().size()));
    }
    if (parser.is_header_done() && !parsing.head_seen) {
      parsing.head_seen = true;
      parser.eager(true);
      if (!parser.is_done()) TRY_VOID(continue_if_expected(parsing));
      continue;
    }
    if (parser.is_done() || !hungry) continue;
    const bool idle = !parser.got_some() && bytes_.empty();
    Result<bool> more = receive(idle ? kIdleWait : kRequestWait);
    if (!more && idle && more.error().code() == 1606) return std::optional<Request>();
    if (!more) return std::move(more).error();
    if (*more) continue;
    if (idle) return std::optional<Request>();
    return Error(ErrorKind::kInvalidUsage, 1650, "the request ended early");
  }
  return std::optional(TRY(finished(parsing)));
}

Status RequestReader::charge(size_t body_bytes) {
  const int64_t more = static_cast<int64_t>(body_bytes) - charged_;
  if (!budget_.take(more)) {
    return Error(ErrorKind::kOutOfMemory, 1666, "too many large requests at one time")
        .hint("send it again in a moment");
  }
  charged_ += more;
  return {};
}

Result<bool> RequestReader::receive(Micros wait) {
  char buffer[64 << 10];
  const size_t n = TRY(connection_.read_some(buffer, sizeof buffer, wait));
  bytes_.append(buffer, n);
  return n > 0;
}

// A client with a long body may wait to hear that it is wanted.
Status RequestReader::continue_if_expected(Parsing& parsing) {
  const auto& fields = parsing.parser.get();
  if (lower(fields[beast::field::expect]) != "100-continue") return {};
  return connection_.write("HTTP/1.1 100 Continue\r\n\r\n");
}

Result<Request> RequestReader::finished(Parsing& parsing) {
  auto message = parsing.parser.release();
  Request out;
  out.method = std::string_view(message.method_string());
  out.keep_alive = message.keep_alive();
  for (const auto& field : message) {
    std::string& value = out.headers[lower(field.name_string())];
    if (!value.empty()) value += ", ";
    value += std::string_view(field.value());
  }
  out.body = std::move(message.body());
  TRY_VOID(parse_target(message.target(), out));
  return out;
}

void RequestReader::drain() {
  connection_.end_writing();
  for (size_t taken = bytes_.size(); taken < kDrainBytes; taken += bytes_.size()) {
    bytes_.clear();
    const auto more = receive(kDrainWait);
    if (!more || !*more) return;
  }
}

}  // namespace weir::http
