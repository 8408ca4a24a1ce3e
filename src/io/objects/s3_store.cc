// The REST protocol of S3, over XML. A large object goes up in parts that appear as one; an upload
// that fails is taken back, so that no part is paid for. Google's XML API is the same, but for the
// condition of put_new() and for tokens in place of signatures.
#include <fmt/core.h>

#include "io/objects/credentials.h"
#include "io/objects/object_service.h"
#include "io/objects/stores.h"

namespace weir::io {

namespace {

constexpr uint64_t kPart = 16 << 20;  // below it an object is one request
constexpr uint64_t kMostParts = 9000; // of 10,000 that are allowed

class S3Store final : public ObjectStore {
 public:
  S3Store(const ObjectUrl& url, std::string path, std::unique_ptr<ObjectService> service)
      : ObjectStore(url.name),
        google_(url.service == ObjectUrl::Service::kGoogle),
        prefix_(url.prefix),
        path_(std::move(path)),
        service_(std::move(service)) {}

  Status put(const std::string& key, std::string_view bytes) override {
    TRY(service_->send(upload(key, bytes)));
    return {};
  }

  Result<bool> put_new(const std::string& key, std::string_view bytes) override {
    ObjectCall call = upload(key, bytes);
    if (google_) {
      call.headers.emplace_back("x-goog-if-generation-match", "0");
    } else {
      call.headers.emplace_back("If-None-Match", "*");
    }
    const HttpAnswer answer = TRY(service_->send(call, {409, 412}));
    return answer.status / 100 == 2;
  }

  Status put_file(const std::string& key, File& file, uint64_t bytes) override {
    if (bytes <= kPart) return put(key, TRY(read_piece(file, 0, bytes)));
    ObjectCall begin = call("POST", key);
    begin.query = {{"uploads", ""}};
    const std::string id = xml_value(TRY(service_->send(begin)).body, "UploadId");
    if (id.empty()) return Error(ErrorKind::kIo, 1907, name() + ": the upload has no id");
    Status done = put_parts(key, id, file, bytes);
    if (done) return done;
    ObjectCall undo = call("DELETE", key);
    undo.query = {{"uploadId", id}};
    (void)service_->send(undo).has_value();
    return done;
  }

  Result<std::string> get_range(const std::string& key, uint64_t from, size_t size) override {
    ObjectCall get = call("GET", key);
    const uint64_t last = from + std::min(size, kRange) - 1;
    get.headers.emplace_back("Range", fmt::format("bytes={}-{}", from, last));
    HttpAnswer answer = TRY(service_->send(get, {416}));
    if (answer.status == 416) return std::string();
    if (answer.status == 206 || from == 0) return std::move(answer.body);
    return Error(ErrorKind::kIo, 1907, name() + ": the service knows no ranges");
  }

  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    std::string next;
    do {
      ObjectCall get;
      get.path = path_.empty() ? "/" : path_;
      get.query = {{"list-type", "2"}, {"prefix", prefix_ + prefix}};
      if (!next.empty()) get.query.emplace_back("continuation-token", next);
      const std::string body = TRY(service_->send(get)).body;
      for (const std::string& one : xml_values(body, "Contents")) {
        const std::string key = xml_value(one, "Key");
        if (!key.starts_with(prefix_)) continue;
        found.push_back({key.substr(prefix_.size()), std::stoull("0" + xml_value(one, "Size"))});
      }
      next = xml_value(body, "NextContinuationToken");
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
    return out;
  }

  ObjectCall upload(const std::string& key, std::string_view bytes) const {
    ObjectCall out = call("PUT", key);
    out.headers = {{"Content-MD5", base64(md5(bytes))},
                   {"Content-Type", "application/octet-stream"}};
    out.body = bytes;
    return out;
  }

  Status put_parts(const std::string& key, const std::string& id, File& file, uint64_t bytes) {
    const uint64_t part = std::max(kPart, bytes / kMostParts + 1);
    ObjectCall end = call("POST", key);
    end.query = {{"uploadId", id}};
    end.headers = {{"Content-Type", "application/xml"}};
    end.body = "<CompleteMultipartUpload>";
    int number = 1;
    for (uint64_t at = 0; at < bytes; at += part, ++number) {
      ObjectCall one = upload(key, TRY(read_piece(file, at, std::min(part, bytes - at))));
      one.query = {{"partNumber", std::to_string(number)}, {"uploadId", id}};
      const HttpAnswer answer = TRY(service_->send(one));
      end.body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number,
                              answer.header("etag"));
    }
    end.body += "</CompleteMultipartUpload>";
    HttpAnswer answer = TRY(service_->send(end));
    // It may fail behind its 200.
    if (answer.body.find("<Error>") == std::string::npos) return {};
    answer.status = 500;
    return service_->refused(answer);
  }

  const bool google_;
  const std::string prefix_;
  const std::string path_;  // "/bucket", or "" where the bucket is in the host's name
  const std::unique_ptr<ObjectService> service_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_s3_store(const ObjectUrl& url,
                                                   const ObjectStoreSettings& settings,
                                                   const ObjectStoreContext& context) {
  const bool google = url.service == ObjectUrl::Service::kGoogle;
  std::string base = settings.endpoint, region = settings.region;
  if (base.empty() && !google) base = first_of("", "AWS_ENDPOINT_URL_S3");
  if (base.empty() && !google) base = first_of("", "AWS_ENDPOINT_URL");
  if (region.empty() && !google) region = first_of("", "AWS_REGION");
  if (region.empty() && !google) region = first_of("", "AWS_DEFAULT_REGION");
  if (region.empty()) region = google ? "auto" : "us-east-1";
  // A certificate for *.s3... holds for no bucket with a dot.
  bool in_path = google || !base.empty() || url.bucket.find('.') != std::string::npos;
  in_path = settings.path_style.value_or(in_path);
  if (base.empty()) {
    base = google ? "https://storage.googleapis.com"
                  : fmt::format("https://s3.{}.amazonaws.com", region);
  }
  while (base.ends_with('/')) base.pop_back();
  TRY(split_url(base));
  if (!in_path) base.insert(base.find("://") + 3, url.bucket + ".");
  auto signer = google ? TRY(google_signer(settings, context))
                       : TRY(aws_signer(settings, context, region));
  auto service = std::make_unique<ObjectService>(
      ServiceAddress{base, url.name, settings.ca_file}, std::move(signer), context);
  return std::unique_ptr<ObjectStore>(std::make_unique<S3Store>(
      url, in_path ? "/" + percent_encode(url.bucket, false) : "", std::move(service)));
}

}  // namespace weir::io
