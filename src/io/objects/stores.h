// The kinds of object stores, each made from an address that is parsed already.
#pragma once
#include <memory>

#include "io/objects/object_store.h"

namespace weir::io {

// Amazon S3 and what speaks its protocol; Google Cloud Storage does too, in its XML API.
Result<std::unique_ptr<ObjectStore>> open_s3_store(const ObjectUrl& url,
                                                   const ObjectStoreSettings& settings,
                                                   const ObjectStoreContext& context);
Result<std::unique_ptr<ObjectStore>> open_azure_store(const ObjectUrl& url,
                                                      const ObjectStoreSettings& settings,
                                                      const ObjectStoreContext& context);
// All of it, for one request. Errors: kIo 1907 where the file has become shorter.
Result<std::string> read_piece(File& file, uint64_t from, uint64_t size);
std::unique_ptr<ObjectStore> open_folder_store(const std::string& path, FileSystem& files);

}  // namespace weir::io
