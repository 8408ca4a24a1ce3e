// Azure's blobs. A large one goes up as blocks, which a list makes a blob at the end; blocks of no
// list are dropped by the service after a week.
#include <fmt/core.h>

#include "io/objects/credentials.h"
#include "io/objects/object_service.h"
#include "io/objects/stores.h"

namespace weir::io {

namespace {

constexpr const char* kVersion = "2021-12-02";
constexpr uint64_t kBlock = 16 << 20;
constexpr uint64_t kMostBlocks = 45'000;  // of 50,000 that are allowed

class AzureStore final : public ObjectStore {
 public:
  AzureStore(const ObjectUrl& url, std::string path, std::unique_ptr<ObjectService> service)
      : ObjectStore(url.name),
        prefix_(url.prefix),
        path_(std::move(path)),
        service_(std::move(service)) {}

  Status put(const std::string& key, std::string_view bytes) override {
    TRY(service_->send(upload(key, bytes)));
    return {};
  }

  Result<bool> put_new(const std::string& key, std::string_view bytes) override {
    ObjectCall call = upload(key, bytes);
    call.headers.emplace_back("If-None-Match", "*");
    const HttpAnswer answer = TRY(service_->send(call, {409, 412}));
    return answer.status / 100 == 2;
  }

  Status put_file(const std::string& key, File& file, uint64_t bytes) override {
    if (bytes <= kBlock) return put(key, TRY(read_piece(file, 0, bytes)));
    const uint64_t block = std::max(kBlock, bytes / kMostBlocks + 1);
    ObjectCall end = call("PUT", key);
    end.query = {{"comp", "blocklist"}};
    end.body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
    for (uint64_t at = 0; at < bytes; at += block) {
      ObjectCall one = call("PUT", key);
      one.body = TRY(read_piece(file, at, std::min(block, bytes - at)));
      one.headers.emplace_back("Content-MD5", base64(md5(one.body)));
      const std::string id = base64(fmt::format("{:012}", at / block));
      one.query = {{"comp", "block"}, {"blockid", id}};
      TRY(service_->send(one));
      end.body += fmt::format("<Latest>{}</Latest>", id);
    }
    end.body += "</BlockList>";
    end.headers.emplace_back("Content-MD5", base64(md5(end.body)));
    TRY(service_->send(end));
    return {};
  }

  Result<std::string> get_range(const std::string& key, uint64_t from, size_t size) override {
    ObjectCall get = call("GET", key);
    const uint64_t last = from + std::min(size, kRange) - 1;
    get.headers.emplace_back("Range", fmt::format("bytes={}-{}", from, last));
    HttpAnswer answer = TRY(service_->send(get, {416}));
    if (answer.status == 416) return std::string();
    return std::move(answer.body);
  }

  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    std::string next;
    do {
      ObjectCall get;
      get.path = path_;
      get.headers = {{"x-ms-version", kVersion}};
      get.query = {{"restype", "container"}, {"comp", "list"}, {"prefix", prefix_ + prefix}};
      if (!next.empty()) get.query.emplace_back("marker", next);
      const std::string body = TRY(service_->send(get)).body;
      for (const std::string& one : xml_values(body, "Blob")) {
        const std::string key = xml_value(one, "Name");
        if (!key.starts_with(prefix_)) continue;
        found.push_back({key.substr(prefix_.size()),
                         std::stoull("0" + xml_value(one, "Content-Length"))});
      }
      next = xml_value(body, "NextMarker");
    } while (!next.empty());
    return found;
  }

  Status remove(const std::string& key) override {
    TRY(service_->send(call("DELETE", key), {404}));
    return {};
  }

 private:
  ObjectCall call(const char* method, const std::string& key) const {
    ObjectCall out;
    out.method = method;
    out.path = fmt::format("{}/{}", path_, percent_encode(prefix_ + key, true));
    out.headers = {{"x-ms-version", kVersion}};
    return out;
  }

  ObjectCall upload(const std::string& key, std::string_view bytes) const {
    ObjectCall out = call("PUT", key);
    out.headers.emplace_back("x-ms-blob-type", "BlockBlob");
    out.headers.emplace_back("Content-MD5", base64(md5(bytes)));
    out.headers.emplace_back("Content-Type", "application/octet-stream");
    out.body = bytes;
    return out;
  }

  const std::string prefix_;
  const std::string path_;  // up to the container
  const std::unique_ptr<ObjectService> service_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_azure_store(const ObjectUrl& url,
                                                      const ObjectStoreSettings& settings,
                                                      const ObjectStoreContext& context) {
  std::string account = url.account.empty() ? settings.account : url.account;
  account = first_of(account, "AZURE_STORAGE_ACCOUNT");
  if (account.empty()) {
    return Error(ErrorKind::kInvalidUsage, 1900,
                 fmt::format("{} does not say whose container it is", url.name))
        .hint("set account: below object_storage:, or AZURE_STORAGE_ACCOUNT");
  }
  std::string base = settings.endpoint;
  if (base.empty()) base = fmt::format("https://{}.blob.core.windows.net", account);
  while (base.ends_with('/')) base.pop_back();
  // An emulator's address ends with the account.
  const UrlParts parts = TRY(split_url(base));
  const std::string above = parts.path == "/" ? "" : parts.path;
  base.resize(base.size() - above.size());
  auto signer = TRY(azure_signer(settings, context, account));
  auto service = std::make_unique<ObjectService>(
      ServiceAddress{base, url.name, settings.ca_file}, std::move(signer), context);
  return std::unique_ptr<ObjectStore>(std::make_unique<AzureStore>(
      url, fmt::format("{}/{}", above, percent_encode(url.bucket, false)), std::move(service)));
}

}  // namespace weir::io
