#include "io/objects/object_store.h"

#include <fmt/core.h>

#include "io/objects/stores.h"

namespace weir::io {

namespace {

constexpr std::string_view kAzureHost = ".blob.core.windows.net";

// Without what may be a secret.
Error no_place(const std::string& url) {
  const bool login = url.find('@') != std::string::npos;
  const std::string shown = login ? url.substr(0, url.find("://") + 3) + "..."
                                  : url.substr(0, url.find('?'));
  return Error(ErrorKind::kInvalidUsage, 1900, fmt::format("\"{}\" is no place for objects", shown))
      .detail("Expected s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX, "
              "https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX or the path of a folder.");
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= ' ' || u == 0x7f || c == '?' || c == '#' || c == '@') return false;
  }
  return true;
}

}  // namespace

bool is_object_url(std::string_view url) { return url.find("://") != std::string_view::npos; }

Result<ObjectUrl> parse_object_url(const std::string& url) {
  ObjectUrl out;
  out.name = url;
  if (!is_object_url(url)) {
    if (url.empty()) return no_place(url);
    out.bucket = url;
    return out;
  }
  const size_t colon = url.find("://");
  const std::string scheme = url.substr(0, colon);
  std::string rest = url.substr(colon + 3);
  if (!is_plain(rest)) return no_place(url);
  using Service = ObjectUrl::Service;
  if (scheme == "https") {
    const size_t slash = rest.find('/');
    const std::string host = rest.substr(0, slash);
    if (!host.ends_with(kAzureHost) || slash == std::string::npos) return no_place(url);
    out.account = host.substr(0, host.size() - kAzureHost.size());
    out.service = Service::kAzure;
    rest.erase(0, slash + 1);
  } else if (scheme == "s3" || scheme == "gs" || scheme == "az") {
    out.service = scheme == "s3" ? Service::kS3 : scheme == "gs" ? Service::kGoogle
                                                                 : Service::kAzure;
  } else {
    return no_place(url);
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  out.bucket = rest.substr(0, slash);
  out.prefix = rest.substr(std::min(slash + 1, rest.size()));
  if (!out.prefix.empty() && !out.prefix.ends_with('/')) out.prefix += '/';
  if (out.bucket.empty() || out.prefix.find("//") != std::string::npos) return no_place(url);
  return out;
}

Result<std::string> ObjectStore::get(const std::string& key) {
  std::string out;
  for (;;) {
    const std::string piece = TRY(get_range(key, out.size(), kRange));
    out += piece;
    if (piece.size() < kRange) return out;
  }
}

Result<std::string> read_piece(File& file, uint64_t from, uint64_t size) {
  std::string piece(size, '\0');
  if (TRY(file.read_at(from, piece.data(), size)) == size) return piece;
  return Error(ErrorKind::kIo, 1907, "a file became shorter while it was copied");
}

Result<std::unique_ptr<ObjectStore>> open_object_store(const ObjectStoreSettings& settings,
                                                       const ObjectStoreContext& context) {
  const ObjectUrl url = TRY(parse_object_url(settings.url));
  switch (url.service) {
    case ObjectUrl::Service::kFolder: return open_folder_store(url.bucket, context.files);
    case ObjectUrl::Service::kAzure: return open_azure_store(url, settings, context);
    default: return open_s3_store(url, settings, context);
  }
}

}  // namespace weir::io
