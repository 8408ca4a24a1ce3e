// `from:` and `to:`: exactly one connector, as a word (stdout), as {file: "path"} with the options
// beside it, or as {file: {path: ..., follow: true}} with the options below it. Both forms may be
// mixed.
#include <charconv>

#include <fmt/core.h>

#include "connect/options.h"
#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

using connect::Connector;
using connect::ConnectorOption;
using connect::OptionType;

std::string_view expected(OptionType type) {
  switch (type) {
    case OptionType::kText: return "text";
    case OptionType::kInteger: return "a whole number";
    case OptionType::kNumber: return "a number";
    case OptionType::kBool: return "true or false";
    case OptionType::kDuration: return "a duration such as 100ms, 30s or 5m";
    case OptionType::kSize: return "a size such as 64MiB";
    case OptionType::kRate: return "a rate such as 1000/s or 60/m";
    case OptionType::kMap: return "a map of names";
    case OptionType::kList: return "a list";
  }
  return "";
}

bool fits(const std::string& text, OptionType type) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  switch (type) {
    case OptionType::kInteger:
      return !text.empty() && text.size() <= 18 &&
             text.find_first_not_of("0123456789") == std::string::npos;
    case OptionType::kNumber: return code == std::errc() && stop == end;
    case OptionType::kBool: return text == "true" || text == "false";
    case OptionType::kDuration: return connect::parse_duration(text).has_value();
    case OptionType::kSize: return connect::parse_size(text).has_value();
    case OptionType::kRate: return connect::parse_rate(text).has_value();
    default: return true;
  }
}

class ConnectorReader {
 public:
  ConnectorReader(Loading& loading, bool as_source) : loading_(loading), as_source_(as_source) {}
  ConnectorUse read(const YamlNode& node);

 private:
  const YamlNode* find_key(const YamlNode& node);
  bool usable(const Connector& connector, const SourceSpan& span);
  void unknown(const YamlNode& name);
  void option(const YamlNode& key, const YamlNode& value);
  std::vector<std::string> connector_names() const;
  std::string_view role() const { return as_source_ ? "from" : "to"; }

  Loading& loading_;
  bool as_source_;
  bool good_ = true;
  ConnectorUse use_;
};

