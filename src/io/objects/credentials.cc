// Three kinds of signers over four ways to come by a secret. The documents of metadata and token
// services are flat JSON objects; a failure tells their status and nothing of their content.
#include "io/objects/credentials.h"

#include <simdjson.h>

#include <cstdlib>
#include <ctime>

#include <fmt/core.h>

#include "io/http_request.h"

namespace weir::io {

namespace {

constexpr Micros kBeforeExpiry = 300'000'000;
constexpr Micros kMetadataTimeLimit = 5'000'000;
constexpr Micros kSecond = 1'000'000;
constexpr const char* kGoogleScope = "https://www.googleapis.com/auth/devstorage.read_write";

Error no_login(const std::string& what) {
  return Error(ErrorKind::kPermission, 1908,
               fmt::format("there is nothing to log in to the object storage with: {}", what))
      .hint("give keys below state: object_storage: of the environment, or see "
            "docs/object-storage.md");
}

Error unusable(const std::string& what) {
  return Error(ErrorKind::kPermission, 1909, what);
}

class FlatJson {
 public:
  explicit FlatJson(const std::string& text) {
    if (parser_.parse(text).get(root_) != simdjson::SUCCESS) root_ = {};
    good_ = root_.is_object();
  }
  std::string text(const char* name) const {
    std::string_view out;
    return good_ && root_[name].get(out) == simdjson::SUCCESS ? std::string(out) : "";
  }
  // Some services write numbers as text.
  int64_t integer(const char* name) const {
    int64_t out = 0;
    if (good_ && root_[name].get(out) == simdjson::SUCCESS) return out;
    return std::atoll(text(name).c_str());
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  bool good_ = false;
};

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

Micros time_of(const std::string& text) {  // 2025-01-30T12:45:59Z
  tm parts{};
  if (!::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) return 0;
  return static_cast<Micros>(::timegm(&parts)) * kSecond;
}

std::string between(const std::string& text, const std::string& tag) {
  const size_t begin = text.find("<" + tag + ">");
  const size_t end = text.find("</" + tag + ">", begin);
  if (begin == std::string::npos || end == std::string::npos) return "";
  return text.substr(begin + tag.size() + 2, end - begin - tag.size() - 2);
}

Result<std::string> ask(HttpRequest request, const char* who) {
  request.time_limit = kMetadataTimeLimit;
  auto answer = send_request(request);
  if (!answer) {
    return no_login(fmt::format("no key is set, and the {} does not answer", who))
        .caused_by(std::move(answer).error());
  }
  if (answer->status >= 500) {
    return Error(ErrorKind::kUnavailable, 1901, fmt::format("the {} answers {}", who,
                                                            answer->status));
  }
  if (answer->status != 200) {
    return unusable(fmt::format("the {} gives no credentials: it answers {}", who,
                                answer->status));
  }
  return std::move(answer->body);
}

std::string form(const NamedValues& values) {
  ObjectCall call;
  call.query = values;
  return call.query_text();
}

// A secret and until when it holds; fetched when it is wanted.
template <class Secret>
class Kept {
 public:
  struct Fetched {
    Secret secret;
    Micros until = INT64_MAX;
  };
  using Fetch = std::function<Result<Fetched>()>;
  Kept(Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

  Result<Secret> get() {
    if (!kept_ || kept_->until - kBeforeExpiry <= clock_.now()) kept_ = TRY(fetch_());
    return kept_->secret;
  }
  void forget() { kept_.reset(); }

 private:
  Clock& clock_;
  const Fetch fetch_;
  std::optional<Fetched> kept_;
};
using KeptKeys = Kept<AwsKeys>;
using KeptToken = Kept<std::string>;

class AwsSigner final : public CallSigner {
 public:
  AwsSigner(Clock& clock, std::string region, KeptKeys keys, bool fixed)
      : clock_(clock), region_(std::move(region)), keys_(std::move(keys)), fixed_(fixed) {}
  Status sign(ObjectCall& call) override {
    sign_aws(call, TRY(keys_.get()), region_, clock_.now());
    return {};
  }
  bool forget() override {
    keys_.forget();
    return !fixed_;
  }

