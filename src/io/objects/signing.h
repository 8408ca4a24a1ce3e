// What the services' signatures are made of, and the signatures themselves: AWS's version 4,
// Azure's shared key, and the RS256 of a signed web token. Pure functions of their arguments.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace weir::io {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// One request before it is signed: everything that a signature covers.
struct ObjectCall {
  std::string method = "GET";
  std::string host;        // as the Host header will say
  std::string path = "/";  // percent-encoded
  NamedValues query;       // not encoded
  NamedValues headers;
  std::string body;

  std::string query_text() const;  // encoded, in order of names: "a=1&b=2"
};

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);
Result<std::string> decode_base64(const std::string& text);  // kInvalidUsage 1909
std::string sha256(std::string_view bytes);
std::string md5(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string percent_encode(std::string_view text, bool keep_slashes);

// "20250130T124559Z" and "Thu, 30 Jan 2025 12:45:59 GMT"
std::string compact_time(Micros now);
std::string http_time(Micros now);

struct AwsKeys {
  std::string access_key;
  std::string secret_key;
  std::string session_token;
};
// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token and Authorization.
void sign_aws(ObjectCall& call, const AwsKeys& keys, const std::string& region, Micros now);
// Adds x-ms-date and Authorization. `key` is decoded.
void sign_azure(ObjectCall& call, const std::string& account, std::string_view key, Micros now);
// A web token of these claims (JSON), signed with a private key in PEM. Errors: 1909.
Result<std::string> sign_token(const std::string& claims, const std::string& private_key);

}  // namespace weir::io
