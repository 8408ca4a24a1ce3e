#include "io/objects/object_service.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/core.h>

namespace weir::io {

namespace {

constexpr int kTries = 5;
constexpr Micros kFirstPause = 200'000;
constexpr Micros kPausePiece = 20'000;
constexpr Micros kTimeLimit = 30'000'000;

struct Refusal {
  std::string_view code;  // as the services name it
  ErrorKind kind;
  uint16_t number;
  const char* what;
};
constexpr Refusal kRefusals[] = {
    {"RequestTimeTooSkewed", ErrorKind::kInvalidUsage, 1904,
     "this machine's clock and the service's are too far apart"},
    {"NoSuchBucket", ErrorKind::kNotFound, 1903, "there is no such bucket"},
    {"ContainerNotFound", ErrorKind::kNotFound, 1903, "there is no such container"},
    {"ResourceNotFound", ErrorKind::kNotFound, 1903, "there is no such container"},
    {"InvalidAccessKeyId", ErrorKind::kPermission, 1902, "the access key is not known"},
    {"SignatureDoesNotMatch", ErrorKind::kPermission, 1902, "the secret key is wrong"},
    {"AuthenticationFailed", ErrorKind::kPermission, 1902, "the key or token is wrong"},
    {"InvalidToken", ErrorKind::kPermission, 1902, "the session token is wrong"},
    {"ExpiredToken", ErrorKind::kPermission, 1902, "the session token is over"},
    {"BadDigest", ErrorKind::kCorrupt, 1906, "what was sent arrives damaged"},
    {"InvalidDigest", ErrorKind::kCorrupt, 1906, "what was sent arrives damaged"},
    {"Md5Mismatch", ErrorKind::kCorrupt, 1906, "what was sent arrives damaged"},
    {"XAmzContentSHA256Mismatch", ErrorKind::kCorrupt, 1906, "what was sent arrives damaged"},
    {"NoSuchKey", ErrorKind::kNotFound, 1905, "there is no such object"},
    {"BlobNotFound", ErrorKind::kNotFound, 1905, "there is no such object"},
    {"NoSuchUpload", ErrorKind::kNotFound, 1905, "there is no such upload"},
};

bool passes(int status) {
  return status >= 500 ? status != 501 && status != 505 : status == 408 || status == 429;
}

std::string code_of(const HttpAnswer& answer) {
  const std::string code = xml_value(answer.body, "Code");
  return code.empty() ? answer.header("x-ms-error-code") : code;
}

std::string resolved(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    static constexpr std::pair<std::string_view, char> kKnown[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''},
        {"&#34;", '"'}, {"&#39;", '\''}};
    const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const auto& one) {
      return text.substr(i).starts_with(one.first);
    });
    out.push_back(known == std::end(kKnown) ? text[i] : known->second);
    if (known != std::end(kKnown)) i += known->first.size() - 1;
  }
  return out;
}

}  // namespace

std::vector<std::string> xml_values(std::string_view text, std::string_view name) {
  std::vector<std::string> out;
  const std::string open = fmt::format("<{}>", name), close = fmt::format("</{}>", name);
  for (size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    at += open.size();
    const size_t end = text.find(close, at);
    if (end == std::string_view::npos) break;
    out.push_back(resolved(text.substr(at, end - at)));
  }
  return out;
}

std::string xml_value(std::string_view text, std::string_view name) {
  const std::vector<std::string> all = xml_values(text, name);
  return all.empty() ? "" : all.front();
}

ObjectService::ObjectService(ServiceAddress address, std::unique_ptr<CallSigner> signer,
                             const ObjectStoreContext& context)
    : base_(std::move(address.base)),
      name_(std::move(address.name)),
      ca_file_(std::move(address.ca_file)),
      signer_(std::move(signer)),
      context_(context) {}

Result<HttpAnswer> ObjectService::send_once(ObjectCall call) {
  call.host = TRY(split_url(base_)).host_header();
  TRY_VOID(signer_->sign(call));
  HttpRequest request;
  request.method = call.method;
  request.url = base_ + call.path;
  if (!call.query.empty()) request.url += "?" + call.query_text();
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.ca_file = ca_file_;
  request.time_limit = kTimeLimit;
  return send_request(request);
}

// Longer each time, by chance a little more or less; false: the owner gives up.
bool ObjectService::pause(int tries) {
  Micros left = kFirstPause << tries;
  left = left * 3 / 4 + context_.clock.monotonic_nanos() % (left / 2);
  for (; left > 0; left -= kPausePiece) {
    if (context_.stop && *context_.stop) return false;
    context_.clock.sleep_for(std::min(left, kPausePiece));
  }
  return true;
}

Result<HttpAnswer> ObjectService::send(const ObjectCall& call, std::initializer_list<int> also) {
  bool renewed = false;
  for (int tries = 1;; ++tries) {
    Result<HttpAnswer> answer = send_once(call);
    const bool last = tries == kTries;
    if (!answer) {
      if (answer.error().kind() != ErrorKind::kUnavailable) return std::move(answer).error();
      if (last || !pause(tries - 1)) {
        return Error(ErrorKind::kUnavailable, 1901,
                     fmt::format("{} cannot be reached: {}", name_, answer.error().primary()));
      }
      continue;
    }
    if (answer->status / 100 == 2) return answer;
    if (std::find(also.begin(), also.end(), answer->status) != also.end()) return answer;
    Error error = refused(*answer);
    const bool over = answer->status == 401 || code_of(*answer) == "ExpiredToken";
    if (over && !renewed && signer_->forget()) {
      renewed = true;
      continue;
    }
    const bool again = passes(answer->status) || error.code() == 1906;
    if (!again || last || !pause(tries - 1)) return error;
  }
}

Error ObjectService::refused(const HttpAnswer& answer) const {
  const std::string code = code_of(answer);
  const auto told = [&](const char* what) {
    const std::string named = code.empty() ? "" : " " + code;
    return fmt::format("{}: {} ({}{})", name_, what, answer.status, named);
  };
  if (passes(answer.status)) {
    return Error(ErrorKind::kUnavailable, 1901, told("the service does not serve"));
  }
  for (const Refusal& one : kRefusals) {
    if (code != one.code) continue;
    return Error(one.kind, one.number, told(one.what));
  }
  if (answer.status == 401 || answer.status == 403) {
    return Error(ErrorKind::kPermission, 1902, told("access is refused"))
        .hint("it takes the rights to list, read, write and delete objects below the prefix");
  }
  if (answer.status == 404) {
    return Error(ErrorKind::kNotFound, 1905, told("there is no such object"));
  }
  Error error(ErrorKind::kIo, 1907, told("the request is refused"));
  const std::string region = xml_value(answer.body, "Region");
  std::string elsewhere = answer.header("x-amz-bucket-region");
  if (elsewhere.empty()) elsewhere = region;
  if (elsewhere.empty()) return error;
  return std::move(error).hint(fmt::format("set region: {}", elsewhere));
}

}  // namespace weir::io
