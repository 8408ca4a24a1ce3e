// libFuzzer: a data folder whose journal, or whose active segment, holds any bytes. Opening it
// answers or refuses; a folder that was refused is refused again, one that was opened opens again
// with the same.
#include <cstdlib>

#include "base/clock.h"
#include "base/log.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/epoch_frame.h"
#include "log/embedded/journal.h"

namespace {

using namespace weir;

Result<std::unique_ptr<log::Log>> open(io::FileSystem& files) {
  ManualClock clock(0);
  log::EmbeddedLogOptions options;
  options.root = "/log";
  options.on_fatal = [](const Error&) { std::abort(); };
  return log::open_embedded_log(files, clock, options);
}

void put(io::FileSystem& files, const std::string& path, std::string_view bytes) {
  if (!files.write_atomically(path, bytes)) std::abort();
}

void check_twice(io::FileSystem& files) {
  const auto end = [&]() -> int64_t {
    auto log = open(files);
    if (!log) return -1;
    static_cast<void>((*log)->epochs("p", Epoch(0)));
    static_cast<void>((*log)->read("t", PartitionId(0), Offset(0), 1 << 20));
    return (*log)->end_offset("t", PartitionId(0)).value().value;
  };
  const int64_t first = end();
  if (end() != first) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  set_log_level(LogLevel::kError);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(log::decode_frame(bytes));
  io::SimFileSystem files;
  {
    auto log = open(files);
    if (!log || !(*log)->create_topic("t", {})) std::abort();
  }
  const std::string journal = "/log/journal/00000000000000000001.journal";
  const std::string start = files.read_all(journal).value();
  put(files, journal, start + bytes);
  check_twice(files);
  put(files, journal, start);
  {  // the same as the payload of a whole frame
    auto opened =
        log::Journal::open(files, "/log/journal", {}, [](auto, auto) { return Status(); });
    std::string frame = std::string(log::Journal::kFrameHeader, '\0') + bytes;
    if (!opened || !(*opened)->append(frame) || !(*opened)->sync()) std::abort();
  }
  check_twice(files);
  put(files, journal, start);
  put(files, "/log/topics/t/0/00000000000000000000.log", bytes);
  check_twice(files);
  return 0;
}
