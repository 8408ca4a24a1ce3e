// libFuzzer: a pattern and a path, divided by the first line break; and both as option values.
#include "base/check.h"
#include "connect/file/glob.h"
#include "connect/options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string_view pattern = text.substr(0, line);
  const std::string_view name = text.substr(std::min(line + 1, text.size()));
  const bool matches = weir::connect::matches_wildcards(pattern, name);
  if (!weir::connect::has_wildcards(pattern) && pattern.find('\\') == std::string_view::npos) {
    WEIR_CHECK(matches == (pattern == name));
  }
  const auto duration = weir::connect::parse_duration(pattern);
  WEIR_CHECK(!duration || *duration >= 0);
  (void)weir::connect::parse_size(pattern);
  const auto rate = weir::connect::parse_rate(pattern);
  WEIR_CHECK(!rate || *rate >= 0);
  return 0;
}
