// HTTP/1.1 as a client needs it: one request a connection, an answer of a known length, in chunks,
// or up to the connection's end.
#include "io/http_request.h"

#include <strings.h>

#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "base/clock.h"
#include "io/tls_stream.h"

namespace weir::io {

namespace {

constexpr size_t kMaxAnswer = 16 << 20;

Error unavailable(const std::string& url, std::string_view what) {
  const std::string shown = url.substr(0, url.find('?'));
  return Error(ErrorKind::kUnavailable, 1861, fmt::format("{}: {}", shown, what));
}

class AnswerReader {
 public:
  AnswerReader(Connection& connection, const HttpRequest& request)
      : connection_(connection),
        request_(request),
        until_nanos_(RealClock().monotonic_nanos() + request.time_limit * 1000) {}

  Result<HttpAnswer> read() {
    HttpAnswer out;
    const std::string first = TRY(line());
    if (!first.starts_with("HTTP/1.") || first.size() < 12) return no_answer();
    std::from_chars(first.data() + 9, first.data() + 12, out.status);
    for (std::string header = TRY(line()); !header.empty(); header = TRY(line())) take(header);
    out.headers = std::move(headers_);
    if (chunked_) {
      TRY_VOID(chunks(out.body));
    } else if (length_) {
      if (*length_ > kMaxAnswer) return no_answer();
      out.body = TRY(bytes(*length_));
    } else if (out.status != 204) {
      while (TRY(more())) {
      }
      out.body = std::move(buffer_);
    }
    return out;
  }

 private:
  Error no_answer() const { return unavailable(request_.url, "the answer is not understood"); }

  void take(const std::string& header) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos) return;
    const std::string name = header.substr(0, colon);
    const size_t value = header.find_first_not_of(" \t", colon + 1);
    if (value == std::string::npos) return;
    headers_.emplace_back(name, header.substr(value));
    if (::strcasecmp(name.c_str(), "transfer-encoding") == 0) {
      chunked_ = ::strcasecmp(header.c_str() + value, "chunked") == 0;
    } else if (::strcasecmp(name.c_str(), "content-length") == 0) {
      size_t length = 0;
      std::from_chars(header.data() + value, header.data() + header.size(), length);
      length_ = length;
    }
  }

  Result<bool> more() {
    const Micros left = (until_nanos_ - RealClock().monotonic_nanos()) / 1000;
    if (left <= 0) return unavailable(request_.url, "no answer in time");
    if (buffer_.size() > kMaxAnswer) return no_answer();
    char chunk[16384];
    const size_t got = TRY(connection_.read_some(chunk, sizeof chunk, left));
    buffer_.append(chunk, got);
    return got > 0;
  }

  Result<std::string> line() {
    size_t end;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      if (!TRY(more())) return unavailable(request_.url, "the connection ended too early");
    }
    std::string out = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    if (!out.empty() && out.back() == '\r') out.pop_back();
    return out;
  }

  Result<std::string> bytes(size_t size) {
    while (buffer_.size() < size) {
      if (!TRY(more())) return unavailable(request_.url, "the connection ended too early");
    }
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }

  Status chunks(std::string& out) {
    for (;;) {
      const std::string head = TRY(line());
      size_t size = 0;
      const auto parsed = std::from_chars(head.data(), head.data() + head.size(), size, 16);
      if (parsed.ec != std::errc() || size > kMaxAnswer - out.size()) return no_answer();
      if (size == 0) return {};
      out += TRY(bytes(size));
      (void)TRY(line());
    }
  }

  Connection& connection_;
  const HttpRequest& request_;
  int64_t until_nanos_;
  std::string buffer_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::optional<size_t> length_;
  bool chunked_ = false;
};

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [one, value] : headers) {
    if (one.size() == name.size() && ::strncasecmp(one.data(), name.data(), name.size()) == 0) {
      return value;
    }
  }
  return "";
}

Result<UrlParts> split_url(const std::string& url) {
  UrlParts out;
  out.tls = url.starts_with("https://");
  const size_t begin = out.tls ? 8 : 7;
  const size_t slash = std::min(url.find('/', begin), url.size());
  const bool known = out.tls || url.starts_with("http://");
  const bool odd = url.find_first_of("\r\n \t@") != std::string::npos;
  if (!known || odd || slash <= begin) {
    return Error(ErrorKind::kInvalidUsage, 1860,
                 fmt::format("\"{}\" is no address", url.substr(0, url.find('?'))))
        .detail("Expected http://HOST:PORT or https://HOST:PORT, without a name and password.");
  }
  std::string host = url.substr(begin, slash - begin);
  out.path = slash < url.size() ? url.substr(slash) : "/";
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  out.port = has_port ? host.substr(colon + 1) : out.tls ? "443" : "80";
  out.host = has_port ? host.substr(0, colon) : host;
  return out;
}

std::string UrlParts::host_header() const {
  return port == (tls ? "443" : "80") ? host : fmt::format("{}:{}", host, port);
}

Result<HttpAnswer> send_request(const HttpRequest& request) {
  const UrlParts url = TRY(split_url(request.url));
  auto connection = TRY(connect_to(fmt::format("{}:{}", url.host, url.port)));
  if (url.tls) {
    const bool v6 = url.host.starts_with('[');
    const std::string name = v6 ? url.host.substr(1, url.host.size() - 2) : url.host;
    connection = TRY(start_tls(std::move(connection), name, request.ca_file));
  }
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
                                 request.method, url.path, url.host_header());
  for (const auto& [name, value] : request.headers) text += fmt::format("{}: {}\r\n", name, value);
  const bool has_body = !request.body.empty() || request.method != "GET";
  if (has_body) text += fmt::format("Content-Length: {}\r\n", request.body.size());
  TRY_VOID(connection->write(text + "\r\n" + request.body));
  return AnswerReader(*connection, request).read();
}

}  // namespace weir::io