 private:
  Clock& clock_;
  const std::string region_;
  KeptKeys keys_;
  const bool fixed_;
};

class TokenSigner final : public CallSigner {
 public:
  explicit TokenSigner(KeptToken token) : token_(std::move(token)) {}
  Status sign(ObjectCall& call) override {
    call.headers.emplace_back("Authorization", "Bearer " + TRY(token_.get()));
    return {};
  }
  bool forget() override {
    token_.forget();
    return true;
  }

 private:
  KeptToken token_;
};

class AzureKeySigner final : public CallSigner {
 public:
  AzureKeySigner(Clock& clock, std::string account, std::string key)
      : clock_(clock), account_(std::move(account)), key_(std::move(key)) {}
  Status sign(ObjectCall& call) override {
    sign_azure(call, account_, key_, clock_.now());
    return {};
  }

 private:
  Clock& clock_;
  const std::string account_;
  const std::string key_;
};

class SasSigner final : public CallSigner {
 public:
  explicit SasSigner(NamedValues values) : values_(std::move(values)) {}
  Status sign(ObjectCall& call) override {
    call.query.insert(call.query.end(), values_.begin(), values_.end());
    return {};
  }

 private:
  const NamedValues values_;
};

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(),
                                                  nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

NamedValues sas_values(std::string_view sas) {
  NamedValues out;
  if (sas.starts_with('?')) sas.remove_prefix(1);
  while (!sas.empty()) {
    const std::string_view one = sas.substr(0, sas.find('&'));
    const size_t equals = std::min(one.find('='), one.size());
    out.emplace_back(percent_decode(one.substr(0, equals)),
                     percent_decode(one.substr(std::min(equals + 1, one.size()))));
    sas.remove_prefix(std::min(one.size() + 1, sas.size()));
  }
  return out;
}

// {"access_token": "...", "expires_in": 3599}
Result<KeptToken::Fetched> token_of(const std::string& body, Micros now) {
  const FlatJson json(body);
  KeptToken::Fetched out{json.text("access_token"), now + json.integer("expires_in") * kSecond};
  if (out.secret.empty()) return unusable("the token service's answer holds no token");
  return out;
}

Result<KeptKeys::Fetched> role_keys(const std::string& body) {
  const FlatJson json(body);
  KeptKeys::Fetched out{{json.text("AccessKeyId"), json.text("SecretAccessKey"),
                         json.text("Token")},
                        time_of(json.text("Expiration"))};
  if (out.secret.access_key.empty()) return unusable("the role's credentials hold no key");
  return out;
}

Result<KeptKeys::Fetched> web_identity_keys(FileSystem& files, const std::string& region,
                                            const std::string& ca_file) {
  auto token = files.read_all(environment_text("AWS_WEB_IDENTITY_TOKEN_FILE"));
  if (!token) return unusable("the web identity's token file cannot be read");
  HttpRequest request;
  request.method = "POST";
  request.url = environment_text("AWS_ENDPOINT_URL_STS");
  if (request.url.empty()) request.url = fmt::format("https://sts.{}.amazonaws.com", region);
  request.ca_file = ca_file;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const std::string session = first_of("", "AWS_ROLE_SESSION_NAME");
  request.body = form({{"Action", "AssumeRoleWithWebIdentity"},
                       {"Version", "2011-06-15"},
                       {"RoleArn", environment_text("AWS_ROLE_ARN")},
                       {"RoleSessionName", session.empty() ? "weir" : session},
                       {"WebIdentityToken", *token}});
  const std::string body = TRY(ask(std::move(request), "token service of AWS"));
  KeptKeys::Fetched out{{between(body, "AccessKeyId"), between(body, "SecretAccessKey"),
                         between(body, "SessionToken")},
                        time_of(between(body, "Expiration"))};
  if (out.secret.access_key.empty()) return unusable("the role's credentials hold no key");
  return out;
}

// Of a task or a pod, that its agent gives out.
Result<KeptKeys::Fetched> container_keys(FileSystem& files) {
  HttpRequest request;
  request.url = environment_text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (request.url.empty()) {
    request.url = "http://169.254.170.2" +
                  environment_text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  }
  std::string token = environment_text("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const auto file = environment_text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    token = TRY(files.read_all(file));
  }
  if (!token.empty()) request.headers = {{"Authorization", token}};
  return role_keys(TRY(ask(std::move(request), "container's credentials")));
}

// Of the machine's role, by the second version of the metadata service.
Result<KeptKeys::Fetched> instance_keys() {
  std::string base = environment_text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (base.empty()) base = "http://169.254.169.254";
  while (base.ends_with('/')) base.pop_back();
  HttpRequest request;
  request.method = "PUT";
  request.url = base + "/latest/api/token";
  request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  const std::string token = TRY(ask(request, "instance's metadata"));
  request.method = "GET";
  request.headers = {{"X-aws-ec2-metadata-token", token}};
  request.url = base + "/latest/meta-data/iam/security-credentials/";
  std::string role = TRY(ask(request, "instance's metadata"));
  role = role.substr(0, role.find('\n'));
  request.url += role;
  return role_keys(TRY(ask(request, "instance's metadata")));
}

Result<KeptToken::Fetched> service_account_token(const std::string& document, Clock& clock,
                                                 const std::string& ca_file) {
  const FlatJson account(document);
  if (account.text("type") != "service_account") {
    return unusable("the service account's file is none of type service_account");
  }
  const int64_t now = clock.now() / kSecond;
  const std::string address = account.text("token_uri");
  const std::string claims = fmt::format(
      R"({{"iss":{},"scope":"{}","aud":{},"iat":{},"exp":{}}})",
      json_text(account.text("client_email")), kGoogleScope, json_text(address), now, now + 3600);
  HttpRequest request;
  request.method = "POST";
  request.url = address;
  request.ca_file = ca_file;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                       {"assertion", TRY(sign_token(claims, account.text("private_key")))}});
  return token_of(TRY(ask(std::move(request), "token service of Google")), clock.now());
}

Result<KeptToken::Fetched> google_metadata_token(Clock& clock) {
  std::string host = environment_text("GCE_METADATA_HOST");
  if (host.empty()) host = "metadata.google.internal";
  HttpRequest request;
  request.url = fmt::format(
      "http://{}/computeMetadata/v1/instance/service-accounts/default/token", host);
  request.headers = {{"Metadata-Flavor", "Google"}};
  return token_of(TRY(ask(std::move(request), "metadata server")), clock.now());
}

Result<KeptToken::Fetched> azure_federated_token(FileSystem& files, Clock& clock,
                                                 const std::string& ca_file) {
  auto assertion = files.read_all(environment_text("AZURE_FEDERATED_TOKEN_FILE"));
  if (!assertion) return unusable("the federated token's file cannot be read");
  std::string authority = environment_text("AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = "https://login.microsoftonline.com";
  while (authority.ends_with('/')) authority.pop_back();
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/{}/oauth2/v2.0/token", authority,
                            environment_text("AZURE_TENANT_ID"));
  request.ca_file = ca_file;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form(
      {{"grant_type", "client_credentials"},
       {"client_id", environment_text("AZURE_CLIENT_ID")},
       {"scope", "https://storage.azure.com/.default"},
       {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
       {"client_assertion", *assertion}});
  return token_of(TRY(ask(std::move(request), "token service of Azure")), clock.now());
}

Result<KeptToken::Fetched> azure_metadata_token(Clock& clock) {
  NamedValues query = {{"api-version", "2018-02-01"}, {"resource", "https://storage.azure.com/"}};
  if (const auto client = environment_text("AZURE_CLIENT_ID"); !client.empty()) {
    query.emplace_back("client_id", client);
  }
  HttpRequest request;
  request.url = "http://169.254.169.254/metadata/identity/oauth2/token?" + form(query);
  request.headers = {{"Metadata", "true"}};
  return token_of(TRY(ask(std::move(request), "instance's metadata")), clock.now());
}

std::unique_ptr<CallSigner> fixed_keys(Clock& clock, AwsKeys keys, const std::string& region) {
  auto fetch = [keys = std::move(keys)]() -> Result<KeptKeys::Fetched> {
    return KeptKeys::Fetched{keys};
  };
  return std::make_unique<AwsSigner>(clock, region, KeptKeys(clock, std::move(fetch)), true);
}

}  // namespace

std::string environment_text(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<std::unique_ptr<CallSigner>> aws_signer(const ObjectStoreSettings& settings,
                                               const ObjectStoreContext& context,
                                               const std::string& region) {
  AwsKeys keys{settings.access_key, settings.secret_key, settings.session_token};
  if (keys.access_key.empty()) {
    keys = {environment_text("AWS_ACCESS_KEY_ID"), environment_text("AWS_SECRET_ACCESS_KEY"),
            environment_text("AWS_SESSION_TOKEN")};
  }
  if (!keys.access_key.empty()) {
    if (keys.secret_key.empty()) return no_login("an access key needs its secret_key");
    return fixed_keys(context.clock, std::move(keys), region);
  }
  FileSystem& files = context.files;
  KeptKeys::Fetch fetch = [] { return instance_keys(); };
  if (!environment_text("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) {
    fetch = [&files, region, ca = settings.ca_file] {
      return web_identity_keys(files, region, ca);
    };
  } else if (!environment_text("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty() ||
             !environment_text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty()) {
    fetch = [&files] { return container_keys(files); };
  }
  return std::unique_ptr<CallSigner>(std::make_unique<AwsSigner>(
      context.clock, region, KeptKeys(context.clock, std::move(fetch)), false));
}

Result<std::unique_ptr<CallSigner>> google_signer(const ObjectStoreSettings& settings,
                                                  const ObjectStoreContext& context) {
  if (!settings.access_key.empty()) {
    if (settings.secret_key.empty()) return no_login("an access key needs its secret_key");
    return fixed_keys(context.clock, {settings.access_key, settings.secret_key, ""}, "auto");
  }
  Clock& clock = context.clock;
  KeptToken::Fetch fetch = [&clock] { return google_metadata_token(clock); };
  std::string account =
      first_of(settings.service_account, "GOOGLE_APPLICATION_CREDENTIALS");
  if (!account.empty()) {
    if (!account.starts_with('{')) {
      auto text = context.files.read_all(account);
      if (!text) {
        return unusable(fmt::format("the service account's file {} cannot be read", account));
      }
      account = std::move(*text);
    }
    fetch = [account, &clock, ca = settings.ca_file] {
      return service_account_token(account, clock, ca);
    };
  }
  return std::unique_ptr<CallSigner>(
      std::make_unique<TokenSigner>(KeptToken(clock, std::move(fetch))));
}

Result<std::unique_ptr<CallSigner>> azure_signer(const ObjectStoreSettings& settings,
                                                 const ObjectStoreContext& context,
                                                 const std::string& account) {
  Clock& clock = context.clock;
  const std::string sas = first_of(settings.sas, "AZURE_STORAGE_SAS_TOKEN");
  const std::string key = first_of(settings.account_key, "AZURE_STORAGE_KEY");
  if (!settings.account_key.empty() || (settings.sas.empty() && !key.empty())) {
    return std::unique_ptr<CallSigner>(
        std::make_unique<AzureKeySigner>(clock, account, TRY(decode_base64(key))));
  }
  if (!sas.empty()) {
    return std::unique_ptr<CallSigner>(std::make_unique<SasSigner>(sas_values(sas)));
  }
  FileSystem& files = context.files;
  KeptToken::Fetch fetch = [&clock] { return azure_metadata_token(clock); };
  if (!environment_text("AZURE_FEDERATED_TOKEN_FILE").empty()) {
    fetch = [&files, &clock, ca = settings.ca_file] {
      return azure_federated_token(files, clock, ca);
    };
  }
  return std::unique_ptr<CallSigner>(
      std::make_unique<TokenSigner>(KeptToken(clock, std::move(fetch))));
}

}  // namespace weir::io
