#include "codec/avro_schema.h"

#include <map>

#include <fmt/core.h>
#include <simdjson.h>

namespace weir::codec {

namespace {

namespace dom = simdjson::dom;

constexpr size_t kMaxNodes = 50'000;
constexpr int kMaxDepth = 200;
constexpr size_t kMaxText = 4 << 20;

constexpr std::string_view kKindNames[] = {
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    "record", "enum", "array", "map", "union", "fixed"};

std::optional<AvroKind> primitive(std::string_view name) {
  for (size_t i = 0; i <= static_cast<size_t>(AvroKind::kString); ++i) {
    if (kKindNames[i] == name) return static_cast<AvroKind>(i);
  }
  return std::nullopt;
}

struct LogicalName {
  std::string_view name;
  AvroKind kind;
  AvroLogical logical;
};
constexpr LogicalName kLogicalNames[] = {
    {"decimal", AvroKind::kBytes, AvroLogical::kDecimal},
    {"decimal", AvroKind::kFixed, AvroLogical::kDecimal},
    {"date", AvroKind::kInt, AvroLogical::kDate},
    {"time-millis", AvroKind::kInt, AvroLogical::kTimeMillis},
    {"time-micros", AvroKind::kLong, AvroLogical::kTimeMicros},
    {"timestamp-millis", AvroKind::kLong, AvroLogical::kTimestampMillis},
    {"timestamp-micros", AvroKind::kLong, AvroLogical::kTimestampMicros},
    {"timestamp-nanos", AvroKind::kLong, AvroLogical::kTimestampNanos},
    {"local-timestamp-millis", AvroKind::kLong, AvroLogical::kLocalMillis},
    {"local-timestamp-micros", AvroKind::kLong, AvroLogical::kLocalMicros},
    {"local-timestamp-nanos", AvroKind::kLong, AvroLogical::kLocalNanos},
    {"uuid", AvroKind::kString, AvroLogical::kUuid},
    {"uuid", AvroKind::kFixed, AvroLogical::kUuid},
    {"duration", AvroKind::kFixed, AvroLogical::kDuration},
};

Error wrong(std::string what) {
  return Error(ErrorKind::kInvalidData, 1850, fmt::format("invalid Avro schema: {}", what));
}

std::string_view text_of(dom::object object, const char* key) {
  std::string_view out;
  if (object[key].get(out)) return {};
  return out;
}

class SchemaReader {
 public:
  explicit SchemaReader(std::vector<AvroNode>& nodes) : nodes_(nodes) {}

  Result<AvroNodeId> read(std::string_view text) {
    if (text.size() > kMaxText) return wrong("its text is longer than 4 MiB");
    dom::parser parser;
    dom::element root;
    const simdjson::padded_string padded(text);
    if (parser.parse(padded).get(root)) {
      // A bare name is a schema too, and registries hold it with and without quotes.
      if (const auto kind = primitive(text)) return add(*kind);
      return wrong("it is no JSON");
    }
    return type(root, "");
  }

 private:
  Result<AvroNodeId> add(AvroKind kind) {
    if (nodes_.size() == kMaxNodes) return wrong("it has more than 50,000 parts");
    nodes_.emplace_back().kind = kind;
    return static_cast<AvroNodeId>(nodes_.size() - 1);
  }
  Result<AvroNodeId> type(dom::element json, const std::string& space);
  Result<AvroNodeId> named(std::string_view name, const std::string& space);
  Result<AvroNodeId> union_of(dom::array branches, const std::string& space);
  Result<AvroNodeId> object(dom::object json, const std::string& space);
  Result<AvroNodeId> definition(dom::object json, AvroKind kind, std::string space);
  Status record(dom::object json, AvroNodeId id, const std::string& space);
  Status field(dom::object json, AvroNodeId record, const std::string& space);
  Status enumeration(dom::object json, AvroNodeId id);
  Status take_name(dom::object json, AvroNodeId id, std::string& space);
  void logical(dom::object json, AvroNode& node);

