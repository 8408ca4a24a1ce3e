// HTTP/1.1 requests and responses as values. Bytes become a Request in request_reader.cc alone.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::http {

struct Request {
  std::string method;
  std::string target;                        // as it came
  std::vector<std::string> path;             // decoded segments: "/v1/views" is {"v1", "views"}
  std::map<std::string, std::string> query;  // decoded; the last of equal names
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;

  std::string_view header(const std::string& lower_name) const {
    const auto it = headers.find(lower_name);
    return it == headers.end() ? std::string_view() : it->second;
  }
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Splits and decodes path and query. Error 1650: broken escapes, bytes that are not UTF-8.
Status parse_target(std::string_view target, Request& request);

std::string_view reason_of(int status);
// Status line and headers. `length` npos: the body goes on until the connection ends.
std::string head_of(const Response& response, size_t length, bool keep_alive);

int status_of(const Error& error);
// {"error": {"code": "WR1534", "message", "detail", "hint", "line", "column"}}, as far as known.
Response error_response(const Error& error);
Response error_response(const Error& error, int status);

}  // namespace weir::http
