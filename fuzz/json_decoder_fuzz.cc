// libFuzzer: any bytes as NDJSON.
#include "codec/decoder_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::codec::check_any_bytes(weir::codec::Format::kJson,
                               {reinterpret_cast<const char*>(data), size});
  return 0;
}
