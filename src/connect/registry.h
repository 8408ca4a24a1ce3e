// The connectors and their options, described once: parser, JSON Schema, reference page and error
// texts all come from these tables.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::connect {

enum class OptionType : uint8_t { kText, kInteger, kNumber, kBool, kDuration, kSize, kRate, kMap,
                                  kList };

struct ConnectorOption {
  std::string_view name;
  OptionType type = OptionType::kText;
  bool required = false;
  std::string_view default_value;   // as text; empty: none
  std::string_view summary;
};

struct Connector {
  std::string_view name;            // the key below `from:` or `to:`
  bool source = false;
  bool sink = false;
  bool supported = true;            // false: known by name, "not supported yet"
  bool has_format = true;           // false: rows come with columns of their own (nexmark, host)
  std::string_view main_option;  // the option that the scalar form sets: `file: "x"` = {path: "x"}
  std::span<const ConnectorOption> options;
  std::string_view summary;
};

std::span<const Connector> all_connectors();
const Connector* find_connector(std::string_view name);

}  // namespace weir::connect