std::vector<std::string> ConnectorReader::connector_names() const {
  std::vector<std::string> names;
  for (const Connector& c : connect::all_connectors()) {
    if (c.supported && (as_source_ ? c.source : c.sink)) names.emplace_back(c.name);
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void ConnectorReader::unknown(const YamlNode& name) {
  auto& d = loading_.report(1118, fmt::format("there is no connector {}", quoted(name.text)),
                            name.span, "one of " + joined(connector_names()));
  d.nearest = nearest_name(name.text, connector_names());
  d.help = d.nearest.empty() ? "choose one of these" : fmt::format("did you mean {}?", d.nearest);
  good_ = false;
}

bool ConnectorReader::usable(const Connector& connector, const SourceSpan& span) {
  if (as_source_ ? !connector.source : !connector.sink) {
    loading_.report(1120, fmt::format("{} cannot be {}", connector.name,
                                      as_source_ ? "read from" : "written to"),
                    span, "one of " + joined(connector_names()), "choose another connector");
    return good_ = false;
  }
  if (!connector.supported) {
    loading_.report(1152, fmt::format("connector {} is not supported yet", connector.name), span,
                    "one of " + joined(connector_names()), "choose another connector");
    return good_ = false;
  }
  return true;
}

// The key of a `from:` map that is the connector; null: none or several (reported).
const YamlNode* ConnectorReader::find_key(const YamlNode& node) {
  const YamlNode* found = nullptr;
  for (const YamlNode& key : node.keys) {
    if (!connect::find_connector(key.text)) continue;
    if (found) {
      loading_.report(1119, fmt::format("{} names two connectors, {} and {}", role(), found->text,
                                        key.text),
                      key.span, "exactly one connector", "make a second object for the other one");
      good_ = false;
      return nullptr;
    }
    found = &key;
  }
  if (found) return found;
  good_ = false;
  if (node.keys.empty()) {
    loading_.report(1119, fmt::format("{} names no connector", role()), node.span,
                    "one of " + joined(connector_names()), "add one");
    return nullptr;
  }
  unknown(node.keys[0]);
  return nullptr;
}

void ConnectorReader::option(const YamlNode& key, const YamlNode& value) {
  const ConnectorOption* known = nullptr;
  std::vector<std::string> names;
  for (const ConnectorOption& o : use_.connector->options) {
    names.emplace_back(o.name);
    if (o.name == key.text) known = &o;
  }
  if (!known) {
    auto& d = loading_.report(1110, fmt::format("unknown key {} of connector {}", quoted(key.text),
                                                use_.connector->name),
                              key.span, names.empty() ? "no options" : joined(names));
    d.nearest = nearest_name(key.text, names);
    const ObjectType* parent = find_object_type(as_source_ ? "source" : "sink");
    for (const Option& o : parent->options) {
      if (o.name == key.text) d.help = fmt::format("{} belongs beside {}:", key.text, role());
    }
    if (d.help.empty()) {
      d.help = d.nearest.empty() ? "remove the key" : fmt::format("did you mean {}?", d.nearest);
    }
    good_ = false;
    return;
  }
  if (known->type == OptionType::kMap) {
    if (value.is_mapping()) {
      use_.columns = &value;
      return;
    }
  } else if (value.is_scalar() && !value.is_null() && fits(value.text, known->type)) {
    use_.options[key.text] = value.text;
    return;
  }
  std::string what = value.is_scalar() && !value.secret ? quoted(value.text) : "this value";
  loading_.report(1113, fmt::format("{} cannot be {}", key.text, what), value.span,
                  std::string(expected(known->type)), "");
  good_ = false;
}

ConnectorUse ConnectorReader::read(const YamlNode& node) {
  use_.span = node.span;
  if (node.is_sequence() || node.is_null()) {
    loading_.report(1119, fmt::format("{} names no connector", role()), node.span,
                    "one of " + joined(connector_names()), "write one connector");
    return use_;
  }
  const YamlNode* name = node.is_scalar() ? &node : find_key(node);
  if (!name) return use_;
  const Connector* connector = connect::find_connector(name->text);
  if (!connector) return unknown(*name), use_;
  use_.span = name->span;
  if (!usable(*connector, name->span)) return use_;
  use_.connector = connector;
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& value = node.items[i];
    if (&node.keys[i] != name) {
      option(node.keys[i], value);
    } else if (value.is_mapping()) {
      for (size_t k = 0; k < value.keys.size(); ++k) option(value.keys[k], value.items[k]);
    } else if (!value.is_null()) {
      YamlNode key = *name;
      key.text = connector->main_option;
      if (key.text.empty()) {
        loading_.report(1112, fmt::format("{} takes a map of options", connector->name), value.span,
                        fmt::format("{}: {{}}", connector->name), "write {} for no options");
        good_ = false;
      } else {
        option(key, value);
      }
    }
  }
  for (const ConnectorOption& o : connector->options) {
    const bool given =
        use_.options.count(std::string(o.name)) || (o.name == "columns" && use_.columns);
    if (!o.required || given || !good_) continue;
    loading_.report(1111, fmt::format("{} lacks {}", connector->name, quoted(o.name)), name->span,
                    fmt::format("{}: {}", o.name, expected(o.type)),
                    fmt::format("add {} ({})", o.name, o.summary));
    good_ = false;
  }
  if (!good_) use_.connector = nullptr;
  return use_;
}

}  // namespace

ConnectorUse read_connector(Loading& loading, const YamlNode& node, bool as_source) {
  return ConnectorReader(loading, as_source).read(node);
}

}  // namespace weir::project
