// libFuzzer: any bytes as the text of text[] and integer[]. What is read prints as text that reads
// back the same.
#include "base/check.h"
#include "data/text_form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const TypeId element : {TypeId::kText, TypeId::kInt4}) {
    const Type type = array_id(element);
    const Result<Value> value = parse_text_form(text, type);
    if (!value) continue;
    const Result<Value> again = parse_text_form(text_form(*value), type);
    WEIR_CHECK(again && *again == *value);
  }
  return 0;
}
