#include "io/objects/signing.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <ctime>
#include <map>

#include <fmt/core.h>

namespace weir::io {

namespace {

constexpr const char* kService = "s3";

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, kind, nullptr);
  return {reinterpret_cast<const char*>(out), size};
}

std::string time_text(Micros now, const char* form) {
  const time_t seconds = static_cast<time_t>(now / 1'000'000);
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  char out[64];
  return {out, std::strftime(out, sizeof out, form, &parts)};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

std::map<std::string, std::string> by_name(const NamedValues& headers) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers) out[lower(name)] = value;
  return out;
}

}  // namespace

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), in,
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string base64_url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

Result<std::string> decode_base64(const std::string& text) {
  std::string out(text.size(), '\0');
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), in,
                                   static_cast<int>(text.size()));
  if (size < 0 || text.empty()) {
    return Error(ErrorKind::kInvalidUsage, 1909, "the account's key is not base64");
  }
  size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }
std::string md5(std::string_view bytes) { return digest(EVP_md5(), bytes); }

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

std::string percent_encode(std::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slashes);
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

std::string compact_time(Micros now) { return time_text(now, "%Y%m%dT%H%M%SZ"); }
std::string http_time(Micros now) { return time_text(now, "%a, %d %b %Y %H:%M:%S GMT"); }

std::string ObjectCall::query_text() const {
  std::map<std::string, std::string> encoded;
  for (const auto& [name, value] : query) {
    encoded[percent_encode(name, false)] = percent_encode(value, false);
  }
  std::string out;
  for (const auto& [name, value] : encoded) {
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  }
  return out;
}

// Of all headers, so that none can be changed on the way.
void sign_aws(ObjectCall& call, const AwsKeys& keys, const std::string& region, Micros now) {
  const std::string time = compact_time(now);
  const std::string body_hash = hex(sha256(call.body));
  call.headers.emplace_back("x-amz-date", time);
  call.headers.emplace_back("x-amz-content-sha256", body_hash);
  if (!keys.session_token.empty()) {
    call.headers.emplace_back("x-amz-security-token", keys.session_token);
  }
  std::map<std::string, std::string> headers = by_name(call.headers);
  headers["host"] = call.host;
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string request = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", call.method, call.path,
                                          call.query_text(), lines, names, body_hash);
  const std::string day = time.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, kService);
  const std::string text =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex(sha256(request)));
  std::string key = hmac_sha256("AWS4" + keys.secret_key, day);
  for (const std::string& step : {region, std::string(kService), std::string("aws4_request")}) {
    key = hmac_sha256(key, step);
  }
  call.headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                  keys.access_key, scope, names, hex(hmac_sha256(key, text))));
}

void sign_azure(ObjectCall& call, const std::string& account, std::string_view key, Micros now) {
  call.headers.emplace_back("x-ms-date", http_time(now));
  const std::map<std::string, std::string> headers = by_name(call.headers);
  const auto header = [&](const char* name) {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string() : it->second;
  };
  std::string text = call.method + "\n\n\n";
  text += (call.body.empty() ? "" : std::to_string(call.body.size())) + "\n";
  for (const char* name : {"content-md5", "content-type", "date", "if-modified-since", "if-match",
                           "if-none-match", "if-unmodified-since", "range"}) {
    text += header(name) + "\n";
  }
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-ms-")) text += fmt::format("{}:{}\n", name, value);
  }
  text += fmt::format("/{}{}", account, call.path);
  for (const auto& [name, value] : std::map(call.query.begin(), call.query.end())) {
    text += fmt::format("\n{}:{}", name, value);
  }
  call.headers.emplace_back(
      "Authorization", fmt::format("SharedKey {}:{}", account, base64(hmac_sha256(key, text))));
}

Result<std::string> sign_token(const std::string& claims, const std::string& private_key) {
  const auto unusable = [] {
    return Error(ErrorKind::kPermission, 1909,
                 "the private key of the service account cannot be used");
  };
  std::string text = base64_url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url(claims);
  const std::unique_ptr<BIO, int (*)(BIO*)> pem(
      BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  if (!key || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
    return unusable();
  }
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, in, text.size()) != 1) return unusable();
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), out, &size, in, text.size()) != 1) return unusable();
  signature.resize(size);
  return text + "." + base64_url(signature);
}

}  // namespace weir::io
