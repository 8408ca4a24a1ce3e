// The bytes of one file from front to back, unpacked where its name says that it is compressed.
// Offsets count unpacked bytes.
#pragma once
#include <memory>
#include <string>

#include "io/file_system.h"

namespace weir::connect {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes; 0: nothing more now.
  virtual Result<size_t> read(char* out, size_t size) = 0;
  virtual Result<io::FileInfo> info() = 0;  // of the file as it lies on disk
  virtual Result<std::string> head(size_t size) = 0;  // its first bytes, as they lie there
};

bool is_compressed(std::string_view path);  // .zst, .gz, .lz4
// At `offset` of the unpacked bytes; compressed files are read up to there.
Result<std::unique_ptr<ByteSource>> open_bytes(io::FileSystem& files, const std::string& path,
                                               uint64_t offset);

}  // namespace weir::connect
