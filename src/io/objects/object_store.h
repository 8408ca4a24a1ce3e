// The door to objects: named, immutable pieces of bytes in a bucket of Amazon S3 or what speaks its
// protocol, of Google Cloud Storage, in a container of Azure Blob Storage, or in a folder. Below a
// prefix of its own, which the keys here do not show.
//
// What a call answers has happened: an upload that arrives damaged is refused by the service (by
// Content-MD5) and sent again, and so is all that fails in passing, with growing pauses. No error
// shows a secret. Signing is ours, over the HTTP client and OpenSSL (docs/decisions/0064).
//
// Threads: any, one call at a time.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"

namespace weir::io {

struct ObjectInfo {
  std::string key;
  uint64_t bytes = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Errors of all: kUnavailable 1901 (after tries), kPermission 1902 (refused) and 1908 (nothing to
  // log in with), kNotFound 1903 (no such bucket) and 1905 (no such object), kInvalidUsage 1904 (a
  // clock is wrong), kCorrupt 1906 (damaged on the way, each time), kIo 1907 (all else).
  virtual Status put(const std::string& key, std::string_view bytes) = 0;
  // False where there is one already, which stays as it is.
  virtual Result<bool> put_new(const std::string& key, std::string_view bytes) = 0;
  // In parts where it is large; it is there whole or not at all.
  virtual Status put_file(const std::string& key, File& file, uint64_t bytes) = 0;
  // At most `size` bytes, and 8 MiB; fewer only at the end.
  virtual Result<std::string> get_range(const std::string& key, uint64_t from, size_t size) = 0;
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix) = 0;  // in order
  virtual Status remove(const std::string& key) = 0;  // one that is not there is none

  const std::string& name() const { return name_; }  // s3://bucket/prefix, for people
  Result<std::string> get(const std::string& key);

  static constexpr size_t kRange = 8 << 20;

 protected:
  explicit ObjectStore(std::string name) : name_(std::move(name)) {}

 private:
  const std::string name_;
};

// Where, and what to log in with; what is empty comes from the process's environment, or from the
// machine (docs/object-storage.md).
struct ObjectStoreSettings {
  std::string url;
  std::string endpoint;         // of another service than the cloud's own
  std::string region;
  std::optional<bool> path_style;
  std::string access_key;       // S3, and Google's HMAC keys
  std::string secret_key;
  std::string session_token;
  std::string account;          // Azure
  std::string account_key;
  std::string sas;
  std::string service_account;  // Google: a file, or its content
  std::string ca_file;
};

struct ObjectStoreContext {
  FileSystem& files;
  Clock& clock;
  const std::atomic<bool>* stop = nullptr;  // true: no more tries
};

struct ObjectUrl {
  enum class Service : uint8_t { kS3, kGoogle, kAzure, kFolder };
  Service service = Service::kFolder;
  std::string bucket;   // a container; a folder's path
  std::string account;  // where an Azure address names it
  std::string prefix;   // "" or "a/b/"
  std::string name;     // the address as it is shown
};
// s3://BUCKET/PREFIX, gs://, az://CONTAINER/PREFIX, https://ACCOUNT.blob.core.windows.net/..., or a
// folder's path. Errors: kInvalidUsage 1900.
Result<ObjectUrl> parse_object_url(const std::string& url);
bool is_object_url(std::string_view url);  // and no folder's path

// Asks nobody yet. Errors: kInvalidUsage 1900, kPermission 1908, 1909.
Result<std::unique_ptr<ObjectStore>> open_object_store(const ObjectStoreSettings& settings,
                                                       const ObjectStoreContext& context);

}  // namespace weir::io
