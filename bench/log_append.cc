// Appends batches to a topic of the embedded log, each durable, beside a bare loop of write and
// fdatasync of the same sizes on the same disk, in turns. Prints MB/s of both (of the median batch)
// and their ratio.
//   log_append DIR [BATCHES] [RECORDS] [VALUE_BYTES]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "base/check.h"
#include "base/clock.h"
#include "log/embedded/embedded_log.h"
#include "log/record_batch.h"

namespace {

using namespace weir;

double seconds(Clock& clock, int64_t since) {
  return static_cast<double>(clock.monotonic_nanos() - since) / 1e9;
}

std::vector<log::Record> records(int count, int bytes) {
  std::vector<log::Record> out;
  for (int i = 0; i < count; ++i) {
    log::Record r;
    r.value = std::string(static_cast<size_t>(bytes), static_cast<char>('a' + i % 26));
    r.timestamp = 1'767'225'600'000'000 + i;
    out.push_back(std::move(r));
  }
  return out;
}

// A file that one batch after the other is written to, each synced.
class BareFile {
 public:
  explicit BareFile(std::string path)
      : path_(std::move(path)), fd_(open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644)) {
    WEIR_CHECK(fd_ >= 0);
  }
  ~BareFile() {
    close(fd_);
    unlink(path_.c_str());
  }
  void append(const std::string& batch) const {
    WEIR_CHECK(write(fd_, batch.data(), batch.size()) == static_cast<ssize_t>(batch.size()));
    WEIR_CHECK(fdatasync(fd_) == 0);
  }

 private:
  const std::string path_;
  const int fd_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string dir = argc > 1 ? argv[1] : "/tmp/weir-log-append";
  const int batches = argc > 2 ? std::atoi(argv[2]) : 100;
  const int count = argc > 3 ? std::atoi(argv[3]) : 1000;
  const int bytes = argc > 4 ? std::atoi(argv[4]) : 200;
  RealClock clock;
  const auto files = io::make_real_file_system();
  WEIR_CHECK(files->make_dirs(dir).has_value());
  log::EmbeddedLogOptions options;
  options.root = dir + "/log";
  auto log = std::move(log::open_embedded_log(*files, clock, options)).value();
  log::TopicConfig config;
  config.compression = log::Compression::kNone;
  WEIR_CHECK(log->create_topic("bench", config).has_value());
  const std::vector<log::Record> batch = records(count, bytes);
  const std::string encoded = log::encode_batch(0, batch, log::Compression::kNone).value();
  const log::TopicAppend append{"bench", PartitionId(0), batch};
  // In turns, batch by batch, so that both meet the disk in the same mood.
  const BareFile bare(dir + "/bare");
  std::vector<double> ours, theirs;
  for (int i = 0; i < batches * 5; ++i) {
    int64_t begin = clock.monotonic_nanos();
    bare.append(encoded);
    theirs.push_back(seconds(clock, begin));
    begin = clock.monotonic_nanos();
    WEIR_CHECK(log->append(append).has_value());
    ours.push_back(seconds(clock, begin));
  }
  const double mb = static_cast<double>(encoded.size()) / 1e6;
  std::printf("batch of %zu bytes: bare write+fdatasync %.0f MB/s, log %.0f MB/s, ratio %.2f\n",
              encoded.size(), mb / median(theirs), mb / median(ours),
              median(theirs) / median(ours));
  log.reset();
  return files->remove_tree(dir).has_value() ? 0 : 1;
}
