#include "http/message.h"

#include <fmt/core.h>
#include <simdjson.h>

#include "data/text_form.h"

namespace weir::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Error bad_target() {
  return Error(ErrorKind::kInvalidUsage, 1650, "the request's path cannot be read")
      .detail("Expected a path of UTF-8 text with %XX escapes.");
}

Result<std::string> decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return bad_target();
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (out.find('\0') != std::string::npos || !simdjson::validate_utf8(out)) return bad_target();
  return out;
}

constexpr std::pair<ErrorKind, int> kStatusOfKind[] = {
    {ErrorKind::kInvalidProject, 400}, {ErrorKind::kInvalidStatement, 400},
    {ErrorKind::kInvalidData, 400},    {ErrorKind::kInvalidUsage, 400},
    {ErrorKind::kNotSupported, 501},   {ErrorKind::kNotFound, 404},
    {ErrorKind::kAlreadyExists, 409},  {ErrorKind::kIo, 500},
    {ErrorKind::kNoSpace, 503},        {ErrorKind::kCorrupt, 500},
    {ErrorKind::kNewerFormat, 500},    {ErrorKind::kLocked, 503},
    {ErrorKind::kUnavailable, 503},    {ErrorKind::kOutOfMemory, 503},
    {ErrorKind::kCancelled, 503},      {ErrorKind::kAborted, 409},
    {ErrorKind::kPermission, 403},     {ErrorKind::kInternal, 500},
};

// Where the kind alone would not say enough.
constexpr std::pair<uint16_t, int> kStatusOfCode[] = {
    {1533, 415},  // content type
    {1535, 413},  // body too long
    {1537, 422},  // idempotency key of another body
    {1651, 413}, {1652, 431}, {1654, 405}, {1655, 421}, {1656, 403}, {1657, 415}, {1658, 406},
    {1662, 409}, {1665, 415},
};

}  // namespace

Status parse_target(std::string_view target, Request& request) {
  request.target = target;
  const size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  if (!path.starts_with('/')) return bad_target();
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (!segment.empty()) request.path.push_back(TRY(decoded(segment, false)));
    path.remove_prefix(segment.size());
  }
  std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    request.query[TRY(decoded(pair.substr(0, equals), true))] = TRY(decoded(value, true));
  }
  return {};
}

std::string_view reason_of(int status) {
  static constexpr std::pair<int, std::string_view> kReasons[] = {
      {200, "OK"}, {304, "Not Modified"}, {400, "Bad Request"}, {403, "Forbidden"},
      {404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
      {409, "Conflict"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"},
      {421, "Misdirected Request"}, {422, "Unprocessable Content"},
      {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
      {501, "Not Implemented"}, {503, "Service Unavailable"}};
  for (const auto& [number, reason] : kReasons) {
    if (number == status) return reason;
  }
  return "Error";
}

std::string head_of(const Response& response, size_t length, bool keep_alive) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", response.status,
                  reason_of(response.status), response.content_type);
  if (length != std::string::npos) out += fmt::format("Content-Length: {}\r\n", length);
  out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
  out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return out;
}

int status_of(const Error& error) {
  for (const auto& [code, status] : kStatusOfCode) {
    if (code == error.code()) return status;
  }
  for (const auto& [kind, status] : kStatusOfKind) {
    if (kind == error.kind()) return status;
  }
  return 500;
}

Response error_response(const Error& error) { return error_response(error, status_of(error)); }

Response error_response(const Error& error, int status) {
  Response out;
  out.status = status;
  out.body = "{\"error\":{\"code\":";
  append_json_string(out.body, error.code_text());
  const auto member = [&](const char* name, const std::string& text) {
    if (text.empty()) return;
    out.body += fmt::format(",\"{}\":", name);
    append_json_string(out.body, text);
  };
  member("message", error.primary());
  member("detail", error.detail());
  member("hint", error.hint());
  if (error.span().known()) {
    out.body += fmt::format(",\"line\":{},\"column\":{}", error.span().line, error.span().column);
  }
  out.body += "}}\n";
  if (status == 503) out.headers.emplace_back("Retry-After", "1");
  return out;
}

}  // namespace weir::http
