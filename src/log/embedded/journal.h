// The journal: one frame for each epoch of each pipeline, synced once; what recovery starts from
// (docs/formats/journal.md). Files of frames, numbered without a gap, the last one growing; a torn
// end is cut, a damaged frame that was once synced is refused by name and place: every frame says
// up to where the file was synced when it was written. A frame's checksum knows where it stands, so
// that a copy of a frame inside a payload is none.
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
  static constexpr size_t kFrameHeader = 20;
  static constexpr size_t kMaxPayload = 1ULL << 30;
  struct Place {
    uint64_t file = 0;
    uint64_t position = 0;  // of the payload
    uint32_t size = 0;
    auto operator<=>(const Place&) const = default;
  };
  struct Options {
    bool read_only = false;
    uint64_t file_bytes = 64 << 20;  // where roll() is wanted
  };
  using OnFrame = std::function<Status(std::string_view payload, Place place)>;

  // Reads every frame, in order.
  static Result<std::unique_ptr<Journal>> open(io::FileSystem& files, std::string dir,
                                               const Options& options, const OnFrame& on_frame);

  // `frame` begins with kFrameHeader bytes that are filled in here. Not synced; undone where it
  // fails.
  Result<Place> append(std::string& frame);
  Status sync();
  // The frame and what follows it are gone; durable after sync().
  Status take_back(const Place& place);
  Result<std::string> read(const Place& place);
  Place end() const { return {active_, size_, 0}; }
  bool wants_roll() const { return size_ > options_.file_bytes; }
  Status roll();
  uint64_t active() const { return active_; }
  std::vector<uint64_t> closed() const;  // ascending
  Status remove(uint64_t file);
  uint64_t bytes_of(uint64_t file);

 private:
  Journal(io::FileSystem& files, std::string dir, const Options& options)
      : files_(files), dir_(std::move(dir)), options_(options) {}
  std::string path(uint64_t file) const;
  Status load_all(const OnFrame& on_frame);
  Status load(uint64_t number, bool last, const OnFrame& on_frame);
  Result<uint64_t> load_frames(uint64_t number, std::string_view bytes, bool last,
                               const OnFrame& on_frame);
  Status continue_file(uint64_t number, uint64_t whole, uint64_t file_size);
  Status start_file(uint64_t number);

  io::FileSystem& files_;
  const std::string dir_;
  const Options options_;
  std::vector<uint64_t> numbers_;
  std::unique_ptr<io::File> file_;
  uint64_t active_ = 0;
  uint64_t size_ = 0;
  uint64_t synced_ = 0;  // of size_
};

}  // namespace weir::log
