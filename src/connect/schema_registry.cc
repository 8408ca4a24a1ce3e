#include "connect/schema_registry.h"

#include <simdjson.h>

#include <fmt/core.h>

#include "base/clock.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

namespace dom = simdjson::dom;

constexpr int64_t kFirstBackOffNanos = 100'000'000;
constexpr int64_t kMaxBackOffNanos = 10'000'000'000;
constexpr int64_t kMissingNanos = 10'000'000'000;
constexpr Micros kTimeLimit = 5'000'000;
constexpr int kMaxDepth = 20;
constexpr size_t kMaxReferences = 1000;

int64_t now_nanos() { return RealClock().monotonic_nanos(); }

std::string base64(std::string_view text) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = (bits << 8) | (i + j < text.size() ? static_cast<uint8_t>(text[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      out.push_back(i + j <= text.size() ? kDigits[(bits >> (18 - 6 * j)) & 63] : '=');
    }
  }
  return out;
}

// Names of subjects may hold anything.
std::string path_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

// {"error_code": 40403, "message": "Schema not found"}
std::string message_of(const io::HttpAnswer& answer) {
  dom::parser parser;
  dom::element root;
  std::string_view message;
  int64_t code = answer.status;
  const simdjson::padded_string padded(answer.body);
  if (parser.parse(padded).get(root)) return fmt::format("HTTP status {}", answer.status);
  if (root["message"].get(message)) message = "";
  if (root["error_code"].get(code)) code = answer.status;
  return fmt::format("{} ({})", message.substr(0, 300), code);
}

int64_t code_of(const io::HttpAnswer& answer) {
  dom::parser parser;
  dom::element root;
  int64_t code = 0;
  const simdjson::padded_string padded(answer.body);
  if (parser.parse(padded).get(root) || root["error_code"].get(code)) return answer.status;
  return code;
}

// Not there, incompatible, invalid: other answers are about the registry or who asks.
bool is_about_the_schema(int status) { return status == 404 || status == 409 || status == 422; }

std::string registration_of(const codec::OutputSchema& schema) {
  std::string out = "{\"schema\":";
  append_json_string(out, schema.text);
  if (schema.type != "AVRO") out += fmt::format(",\"schemaType\":\"{}\"", schema.type);
  return out + "}";
}

Error not_understood() {
  return Error(ErrorKind::kUnavailable, 1856, "the schema registry's answer is not understood");
}

Result<uint32_t> number_in(const io::HttpAnswer& answer) {
  dom::parser parser;
  dom::element root;
  int64_t number = 0;
  const simdjson::padded_string padded(answer.body);
  if (parser.parse(padded).get(root) || root["id"].get(number)) return not_understood();
  if (number < 0 || number > UINT32_MAX) return not_understood();
  return static_cast<uint32_t>(number);
}

}  // namespace

SchemaRegistry::SchemaRegistry(RegistrySettings settings) : settings_(std::move(settings)) {
  while (settings_.url.ends_with('/')) settings_.url.pop_back();
  headers_.emplace_back("Accept", "application/vnd.schemaregistry.v1+json, application/json");
  if (!settings_.token.empty()) {
    headers_.emplace_back("Authorization", "Bearer " + settings_.token);
  } else if (!settings_.username.empty()) {
    headers_.emplace_back("Authorization",
                          "Basic " + base64(settings_.username + ":" + settings_.password));
  }
}

Result<std::shared_ptr<const SchemaRegistry>> SchemaRegistry::make(RegistrySettings settings) {
  (void)TRY(io::split_url(settings.url));
  std::unique_ptr<SchemaRegistry> made(new SchemaRegistry(std::move(settings)));
  return std::shared_ptr<const SchemaRegistry>(std::move(made));
}

// What is refused for who asks is no fact about the schema: it is tried again as an outage is.
Result<io::HttpAnswer> SchemaRegistry::send(const std::string& path, std::string body) const {
  io::HttpRequest request;
  request.url = settings_.url + path;
  request.headers = headers_;
  if (!body.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/vnd.schemaregistry.v1+json");
    request.body = std::move(body);
  }
  request.ca_file = settings_.ca_file;
  request.time_limit = kTimeLimit;
  io::HttpAnswer answer = TRY(io::send_request(request));
  if (answer.status == 200 || is_about_the_schema(answer.status)) return answer;
  return Error(ErrorKind::kUnavailable, 1855,
               fmt::format("the schema registry refuses {}: {}", path, message_of(answer)));
}

Result<std::string> SchemaRegistry::get(const std::string& path) const {
  io::HttpAnswer answer = TRY(send(path));
  if (answer.status == 200) return std::move(answer.body);
  return Error(ErrorKind::kNotFound, 1854,
               fmt::format("the schema registry has none: {}", message_of(answer)));
}

