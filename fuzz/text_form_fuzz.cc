// libFuzzer: any text as a type's name, or as a value of a type (the first byte chooses). What a
// type reads it writes, and reads again as the same; an error says which and stays short.
#include "base/check.h"
#include "data/text_form.h"

namespace {

constexpr size_t kLongestMessage = 600;

void check_error(const weir::Error& error) {
  WEIR_CHECK(!error.primary().empty() && error.primary().size() < kLongestMessage);
}

void check_type(std::string_view text) {
  const auto type = weir::parse_type(text);
  if (!type) return check_error(type.error());
  const auto again = weir::parse_type(type->name());
  WEIR_CHECK(again.has_value() && again->id == type->id);
}

void check_value(weir::Type type, std::string_view text) {
  const auto value = weir::parse_text_form(text, type);
  if (!value) return check_error(value.error());
  const std::string written = weir::text_form(*value);
  const auto again = weir::parse_text_form(written, type);
  WEIR_CHECK(again.has_value());
  WEIR_CHECK(weir::text_form(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto id = static_cast<weir::TypeId>(data[0] % 18);
  if (id == weir::TypeId::kUnknown) {
    check_type(text);
  } else if (id > weir::TypeId::kJsonb) {
    check_value({weir::TypeId::kNumeric, 8, 3}, text);
  } else {
    check_value(id, text);
  }
  return 0;
}
