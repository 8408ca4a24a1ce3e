// Streaming decompression of zstd, gzip and lz4 files. Several frames or members in a row are one
// stream, as the tools write them when files are joined.
#pragma once
#include <memory>
#include <string_view>

#include "base/result.h"

namespace weir::connect {

struct Unpacked {
  size_t taken = 0;   // of the packed bytes
  size_t given = 0;   // bytes written
};

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Takes and gives what fits; kCorrupt where the bytes are damaged or something else.
  virtual Result<Unpacked> unpack(std::string_view packed, char* out, size_t room) = 0;
  // Between two frames: a file may end here.
  virtual bool at_frame_end() const = 0;
};

// By the name's ending: .zst, .gz, .lz4.
Result<std::unique_ptr<Unpacker>> make_unpacker(std::string_view path);

}  // namespace weir::connect
