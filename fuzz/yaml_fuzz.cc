// libFuzzer: any bytes as YAML. There is a tree or an error at a place of the text, and the tree is
// within its bounds.
#include "base/check.h"
#include "project/yaml.h"

namespace {

using weir::project::YamlNode;

void check_node(const YamlNode& node, size_t depth, size_t bytes) {
  WEIR_CHECK(depth <= weir::project::kMaxYamlDepth + 1);
  WEIR_CHECK(node.span.line >= 1 && node.span.line <= bytes + 1);
  WEIR_CHECK(node.span.column >= 1 && node.span.column <= bytes + 1);
  WEIR_CHECK(node.keys.size() == (node.is_mapping() ? node.items.size() : 0));
  WEIR_CHECK(!node.is_scalar() || node.items.empty());
  for (const YamlNode& key : node.keys) WEIR_CHECK(key.is_scalar());
  for (const YamlNode& item : node.items) check_node(item, depth + 1, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<weir::project::Diagnostic> diagnostics;
  const auto tree = weir::project::parse_yaml(text, "f.yml", diagnostics);
  WEIR_CHECK(tree.has_value() || !diagnostics.empty());
  if (tree) check_node(*tree, 1, size);
  for (weir::project::Diagnostic& d : diagnostics) {
    WEIR_CHECK(d.code != 0 && !d.message.empty() && d.span.line <= size + 1);
    weir::project::keep_source_line(d, text);
    WEIR_CHECK(!weir::project::render_text(d).empty());
  }
  return 0;
}
