// libFuzzer: any bytes as a record batch, once as they are and once with a right length and
// checksum, so that what is behind the checksum is reached. What can be decoded keeps within its
// header's promises.
#include <cstdlib>

#include "base/bytes.h"
#include "base/hash.h"
#include "log/record_batch.h"

namespace {

void check(std::string_view bytes) {
  const auto header = weir::log::peek_batch(bytes);
  weir::log::ReadBatch out;
  if (!weir::log::decode_batch(bytes, out)) return;
  if (!header || out.records.size() != static_cast<size_t>(header->records)) std::abort();
  for (const weir::log::StoredRecord& record : out.records) {
    if (record.offset.value < header->base_offset) std::abort();
    if (record.offset.value >= header->next_offset()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size < weir::log::kBatchHeaderBytes) return 0;
  bytes[16] = 2;
  const uint32_t length = weir::byte_swap(static_cast<uint32_t>(size - 12));
  bytes.replace(8, 4, reinterpret_cast<const char*>(&length), 4);
  const uint32_t crc = weir::byte_swap(weir::crc32c(std::string_view(bytes).substr(21)));
  bytes.replace(17, 4, reinterpret_cast<const char*>(&crc), 4);
  check(bytes);
  return 0;
}