Result<uint32_t> SchemaRegistry::find(const std::string& subject,
                                      const codec::OutputSchema& schema) const {
  const io::HttpAnswer answer =
      TRY(send("/subjects/" + path_segment(subject), registration_of(schema)));
  if (answer.status == 200) return number_in(answer);
  constexpr int64_t kNoSchema = 40403;
  Error missing =
      code_of(answer) == kNoSchema
          ? Error(ErrorKind::kNotFound, 1831,
                  fmt::format("subject \"{}\" has other schemas than this one", subject))
          : Error(ErrorKind::kNotFound, 1830,
                  fmt::format("the schema registry has no subject \"{}\"", subject));
  return std::move(missing).hint("weir run --register-schemas registers it");
}

Result<uint32_t> SchemaRegistry::add(const std::string& subject,
                                     const codec::OutputSchema& schema) const {
  const io::HttpAnswer answer =
      TRY(send("/subjects/" + path_segment(subject) + "/versions", registration_of(schema)));
  if (answer.status == 200) return number_in(answer);
  constexpr int kConflict = 409;
  if (answer.status == kConflict) {
    return Error(ErrorKind::kInvalidProject, 1832,
                 fmt::format("the schema is incompatible with those of subject \"{}\": {}", subject,
                             message_of(answer)))
        .hint("change the model's columns compatibly, or write to another topic");
  }
  return Error(ErrorKind::kInvalidProject, 1833,
               fmt::format("the schema registry does not take the schema of subject \"{}\": {}",
                           subject, message_of(answer)));
}

Status SchemaRegistry::read_schema(const std::string& body, Reading& out) const {
  dom::parser parser;
  dom::element root;
  std::string_view text;
  const simdjson::padded_string padded(body);
  if (parser.parse(padded).get(root) || root["schema"].get(text)) return not_understood();
  dom::array references;
  if (!root["references"].get(references)) {
    for (const dom::element reference : references) {
      std::string_view subject;
      std::string_view name;
      Reference wanted;
      if (reference["subject"].get(subject) || reference["version"].get(wanted.version)) {
        return not_understood();
      }
      wanted.subject = subject;
      if (!reference["name"].get(name)) wanted.name = name;
      TRY_VOID(read_reference(wanted, out));
    }
  }
  std::string_view type;
  if (!root["schemaType"].get(type)) out.schema.type = type;
  out.schema.text = text;
  return {};
}

Status SchemaRegistry::read_reference(const Reference& reference, Reading& out) const {
  const auto& [name, subject, version] = reference;
  if (!out.seen.insert(fmt::format("{} {}", subject, version)).second) return {};
  if (out.depth == kMaxDepth || out.seen.size() > kMaxReferences) {
    return Error(ErrorKind::kInvalidData, 1857, "a schema with too many references");
  }
  ++out.depth;
  const std::string body =
      TRY(get(fmt::format("/subjects/{}/versions/{}", path_segment(subject), version)));
  TRY_VOID(read_schema(body, out));
  --out.depth;
  out.schema.references.push_back({name, std::move(out.schema.text)});
  return {};
}

Result<codec::WriterSchema> SchemaRegistry::by_id(uint32_t id) const {
  const std::lock_guard lock(mutex_);
  const int64_t now = now_nanos();
  if (const auto known = found_.find(id); known != found_.end()) {
    if (known->second.missing.empty()) return known->second.schema;
    if (now < known->second.ask_again_nanos) {
      return Error(ErrorKind::kNotFound, 1854, known->second.missing);
    }
  }
  if (now < next_attempt_nanos_) return Error(ErrorKind::kUnavailable, 1858, trouble_);
  Reading reading;
  auto body = get(fmt::format("/schemas/ids/{}", id));
  const Status read = body ? read_schema(*body, reading) : Status(body.error());
  if (!read && read.error().kind() == ErrorKind::kUnavailable) {
    trouble_ = read.error().primary();
    back_off_nanos_ = std::clamp(2 * back_off_nanos_, kFirstBackOffNanos, kMaxBackOffNanos);
    next_attempt_nanos_ = now_nanos() + back_off_nanos_;
    return read.error();
  }
  back_off_nanos_ = 0;
  Found& found = found_[id];
  if (!read) {
    found.missing = read.error().primary();
    found.ask_again_nanos = now_nanos() + kMissingNanos;
    return read.error();
  }
  found.missing.clear();
  found.schema = std::move(reading.schema);
  return found.schema;
}

}  // namespace weir::connect
