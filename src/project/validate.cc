// One walk checks any object against its table. A key that is not there is looked for among the
// siblings by spelling, then below them and above them by name: the three ways in which people
// miss.
#include <charconv>

#include <fmt/core.h>

#include "connect/options.h"
#include "data/type.h"
#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

const Option* find_option(const ObjectType& type, std::string_view name) {
  for (const Option& option : type.options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::vector<std::string> option_names(const ObjectType& type) {
  std::vector<std::string> names;
  for (const Option& option : type.options) names.emplace_back(option.name);
  return names;
}

std::string comma_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

class ObjectCheck {
 public:
  explicit ObjectCheck(Loading& loading) : loading_(loading) {}

  bool object(const YamlNode& node, const ObjectType& type);

 private:
  void unknown_key(const YamlNode& key, const ObjectType& type);
  std::string place_elsewhere(const std::string& key, const ObjectType& type) const;
  bool value(const YamlNode& node, const Option& option);
  bool one(const YamlNode& node, const Option& option);
  bool scalar(const YamlNode& node, const Option& option);
  bool test(const YamlNode& node);
  bool wrong(const YamlNode& node, const Option& option, uint16_t code);
  bool good_text(const std::string& text, const Option& option) const;

  Loading& loading_;
  std::vector<const ObjectType*> above_;
};

std::string ObjectCheck::place_elsewhere(const std::string& key, const ObjectType& type) const {
  for (const Option& option : type.options) {
    const ObjectType* child =
        option.type == ValueType::kObject ? find_object_type(option.allowed) : nullptr;
    if (child && find_option(*child, key)) {
      return fmt::format("{} belongs below {}:", key, option.name);
    }
  }
  for (auto it = above_.rbegin(); it != above_.rend(); ++it) {
    if (find_option(**it, key)) return fmt::format("{} belongs to the {} above", key, (*it)->name);
  }
  for (const connect::Connector& connector : connect::all_connectors()) {
    const bool has_from = find_option(type, "from") && connector.source;
    const bool has_to = find_option(type, "to") && connector.sink;
    if (connector.name == key && (has_from || has_to)) {
      return fmt::format("{} belongs below {}:", key, type.name == "sink" ? "to" : "from");
    }
    for (const connect::ConnectorOption& option : connector.options) {
      if (option.name == key && connector.supported && (has_from || has_to)) {
        return fmt::format("{} belongs below {}:, beside {}:", key,
                           type.name == "sink" ? "to" : "from", connector.name);
      }
    }
  }
  return "";
}

void ObjectCheck::unknown_key(const YamlNode& key, const ObjectType& type) {
  auto& d = loading_.report(1110, fmt::format("unknown key {} in {}", quoted(key.text), type.name),
                            key.span, comma_list(option_names(type)));
  const std::string elsewhere = place_elsewhere(key.text, type);
  if (!elsewhere.empty()) {
    d.help = elsewhere;
    return;
  }
  d.nearest = nearest_name(key.text, option_names(type));
  for (const Option& option : type.options) {
    const ObjectType* child =
        option.type == ValueType::kObject ? find_object_type(option.allowed) : nullptr;
    if (!d.nearest.empty() || !child) continue;
    d.nearest = nearest_name(key.text, option_names(*child));
  }
  d.help = d.nearest.empty() ? "remove the key, or see `weir schema` for what there is"
                             : fmt::format("did you mean {}?", d.nearest);
}

bool ObjectCheck::wrong(const YamlNode& node, const Option& option, uint16_t code) {
  std::string what = node.is_sequence()  ? "a list"
                     : node.is_mapping() ? "a map"
                                         : quoted(node.text);
  if (node.secret) what = "the value of a secret";
  if (node.is_null()) what = "nothing";
  auto& d = loading_.report(code, fmt::format("{} cannot be {}", option.name, what), node.span,
                            expected_value(option));
  if (option.type == ValueType::kChoice && node.is_scalar() && !node.secret) {
    std::vector<std::string> allowed;
    for (size_t from = 0; from <= option.allowed.size();) {
      const size_t bar = std::min(option.allowed.find('|', from), option.allowed.size());
      allowed.emplace_back(option.allowed.substr(from, bar - from));
      from = bar + 1;
    }
    d.nearest = nearest_name(node.text, allowed);
  }
  if (option.type == ValueType::kEmit && node.is_scalar()) {
    d.nearest = nearest_name(node.text, {"on_change", "on_close"});
  }
  if (!d.nearest.empty()) d.help = fmt::format("did you mean {}?", d.nearest);
  return false;
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && stop == text.data() + text.size();
}

bool is_natural(const std::string& text) {
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  return is_natural(port) && port.size() <= 5 && std::stoi(port) <= 65535;
}

bool is_choice(const std::string& text, std::string_view allowed) {
  return !text.empty() && text.find('|') == std::string::npos &&
         fmt::format("|{}|", allowed).find(fmt::format("|{}|", text)) != std::string::npos;
}

bool ObjectCheck::good_text(const std::string& text, const Option& option) const {
  catalog::EmitMode mode{};
  Micros every = 0;
  switch (option.type) {
    case ValueType::kInteger: return is_natural(text);
    case ValueType::kNumber: return is_number(text);
    case ValueType::kBool: return text == "true" || text == "false";
    case ValueType::kDuration: return connect::parse_duration(text).has_value();
    case ValueType::kSize: return connect::parse_size(text).has_value();
    case ValueType::kChoice: return is_choice(text, option.allowed);
    case ValueType::kEmit: return parse_emit(text, mode, every);
    case ValueType::kAddress: return is_address(text);
    case ValueType::kCharacter: return text.size() == 1 && text != "\n" && text != "\r";
    case ValueType::kSqlType: return parse_type(text).has_value();
    default: return true;
  }
}

bool ObjectCheck::scalar(const YamlNode& node, const Option& option) {
  if (!node.is_scalar()) return wrong(node, option, 1112);
  const bool may_be_null = option.name == "null" || option.name == "on_error";
  if (node.is_null() && !may_be_null) return wrong(node, option, 1112);
  if (node.substituted && option.meaning) {
    loading_.report(1161, fmt::format("{} may not differ between environments", option.name),
                    node.span, "a value that is the same everywhere",
                    "write the value out: what a stream means stands in its own file");
    return false;
  }
  if (node.substituted && node.text.empty()) return false;  // was reported, or is meant to be empty
  if (option.type == ValueType::kName) {
    const std::string fault = name_fault(node.text);
    if (fault.empty()) return true;
    loading_.report(1115, fmt::format("{} {} {}", option.name, quoted(node.text), fault), node.span,
                    "a lower-case letter, then up to 50 of a-z, 0-9 and single _", "rename it");
    return false;
  }
  if (good_text(node.text, option)) return true;
  return wrong(node, option, option.type == ValueType::kChoice ? 1114 : 1113);
}

bool ObjectCheck::test(const YamlNode& node) {
  static constexpr std::string_view kTests[] = {"not_null", "unique", "accepted_values",
                                                "relationships", "expression"};
  const YamlNode* name = &node;
  if (node.is_mapping() && node.keys.size() == 1) name = &node.keys[0];
  std::vector<std::string> known(std::begin(kTests), std::end(kTests));
  if (name->is_scalar() && std::find(known.begin(), known.end(), name->text) != known.end()) {
    return true;
  }
  auto& d = loading_.report(1114, "no such test", name->span, comma_list(known));
  if (name->is_scalar()) {
    d.message = fmt::format("there is no test {}", quoted(name->text));
    d.nearest = nearest_name(name->text, known);
    if (!d.nearest.empty()) d.help = fmt::format("did you mean {}?", d.nearest);
  }
  return false;
}

bool ObjectCheck::one(const YamlNode& node, const Option& option) {
  switch (option.type) {
    case ValueType::kAny:
    case ValueType::kSource:
    case ValueType::kSink: return true;  // read_connector() checks these
    case ValueType::kTest: return test(node);
    case ValueType::kObject: break;
    default: return scalar(node, option);
  }
  if (option.name == "log" && node.is_scalar() && node.text == "embedded") return true;
  if (!node.is_mapping()) return wrong(node, option, 1112);
  return object(node, *find_object_type(option.allowed));
}

bool ObjectCheck::value(const YamlNode& node, const Option& option) {
  if (option.shape == Shape::kOne) return one(node, option);
  bool good = true;
  if (option.shape == Shape::kMap) {
    if (!node.is_mapping()) return wrong(node, option, 1112);
    for (const YamlNode& item : node.items) good &= one(item, option);
    return good;
  }
  const bool single = node.is_scalar() && !node.is_null() && option.type != ValueType::kObject &&
                      option.shape == Shape::kList && option.type != ValueType::kAny;
  if (single) return one(node, option);
  if (!node.is_sequence()) return wrong(node, option, 1112);
  for (const YamlNode& item : node.items) {
    if (option.shape == Shape::kList) {
      good &= one(item, option);
      continue;
    }
    if (!item.is_sequence()) {
      good = wrong(item, option, 1112);
      continue;
    }
    for (const YamlNode& inner : item.items) good &= one(inner, option);
  }
  return good;
}

bool ObjectCheck::object(const YamlNode& node, const ObjectType& type) {
  bool good = true;
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const Option* option = find_option(type, node.keys[i].text);
    if (!option) {
      unknown_key(node.keys[i], type);
      good = false;
      continue;
    }
    above_.push_back(&type);
    good &= value(node.items[i], *option);
    above_.pop_back();
  }
  for (const Option& option : type.options) {
    if (!option.required || node.find(option.name)) continue;
    SourceSpan at = node.span;
    if (at.end_line != at.line) at.end_line = at.end_column = 0;
    loading_.report(1111, fmt::format("{} lacks the key {}", type.name, quoted(option.name)), at,
                    fmt::format("{}: {}", option.name, expected_value(option)),
                    fmt::format("add {}: ({})", option.name, option.summary));
    good = false;
  }
  return good;
}

}  // namespace