  std::vector<AvroNode>& nodes_;
  std::map<std::string, AvroNodeId, std::less<>> names_;
  int depth_ = 0;
};

std::string full_name(std::string_view name, const std::string& space) {
  if (space.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return fmt::format("{}.{}", space, name);
}

std::vector<std::string> texts(dom::object json, const char* key) {
  std::vector<std::string> out;
  dom::array list;
  if (json[key].get(list)) return out;
  for (const dom::element item : list) {
    std::string_view text;
    if (!item.get(text)) out.emplace_back(text);
  }
  return out;
}

Result<AvroNodeId> SchemaReader::type(dom::element json, const std::string& space) {
  if (depth_ >= kMaxDepth) return wrong("it is nested more than 200 deep");
  ++depth_;
  std::string_view name;
  dom::array branches;
  dom::object members;
  auto out = !json.get(name)        ? named(name, space)
             : !json.get(branches) ? union_of(branches, space)
             : !json.get(members)  ? object(members, space)
                                   : Result<AvroNodeId>(wrong("a type is a name, list or object"));
  --depth_;
  return out;
}

Result<AvroNodeId> SchemaReader::named(std::string_view name, const std::string& space) {
  if (const auto kind = primitive(name)) return add(*kind);
  auto known = names_.find(full_name(name, space));
  if (known == names_.end()) known = names_.find(name);
  if (known != names_.end()) return known->second;
  return wrong(fmt::format("there is no type \"{}\"", name));
}

Result<AvroNodeId> SchemaReader::union_of(dom::array branches, const std::string& space) {
  const AvroNodeId id = TRY(add(AvroKind::kUnion));
  std::vector<AvroNodeId> parts;
  for (const dom::element branch : branches) parts.push_back(TRY(type(branch, space)));
  if (parts.empty()) return wrong("a union without branches");
  for (size_t i = 0; i < parts.size(); ++i) {
    const AvroNode& a = nodes_[parts[i]];
    if (a.kind == AvroKind::kUnion) return wrong("a union directly within a union");
    for (size_t j = 0; j < i; ++j) {
      const AvroNode& b = nodes_[parts[j]];
      if (a.kind == b.kind && a.name == b.name) {
        return wrong(fmt::format("a union with two branches of {}",
                                 a.name.empty() ? avro_kind_name(a.kind) : a.name));
      }
    }
  }
  nodes_[id].parts = std::move(parts);
  return id;
}

Result<AvroNodeId> SchemaReader::object(dom::object json, const std::string& space) {
  dom::element inner;
  if (json["type"].get(inner)) return wrong("an object without \"type\"");
  std::string_view name;
  if (inner.get(name)) return type(inner, space);  // {"type": {...}}
  const bool is_list = name == "array";
  if (is_list || name == "map") {
    dom::element item;
    if (json[is_list ? "items" : "values"].get(item)) {
      return wrong(is_list ? "an array without \"items\"" : "a map without \"values\"");
    }
    const AvroNodeId id = TRY(add(is_list ? AvroKind::kArray : AvroKind::kMap));
    const AvroNodeId part = TRY(type(item, space));
    nodes_[id].parts = {part};
    return id;
  }
  if (name == "record" || name == "error") return definition(json, AvroKind::kRecord, space);
  if (name == "enum") return definition(json, AvroKind::kEnum, space);
  if (name == "fixed") return definition(json, AvroKind::kFixed, space);
  const AvroNodeId id = TRY(named(name, space));
  if (primitive(name)) logical(json, nodes_[id]);
  return id;
}

Status SchemaReader::take_name(dom::object json, AvroNodeId id, std::string& space) {
  const std::string_view name = text_of(json, "name");
  if (name.empty()) return wrong("a named type without \"name\"");
  const size_t dot = name.rfind('.');
  std::string_view own;
  if (dot != std::string_view::npos) {
    space = name.substr(0, dot);
  } else if (!json["namespace"].get(own)) {
    space = own;
  }
  AvroNode& node = nodes_[id];
  node.name = full_name(name, space);
  for (const std::string& alias : texts(json, "aliases")) {
    node.aliases.push_back(full_name(alias, space));
  }
  if (!names_.emplace(node.name, id).second) {
    return wrong(fmt::format("\"{}\" is defined twice", node.name));
  }
  return {};
}

Result<AvroNodeId> SchemaReader::definition(dom::object json, AvroKind kind, std::string space) {
  const AvroNodeId id = TRY(add(kind));
  TRY_VOID(take_name(json, id, space));
  if (kind == AvroKind::kRecord) TRY_VOID(record(json, id, space));
  if (kind == AvroKind::kEnum) TRY_VOID(enumeration(json, id));
  if (kind == AvroKind::kFixed) {
    uint64_t size = 0;
    constexpr uint64_t kMaxFixed = 1 << 30;
    if (json["size"].get(size) || size > kMaxFixed) return wrong("a fixed without \"size\"");
    nodes_[id].size = size;
    logical(json, nodes_[id]);
  }
  return id;
}

Status SchemaReader::record(dom::object json, AvroNodeId id, const std::string& space) {
  dom::array fields;
  if (json["fields"].get(fields)) return wrong("a record without \"fields\"");
  for (const dom::element item : fields) {
    dom::object members;
    if (item.get(members)) return wrong("a field is an object");
    TRY_VOID(field(members, id, space));
  }
  return {};
}

Status SchemaReader::field(dom::object json, AvroNodeId record, const std::string& space) {
  AvroField out;
  out.name = text_of(json, "name");
  if (out.name.empty()) return wrong("a field without \"name\"");
  for (const AvroField& other : nodes_[record].fields) {
    if (other.name == out.name) return wrong(fmt::format("field \"{}\" comes twice", out.name));
  }
  out.aliases = texts(json, "aliases");
  dom::element inner;
  if (json["type"].get(inner)) return wrong(fmt::format("field \"{}\" has no type", out.name));
  out.type = TRY(type(inner, space));
  // {"name": "at", "type": "long", "logicalType": ...}: not what the rules ask for, and common.
  std::string_view plain;
  if (!inner.get(plain) && primitive(plain)) logical(json, nodes_[out.type]);
  dom::element value;
  if (!json["default"].get(value)) out.default_json = simdjson::minify(value);
  nodes_[record].fields.push_back(std::move(out));
  return {};
}

Status SchemaReader::enumeration(dom::object json, AvroNodeId id) {
  AvroNode& node = nodes_[id];
  node.symbols = texts(json, "symbols");
  if (node.symbols.empty()) return wrong(fmt::format("enum \"{}\" has no symbols", node.name));
  std::string_view fallback;
  if (!json["default"].get(fallback)) node.fallback = std::string(fallback);
  return {};
}

// One that does not fit its type is no logical type, as the rules have it.
void SchemaReader::logical(dom::object json, AvroNode& node) {
  const std::string_view name = text_of(json, "logicalType");
  for (const LogicalName& known : kLogicalNames) {
    if (known.name != name || known.kind != node.kind) continue;
    if (known.logical == AvroLogical::kDecimal) {
      int64_t precision = 0;
      int64_t scale = 0;
      if (json["precision"].get(precision) || precision <= 0) return;
      if (json["scale"].get(scale)) scale = 0;
      if (scale < 0 || scale > precision || scale > 1000) return;
      node.scale = static_cast<int>(scale);
    }
    if (known.logical == AvroLogical::kDuration && node.size != 12) return;
    if (known.logical == AvroLogical::kUuid && node.kind == AvroKind::kFixed && node.size != 16) {
      return;
    }
    node.logical = known.logical;
    return;
  }
}

}  // namespace

const char* avro_kind_name(AvroKind kind) {
  return kKindNames[static_cast<size_t>(kind)].data();
}

Result<AvroSchema> AvroSchema::parse(std::string_view text,
                                     const std::vector<std::string>& references) {
  AvroSchema out;
  SchemaReader reader(out.nodes_);
  for (const std::string& reference : references) (void)TRY(reader.read(reference));
  out.root_ = TRY(reader.read(text));
  return out;
}

}  // namespace weir::codec
