// Puts records into a topic of a project's embedded log while nothing runs there.
// put_records DIR TOPIC <records, each as its length (u32, little-endian) and its bytes
#include <cstdio>
#include <iterator>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "log/embedded/embedded_log.h"

int main(int argc, char** argv) {
  using namespace weir;
  if (argc != 3) {
    std::fputs("usage: put_records DIR TOPIC\n", stderr);
    return 2;
  }
  std::string input;
  char chunk[65536];
  for (size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, stdin)) > 0;) input.append(chunk, n);
  const auto files = io::make_real_file_system();
  RealClock clock;
  log::EmbeddedLogOptions options;
  options.root = argv[1];
  const auto log = std::move(log::open_embedded_log(*files, clock, options)).value();
  if (!log->topic_config(argv[2])) WEIR_CHECK(log->create_topic(argv[2], {}).has_value());
  log::TopicAppend append{argv[2], PartitionId(0), {}};
  ByteReader reader(input);
  while (!reader.at_end()) {
    log::Record record;
    record.value = std::string(reader.raw(reader.le<uint32_t>()));
    record.timestamp = clock.now();
    append.records.push_back(std::move(record));
  }
  WEIR_CHECK(reader.ok());
  if (!append.records.empty()) WEIR_CHECK(log->append(append).has_value());
  return 0;
}
