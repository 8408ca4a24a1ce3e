// One HTTP request to a service outside, over TCP or TLS, and its answer. Blocks, within a time
// limit; certificates are checked against the system's authorities or a file of one's own.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace weir::io {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http://HOST[:PORT]/PATH or https://
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string ca_file;  // PEM; empty: the system's
  Micros time_limit = 10'000'000;
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string header(std::string_view name) const;  // "" where there is none; in any case
};

struct UrlParts {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;  // "/..."

  std::string host_header() const;  // without a port that goes without saying
};
// Errors: kInvalidUsage 1860.
Result<UrlParts> split_url(const std::string& url);

// Errors: kUnavailable 1861 (not reached, no answer in time, or none that is understood). They show
// the address without what follows a '?', which may be a secret.
Result<HttpAnswer> send_request(const HttpRequest& request);

}  // namespace weir::io
