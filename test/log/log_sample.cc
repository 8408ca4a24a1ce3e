// Writes a data folder whose records follow from their numbers alone, so that test/log/run can
// compare what a Kafka client library finds in the segments.  log_sample DIR RECORDS
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "base/clock.h"
#include "log/embedded/embedded_log.h"

namespace {

using namespace weir;

log::Record sample(int64_t i) {
  log::Record record;
  if (i % 5 != 0) record.key = "key-" + std::to_string(i % 17);
  if (i % 11 != 3) {
    record.value =
        "value-" + std::to_string(i) + "-" + std::string(static_cast<size_t>(i * 7 % 300), 'x');
  }
  record.timestamp = (1'767'225'600'000 + i * 37 - i % 3 * 1000) * 1000;
  for (int64_t j = 0; j < i % 3; ++j) {
    record.headers.push_back({"h" + std::to_string(j), std::to_string(i * j)});
  }
  return record;
}

// Batches of all sizes, half of them by plain appends, half by epochs.
void write_topic(log::Log& log, const std::string& name, int64_t records, uint64_t& epoch) {
  int64_t next = 0;
  for (int64_t size = 1; next < records; size = size % 50 + 1) {
    std::vector<log::Record> batch;
    for (int64_t i = 0; i < size && next < records; ++i) batch.push_back(sample(next++));
    const log::TopicAppend append{name, PartitionId(0), std::move(batch)};
    if (size % 2) {
      WEIR_CHECK(log.append(append).has_value());
    } else {
      WEIR_CHECK(log.commit({"p", Epoch(++epoch), {append}, "state"}).has_value());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: log_sample DIR RECORDS\n", stderr);
    return 2;
  }
  const auto files = io::make_real_file_system();
  ManualClock clock(1'767'225'600'000'000);
  log::EmbeddedLogOptions options;
  options.root = argv[1];
  options.durable = false;
  const auto log = std::move(log::open_embedded_log(*files, clock, options)).value();
  uint64_t epoch = 0;
  for (const auto& [name, compression] : {std::pair{"none", log::Compression::kNone},
                                          {"lz4", log::Compression::kLz4},
                                          {"zstd", log::Compression::kZstd},
                                          {"compacted", log::Compression::kLz4}}) {
    log::TopicConfig config;
    config.compression = compression;
    config.segment_bytes = 64 << 10;
    config.compact = std::string_view(name) == "compacted";
    WEIR_CHECK(log->create_topic(name, config).has_value());
    write_topic(*log, name, std::atoll(argv[2]), epoch);
  }
  WEIR_CHECK(log->maintain().has_value());
  return 0;
}
