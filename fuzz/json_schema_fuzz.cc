// libFuzzer: a JSON Schema and a record.
#include "codec/decoder_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::codec::check_any_json_schema({reinterpret_cast<const char*>(data), size});
  return 0;
}
