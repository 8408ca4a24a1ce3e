// libFuzzer: a schema, another to read it as, and bytes that claim to be records of it.
#include "codec/decoder_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::codec::check_any_avro({reinterpret_cast<const char*>(data), size});
  return 0;
}
