// The tables as JSON Schema (for editors) and as a Markdown page. Both are printed from the same
// walk over the tables that checks files, so neither can say something else.
#include <fmt/core.h>

#include "connect/registry.h"
#include "project/diagnostic.h"
#include "project/options.h"

namespace weir::project {

namespace {

constexpr std::string_view kDurationPattern = "^[0-9.]+ ?(us|ms|s|m|min|h|d|w)$";
constexpr std::string_view kNamePattern = "^[a-z](?!.*__)[a-z0-9_]{0,50}$";
// Numbers and switches may also come from the environment.
constexpr std::string_view kSubstitution = "{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"}";

std::string or_substitution(std::string_view schema) {
  return fmt::format("{{\"anyOf\":[{},{}]}}", schema, kSubstitution);
}

std::string choices(std::string_view allowed) {
  std::string out = "{\"enum\":[";
  for (size_t from = 0; from <= allowed.size();) {
    const size_t bar = std::min(allowed.find('|', from), allowed.size());
    out += (from > 0 ? "," : "") + json_string(allowed.substr(from, bar - from));
    from = bar + 1;
  }
  return out + "]}";
}

std::string one_schema(const Option& option) {
  switch (option.type) {
    case ValueType::kInteger: return or_substitution("{\"type\":\"integer\",\"minimum\":0}");
    case ValueType::kNumber: return or_substitution("{\"type\":\"number\"}");
    case ValueType::kBool: return or_substitution("{\"type\":\"boolean\"}");
    case ValueType::kName:
      return fmt::format("{{\"type\":\"string\",\"pattern\":{}}}", json_string(kNamePattern));
    case ValueType::kDuration:
      return or_substitution(
          fmt::format("{{\"type\":\"string\",\"pattern\":{}}}", json_string(kDurationPattern)));
    case ValueType::kChoice: return choices(option.allowed);
    case ValueType::kCharacter: return "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1}";
    case ValueType::kEmit:
      return "{\"type\":\"string\",\"pattern\":\"^(on_change|on_close|every .+)$\"}";
    case ValueType::kObject: {
      const std::string ref = fmt::format("{{\"$ref\":\"#/$defs/{}\"}}", option.allowed);
      if (option.name != "log") return ref;
      return fmt::format("{{\"anyOf\":[{{\"const\":\"embedded\"}},{}]}}", ref);
    }
    case ValueType::kSource: return "{\"$ref\":\"#/$defs/from\"}";
    case ValueType::kSink: return "{\"$ref\":\"#/$defs/to\"}";
    case ValueType::kTest:
      return "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"maxProperties\":1}]}";
    case ValueType::kAny: return "{}";
    case ValueType::kSize: return "{\"type\":[\"string\",\"integer\"]}";
    default: return "{\"type\":[\"string\",\"number\",\"boolean\"]}";
  }
}

std::string option_schema(const Option& option) {
  const std::string one = one_schema(option);
  std::string shape = one;
  if (option.shape == Shape::kList) {
    shape = fmt::format("{{\"type\":\"array\",\"items\":{}}}", one);
    const bool scalar = option.type != ValueType::kObject && option.type != ValueType::kAny;
    if (scalar) shape = fmt::format("{{\"anyOf\":[{},{}]}}", one, shape);
  } else if (option.shape == Shape::kMap) {
    shape = fmt::format("{{\"type\":\"object\",\"additionalProperties\":{}}}", one);
  } else if (option.shape == Shape::kListOfLists) {
    shape =
        fmt::format("{{\"type\":\"array\",\"items\":{{\"type\":\"array\",\"items\":{}}}}}", one);
  }
  std::string out = fmt::format("{{\"description\":{}", json_string(option.summary));
  if (!option.default_value.empty()) {
    out += fmt::format(",\"default\":{}", json_string(option.default_value));
  }
  return out + fmt::format(",\"allOf\":[{}]}}", shape);
}

std::string object_schema(const ObjectType& type) {
  std::string properties;
  std::string required;
  for (const Option& option : type.options) {
    properties += fmt::format("{}{}:{}", properties.empty() ? "" : ",", json_string(option.name),
                              option_schema(option));
    if (option.required) required += (required.empty() ? "" : ",") + json_string(option.name);
  }
  return fmt::format(
      "{{\"type\":\"object\",\"description\":{},\"properties\":{{{}}},\"required\":[{}],"
      "\"additionalProperties\":false}}",
      json_string(type.summary), properties, required);
}

std::string_view connector_type(connect::OptionType type) {
  switch (type) {
    case connect::OptionType::kInteger: return "\"integer\"";
    case connect::OptionType::kNumber: return "\"number\"";
    case connect::OptionType::kBool: return "\"boolean\"";
    case connect::OptionType::kMap: return "\"object\"";
    case connect::OptionType::kList: return "\"array\"";
    default: return "[\"string\",\"number\"]";
  }
}

// `from` or `to`: a word or a map; the connector's options beside it or below it.
std::string connector_schema(bool source) {
  std::string words;
  std::string cases;
  for (const connect::Connector& c : connect::all_connectors()) {
    if (!c.supported || !(source ? c.source : c.sink)) continue;
    words += (words.empty() ? "" : ",") + json_string(c.name);
    std::string options;
    for (const connect::ConnectorOption& o : c.options) {
      options += fmt::format("{}{}:{{\"description\":{},\"type\":{}}}", options.empty() ? "" : ",",
                             json_string(o.name), json_string(o.summary), connector_type(o.type));
    }
    std::string beside = fmt::format("{}:{{\"description\":{}}}", json_string(c.name),
                                     json_string(c.summary));
    for (const connect::ConnectorOption& o : c.options) {
      if (o.name == c.name) continue;
      beside += fmt::format(",{}:{{\"description\":{}}}", json_string(o.name),
                            json_string(o.summary));
    }
    cases += fmt::format(",{{\"type\":\"object\",\"properties\":{{{}}},\"required\":[{}],"
                         "\"additionalProperties\":false,\"$comment\":{}}}",
                         beside, json_string(c.name), json_string(c.summary));
  }
  return fmt::format("{{\"anyOf\":[{{\"enum\":[{}]}}{}]}}", words, cases);
}

std::string kind_schema(const FileKind& kind) {
  const std::string ref = fmt::format("{{\"$ref\":\"#/$defs/{}\"}}", kind.object);
  if (kind.list_key.empty()) return ref;
  std::string item = ref;
  if (kind.object == "source") {
    item = fmt::format("{{\"anyOf\":[{},{{\"$ref\":\"#/$defs/source_group\"}}]}}", ref);
  }
  return fmt::format(
      "{{\"anyOf\":[{{\"type\":\"object\",\"properties\":{{\"version\":{{}},{}:{{\"type\":"
      "\"array\","
      "\"items\":{}}}}},\"required\":[{}],\"additionalProperties\":false}},{{\"type\":\"array\","
      "\"items\":{}}},{}]}}",
      json_string(kind.list_key), item, json_string(kind.list_key), item, item);
}

std::string file_name_of(const FileKind& kind) {
  if (!kind.place.ends_with('/')) return "weir.yml";
  return std::string(kind.place.substr(0, kind.place.size() - 1)) + "_file";
}

void append_cell(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
}

void append_row(std::string& out, std::initializer_list<std::string> cells) {
  out += '|';
  for (const std::string& cell : cells) {
    out += ' ';
    append_cell(out, cell);
    out += cell.empty() ? "|" : " |";
  }
  out += '\n';
}

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

void append_object(std::string& out, const ObjectType& type) {
  out +=
      fmt::format("\n### {}\n\n{}.\n\n| key | takes | default | what it is |\n|---|---|---|---|\n",
                  type.name, type.summary);
  for (const Option& o : type.options) {
    std::string takes = expected_value(o);
    if (o.type == ValueType::kObject)
      takes = fmt::format("{} ([{}](#{}))", takes, o.allowed, o.allowed);
    append_row(out,
               {code(o.name) + (o.required ? " (required)" : ""), takes,
                code(o.default_value == "\"" ? "\"" : o.default_value), std::string(o.summary)});
  }
}

void append_connectors(std::string& out) {
  out += "\n## Connectors\n\nOptions stand beside the connector's key or below it: "
         "`from: {file: \"a.ndjson\", follow: true}`.\n";
  std::string later;
  for (const connect::Connector& c : connect::all_connectors()) {
    if (!c.supported) {
      later += fmt::format("{}`{}`", later.empty() ? "" : ", ", c.name);
      continue;
    }
    out += fmt::format("\n### {}\n\n{} ({}).\n", c.name, c.summary,
                       c.source && c.sink ? "source and sink" : c.source ? "source" : "sink");
    if (c.options.empty()) continue;
    out += "\n| option | default | what it is |\n|---|---|---|\n";
    for (const connect::ConnectorOption& o : c.options) {
      append_row(out, {code(o.name) + (o.required ? " (required)" : ""), code(o.default_value),
                       std::string(o.summary)});
    }
  }
  out += fmt::format("\nKnown by name and not supported yet: {}.\n", later);
}

}  // namespace

