// Prints the records of a topic of a project's embedded log while nothing runs there.
// get_records DIR TOPIC > records: key and value, each as its length (i32, little-endian; -1: none)
// and its bytes
#include <cstdio>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "log/embedded/embedded_log.h"

namespace {

void print(const std::optional<std::string_view>& bytes) {
  std::string out;
  weir::ByteWriter w(out);
  w.le(static_cast<int32_t>(bytes ? bytes->size() : -1));
  if (bytes) out += *bytes;
  std::fwrite(out.data(), 1, out.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace weir;
  if (argc != 3) {
    std::fputs("usage: get_records DIR TOPIC\n", stderr);
    return 2;
  }
  const auto files = io::make_real_file_system();
  RealClock clock;
  log::EmbeddedLogOptions options;
  options.root = argv[1];
  const auto log = std::move(log::open_embedded_log(*files, clock, options)).value();
  Offset at(0);
  while (true) {
    const auto read = log->read(argv[2], PartitionId(0), at, 1 << 20);
    WEIR_CHECK(read.has_value());
    if (read->records.empty()) return 0;
    for (const log::StoredRecord& record : read->records) {
      print(record.key);
      print(record.value);
    }
    at = read->next;
  }
}
