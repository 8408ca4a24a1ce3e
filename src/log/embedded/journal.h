// The journal: one frame for each epoch of each pipeline, synced once; what recovery starts from
// (docs/formats/journal.md). Files of frames, the last one growing; a torn end is cut, a damaged frame
// with a whole one behind it is refused by name and place.
//
//   file   "weirJRNL", version u32 = 1, frames
//   frame  magic u32, payload bytes u32, CRC32C of the payload u32, payload
//
// Threads: guarded by the log's write lock.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace weir::log {

class Journal {
 public:
  struct Place {
    uint64_t file = 0;
    uint64_t position = 0;  // of the payload
    uint32_t size = 0;
  };
  using OnFrame = std::function<Status(std::string_view payload, Place place)>;

  // Reads every frame, in order.
  static Result<std::unique_ptr<Journal>> open(io::FileSystem& files, std::string dir, bool read_only, const OnFrame& on_frame);

  Result<Place> append(std::string_view payload);  // not synced; undone where it fails
  Status sync();
  Status take_back(const Place& place);  // of the last append(), which could not be synced
  Result<std::string> read(const Place& place);
  bool wants_roll() const { return size_ > kRollBytes; }
  Status roll();
  uint64_t active() const { return active_; }
  std::vector<uint64_t> closed() const;
  Status remove(uint64_t file);

 private:
  static constexpr uint64_t kRollBytes = 64 << 20;
  Journal(io::FileSystem& files, std::string dir, bool read_only)
      : files_(files), dir_(std::move(dir)), read_only_(read_only) {}
  std::string path(uint64_t file) const;
  Status load(uint64_t number, bool last, const OnFrame& on_frame);
  Status start_file(uint64_t number);

  io::FileSystem& files_;
  const std::string dir_;
  const bool read_only_;
  std::vector<uint64_t> numbers_;
  std::unique_ptr<io::File> file_;
  uint64_t active_ = 0;
  uint64_t size_ = 0;
};

}  // namespace weir::log
