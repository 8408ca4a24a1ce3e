#include "codec/avro_resolution.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/core.h>

namespace weir::codec {

namespace {

constexpr int kMaxDepth = 1000;
constexpr size_t kMaxPlaces = 200'000;

std::string_view short_name(std::string_view full) {
  return full.substr(full.rfind('.') + 1);  // npos + 1 is 0
}

bool is_named(AvroKind kind) {
  return kind == AvroKind::kRecord || kind == AvroKind::kEnum || kind == AvroKind::kFixed;
}

bool same_name(const AvroNode& writer, const AvroNode& reader) {
  return writer.name == reader.name || short_name(writer.name) == short_name(reader.name) ||
         std::find(reader.aliases.begin(), reader.aliases.end(), writer.name) !=
             reader.aliases.end();
}

bool promotes(AvroKind from, AvroKind to) {
  switch (from) {
    case AvroKind::kInt:
      return to == AvroKind::kLong || to == AvroKind::kFloat || to == AvroKind::kDouble;
    case AvroKind::kLong: return to == AvroKind::kFloat || to == AvroKind::kDouble;
    case AvroKind::kFloat: return to == AvroKind::kDouble;
    case AvroKind::kString: return to == AvroKind::kBytes;
    case AvroKind::kBytes: return to == AvroKind::kString;
    default: return false;
  }
}

std::string described(const AvroNode& node) {
  if (node.name.empty()) return avro_kind_name(node.kind);
  return fmt::format("{} {}", avro_kind_name(node.kind), node.name);
}

}  // namespace

class AvroResolver {
 public:
  explicit AvroResolver(AvroResolution& out) : out_(out) {}

  AvroPlaceId resolve(const AvroSchema& from, AvroNodeId writer, const AvroSchema& to,
                      AvroNodeId reader);

 private:
  struct Pair {
    const AvroSchema& from;
    const AvroNode& writer;
    const AvroSchema& to;
    const AvroNode& reader;
  };
  AvroPlaceId refuse(std::string why) {
    const auto id = static_cast<AvroPlaceId>(out_.places_.size());
    out_.places_.emplace_back().refusal = std::move(why);
    return id;
  }
  AvroPlaceId add_place(const AvroNode& writer, const AvroNode& reader);
  void compare(const Pair& pair, AvroPlaceId id);
  void record(const Pair& pair, AvroPlaceId id);
  void enumeration(const Pair& pair, AvroPlaceId id);
  std::optional<AvroPlace::Default> default_of(const AvroSchema& to, const AvroField& field);

