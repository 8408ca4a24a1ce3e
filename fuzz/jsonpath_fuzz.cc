// libFuzzer: the first line as a path, the rest as the document that it walks. Whatever is answered
// is a document.
#include "base/check.h"
#include "data/jsonb.h"
#include "expr/jsonpath_evaluation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), size);
  expr::JsonPath path;
  expr::PathError error;
  if (!expr::parse_jsonpath(text.substr(0, line), &path, &error)) {
    WEIR_CHECK(error.sqlstate != nullptr);
    return 0;
  }
  std::string document;
  std::string reason;
  if (line == size || !canonical_jsonb(text.substr(line + 1), document, &reason)) {
    document = R"({"a": [1, {"b": "x"}, null, true], "c": {"d": -2.50}})";
  }
  expr::PathWalk walk(path, document, R"({"v": 1, "w": "x"})", true);
  std::vector<expr::PathItem> items;
  const bool good = walk.run(&items);
  WEIR_CHECK(good || walk.error().sqlstate != nullptr);
  for (const expr::PathItem& item : items) {
    std::string again;
    WEIR_CHECK(canonical_jsonb(item.json, again, &reason));
  }
  return 0;
}