std::string json_schema() {
  std::string defs;
  std::string roots;
  for (const ObjectType& type : object_types()) {
    defs += fmt::format("{}{}:{}", defs.empty() ? "" : ",\n", json_string(type.name),
                        object_schema(type));
  }
  defs +=
      fmt::format(",\n\"from\":{},\n\"to\":{}", connector_schema(true), connector_schema(false));
  for (const FileKind& kind : file_kinds()) {
    if (kind.object.empty() || kind.object == "model") continue;
    defs += fmt::format(",\n{}:{}", json_string(file_name_of(kind)), kind_schema(kind));
    roots += fmt::format("{}{{\"$ref\":\"#/$defs/{}\"}}", roots.empty() ? "" : ",",
                         file_name_of(kind));
  }
  return fmt::format(
      "{{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n\"title\":\"weir project "
      "files\",\n\"anyOf\":[{}],\n\"$defs\":{{\n{}}}}}\n",
      roots, defs);
}

std::string options_reference() {
  std::string out =
      "# Keys of project files\n\nMade from the tables that check the files: `weir schema "
      "--reference` prints this page, `weir schema` the same as JSON Schema.\n\n"
      "| place | holds |\n|---|---|\n";
  for (const FileKind& kind : file_kinds()) {
    append_row(out,
               {code(kind.place), fmt::format("{}{}", kind.summary,
                                              kind.object.empty() ? " (not supported yet)" : "")});
  }
  out +=
      "\nA file may hold one object, a list, or a list below the kind's key. `${var:x}` (from "
      "`vars:` of the environment), `${env:X}` and `${secret:path}` are replaced in values, except "
      "in what a stream or view means and in SQL.\n\n## Objects\n";
  for (const ObjectType& type : object_types()) append_object(out, type);
  append_connectors(out);
  return out;
}

}  // namespace weir::project
