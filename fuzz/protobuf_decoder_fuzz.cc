// libFuzzer: a .proto file, and bytes that claim to be records of its first message.
#include "codec/decoder_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::codec::check_any_protobuf({reinterpret_cast<const char*>(data), size});
  return 0;
}
