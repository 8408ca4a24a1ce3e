// Reading values of nodes that were checked against their table.
#include <charconv>

#include <fmt/core.h>

#include "connect/options.h"
#include "project/loading.h"

namespace weir::project {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  size_t shown = 0;
  for (const char c : text) {
    if (++shown > 80) {
      out += "...";
      break;
    }
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

std::string name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 51) return "is longer than 51 characters";
  if (name.front() < 'a' || name.front() > 'z') return "does not begin with a lower-case letter";
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!good) return "has characters other than a-z, 0-9 and _";
  }
  if (name.find("__") != std::string_view::npos) return "has two _ in a row";
  return "";
}

std::string text_value(const YamlNode& object, std::string_view key, std::string_view fallback) {
  const YamlNode* value = object.find(key);
  if (!value || !value->is_scalar() || value->is_null()) return std::string(fallback);
  return value->text;
}

bool bool_value(const YamlNode& object, std::string_view key, bool fallback) {
  const std::string text = text_value(object, key);
  return text == "true" ? true : text == "false" ? false : fallback;
}

int64_t integer_value(const YamlNode& object, std::string_view key, int64_t fallback) {
  const std::string text = text_value(object, key);
  int64_t value = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && stop == text.data() + text.size() ? value : fallback;
}

std::optional<Micros> duration_value(const YamlNode& object, std::string_view key) {
  const std::string text = text_value(object, key);
  if (text.empty()) return std::nullopt;
  return connect::parse_duration(text);
}

std::vector<const YamlNode*> list_value(const YamlNode& object, std::string_view key) {
  std::vector<const YamlNode*> out;
  const YamlNode* value = object.find(key);
  if (!value || value->is_null()) return out;
  if (value->is_sequence()) {
    for (const YamlNode& item : value->items) out.push_back(&item);
  } else {
    out.push_back(value);
  }
  return out;
}

std::vector<std::string> text_list(const YamlNode& object, std::string_view key) {
  std::vector<std::string> out;
  for (const YamlNode* node : list_value(object, key)) {
    if (node->is_scalar()) out.push_back(node->text);
  }
  return out;
}

catalog::OnError on_error_value(const YamlNode& object, catalog::OnError fallback) {
  const YamlNode* value = object.find("on_error");
  if (value && value->is_null() && !value->text.empty()) return catalog::OnError::kNull;
  const std::string text = text_value(object, "on_error");
  if (text == "dead_letter") return catalog::OnError::kDeadLetter;
  if (text == "null") return catalog::OnError::kNull;
  if (text == "fail") return catalog::OnError::kFail;
  return fallback;
}

bool parse_emit(std::string_view text, catalog::EmitMode& mode, Micros& every) {
  if (text == "on_change") {
    mode = catalog::EmitMode::kOnChange;
    return true;
  }
  if (text == "on_close") {
    mode = catalog::EmitMode::kOnClose;
    return true;
  }
  if (!text.starts_with("every ")) return false;
  const auto duration = connect::parse_duration(text.substr(6));
  if (!duration || *duration <= 0) return false;
  mode = catalog::EmitMode::kEvery;
  every = *duration;
  return true;
}

std::optional<int32_t> parse_zone(std::string_view text) {
  if (text == "UTC" || text == "Z" || text == "utc") return 0;
  const bool shape = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  if (!shape) return std::nullopt;
  int hours = 0;
  int minutes = 0;
  for (const size_t i : {1U, 2U, 4U, 5U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    (i < 3 ? hours : minutes) = (i < 3 ? hours : minutes) * 10 + (text[i] - '0');
  }
  if (hours > 15 || minutes > 59) return std::nullopt;
  const int32_t seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace weir::project