  AvroResolution& out_;
  // Recursive types meet again.
  using Key = std::tuple<const AvroSchema*, AvroNodeId, const AvroSchema*, AvroNodeId>;
  std::map<Key, AvroPlaceId> known_;
  int depth_ = 0;
};

// The reader's branch for a value that is of one type: the same kind (and name), else a wider one.
std::optional<AvroNodeId> branch_for(const AvroNode& writer, const AvroSchema& to,
                                     const AvroNode& reader) {
  for (const AvroNodeId branch : reader.parts) {
    const AvroNode& node = to.node(branch);
    if (node.kind == writer.kind && (!is_named(node.kind) || same_name(writer, node))) {
      return branch;
    }
  }
  for (const AvroNodeId branch : reader.parts) {
    const AvroNode& node = to.node(branch);
    if (promotes(writer.kind, node.kind)) return branch;
    if (node.kind == writer.kind && node.kind == AvroKind::kRecord) return branch;
  }
  return std::nullopt;
}

AvroPlaceId AvroResolver::resolve(const AvroSchema& from, AvroNodeId writer_id,
                                  const AvroSchema& to, AvroNodeId reader_id) {
  const Key key(&from, writer_id, &to, reader_id);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  const AvroNode& writer = from.node(writer_id);
  const AvroNode* reader = &to.node(reader_id);
  if (depth_ == kMaxDepth || out_.places_.size() >= kMaxPlaces) {
    return refuse("the schemas go too deep to be compared");
  }
  const bool split = writer.kind == AvroKind::kUnion;
  if (!split && reader->kind == AvroKind::kUnion) {
    const auto branch = branch_for(writer, to, *reader);
    if (!branch) {
      return refuse(fmt::format("{} is no branch of the reader's union", described(writer)));
    }
    reader = &to.node(*branch);
  }
  const AvroPlaceId id = add_place(writer, *reader);
  known_[key] = id;
  ++depth_;
  if (split) {
    std::vector<AvroPlace::Part> parts;
    for (const AvroNodeId branch : writer.parts) {
      parts.push_back({"", resolve(from, branch, to, reader_id)});
    }
    out_.places_[id].parts = std::move(parts);
  } else {
    compare({from, writer, to, *reader}, id);
  }
  --depth_;
  return id;
}

AvroPlaceId AvroResolver::add_place(const AvroNode& writer, const AvroNode& reader) {
  AvroPlace& place = out_.places_.emplace_back();
  place.kind = writer.kind;
  place.as = writer.kind == AvroKind::kUnion ? writer.kind : reader.kind;
  place.size = writer.size;
  const bool own = writer.logical != AvroLogical::kNone || writer.kind != reader.kind;
  place.logical = own ? writer.logical : reader.logical;
  place.scale = own ? writer.scale : reader.scale;
  return static_cast<AvroPlaceId>(out_.places_.size() - 1);
}

void AvroResolver::compare(const Pair& pair, AvroPlaceId id) {
  const AvroNode& writer = pair.writer;
  const AvroNode& reader = pair.reader;
  std::string& refusal = out_.places_[id].refusal;
  if (writer.kind != reader.kind) {
    if (promotes(writer.kind, reader.kind)) return;
    refusal = fmt::format("{} cannot be read as {}", described(writer), described(reader));
  } else if (writer.kind == AvroKind::kArray || writer.kind == AvroKind::kMap) {
    const AvroPlaceId item = resolve(pair.from, writer.parts[0], pair.to, reader.parts[0]);
    out_.places_[id].parts.push_back({"", item});
  } else if (writer.kind == AvroKind::kRecord) {
    record(pair, id);
  } else if (writer.kind == AvroKind::kEnum) {
    enumeration(pair, id);
  } else if (writer.kind == AvroKind::kFixed && writer.size != reader.size) {
    refusal = fmt::format("{} has {} bytes, and the reader's {}", described(writer), writer.size,
                          reader.size);
  }
}

void AvroResolver::enumeration(const Pair& pair, AvroPlaceId id) {
  AvroPlace& place = out_.places_[id];
  const std::vector<std::string>& ours = pair.reader.symbols;
  for (const std::string& symbol : pair.writer.symbols) {
    const bool known = std::find(ours.begin(), ours.end(), symbol) != ours.end();
    place.symbols.push_back(known ? symbol : pair.reader.fallback.value_or(""));
  }
}

// The reader's field of this name, or the first free one that had it once; none: ours.size().
size_t field_for(const std::string& name, const std::vector<AvroField>& ours,
                 const std::vector<bool>& filled) {
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].name == name) return filled[i] ? ours.size() : i;
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto& aliases = ours[i].aliases;
    if (!filled[i] && std::find(aliases.begin(), aliases.end(), name) != aliases.end()) return i;
  }
  return ours.size();
}

void AvroResolver::record(const Pair& pair, AvroPlaceId id) {
  const std::vector<AvroField>& ours = pair.reader.fields;
  std::vector<bool> filled(ours.size(), false);
  std::vector<AvroPlace::Part> parts;
  for (const AvroField& field : pair.writer.fields) {
    const size_t at = field_for(field.name, ours, filled);
    if (at == ours.size()) {
      parts.push_back({field.name, resolve(pair.from, field.type, pair.from, field.type), false});
    } else {
      filled[at] = true;
      parts.push_back({ours[at].name, resolve(pair.from, field.type, pair.to, ours[at].type)});
    }
  }
  std::vector<AvroPlace::Default> defaults;
  std::string refusal;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (filled[i]) continue;
    auto value = default_of(pair.to, ours[i]);
    if (value) {
      defaults.push_back(std::move(*value));
    } else {
      refusal = fmt::format("{} was written without the field \"{}\", which has no default",
                            described(pair.writer), ours[i].name);
    }
  }
  AvroPlace& place = out_.places_[id];
  place.parts = std::move(parts);
  place.defaults = std::move(defaults);
  place.refusal = std::move(refusal);
}

std::optional<AvroPlace::Default> AvroResolver::default_of(const AvroSchema& to,
                                                           const AvroField& field) {
  AvroPlace::Default out;
  if (!field.default_json) return std::nullopt;
  if (!encode_avro_default(to, field.type, *field.default_json, out.bytes)) return std::nullopt;
  out.name = field.name;
  out.place = resolve(to, field.type, to, field.type);
  return out;
}

AvroResolution AvroResolution::make(const AvroSchema& writer, const AvroSchema* reader) {
  AvroResolution out;
  const AvroSchema& to = reader ? *reader : writer;
  AvroResolver(out).resolve(writer, writer.root(), to, to.root());
  return out;
}

}  // namespace weir::codec