bool check_object(Loading& loading, const YamlNode& node, const ObjectType& type) {
  if (!node.is_mapping()) {
    loading.report(1112, fmt::format("a {} is a map of keys", type.name), node.span,
                   comma_list(option_names(type)), "write key: value lines");
    return false;
  }
  return ObjectCheck(loading).object(node, type);
}

std::vector<const YamlNode*> objects_of(Loading& loading, const YamlNode& root,
                                        const FileKind& kind) {
  std::vector<const YamlNode*> out;
  if (root.is_null()) return out;
  if (root.is_sequence()) {
    for (const YamlNode& item : root.items) out.push_back(&item);
    return out;
  }
  const YamlNode* list = root.is_mapping() ? root.find(kind.list_key) : nullptr;
  if (!list) {
    const bool lone = root.is_mapping() && root.keys.size() == 1 && root.items[0].is_sequence();
    if (!lone) return {&root};
    loading.unread = true;
    auto& d = loading.report(1110, fmt::format("unknown key {}", quoted(root.keys[0].text)),
                             root.keys[0].span, fmt::format("{}:", kind.list_key),
                             fmt::format("write {}:", kind.list_key));
    d.nearest = kind.list_key;
    return out;
  }
  for (const YamlNode& key : root.keys) {
    if (key.text == kind.list_key || key.text == "version") continue;
    auto& d = loading.report(1110, fmt::format("unknown key {}", quoted(key.text)), key.span,
                             fmt::format("{}:", kind.list_key), "");
    d.nearest = nearest_name(key.text, {std::string(kind.list_key), "version"});
    d.help = d.nearest.empty() ? "remove the key" : fmt::format("did you mean {}?", d.nearest);
  }
  if (!list->is_sequence()) {
    loading.unread = true;
    loading.report(1112, fmt::format("{} must be a list", kind.list_key), list->span,
                   "lines that begin with -", "put - before each object");
    return out;
  }
  for (const YamlNode& item : list->items) out.push_back(&item);
  return out;
}

const FileKind& file_kind(std::string_view place) {
  for (const FileKind& kind : file_kinds()) {
    if (kind.place == place) return kind;
  }
  return file_kinds()[0];
}

}  // namespace weir::project
