// A field's default, written in JSON, as the bytes a writer would have sent: so a missing field is
// read by the same code as one that came.
#include <simdjson.h>

#include "base/bytes.h"
#include "codec/avro_resolution.h"

namespace weir::codec {

namespace {

namespace dom = simdjson::dom;

constexpr int kMaxDepth = 200;

// Bytes stand in JSON as characters U+0000 to U+00FF.
bool narrow(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out.push_back(text[i]);
    } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < text.size()) {
      out.push_back(static_cast<char>(((byte & 3) << 6) | (text[++i] & 0x3f)));
    } else {
      return false;
    }
  }
  return true;
}

class DefaultWriter {
 public:
  DefaultWriter(const AvroSchema& schema, std::string& out) : schema_(schema), out_(out) {}

  bool write(AvroNodeId id, dom::element json) {
    if (depth_ == kMaxDepth) return false;
    ++depth_;
    const bool ok = value(schema_.node(id), json);
    --depth_;
    return ok;
  }

 private:
  bool value(const AvroNode& node, dom::element json);
  bool integer(const AvroNode& node, dom::element json);
  bool real(const AvroNode& node, dom::element json);
  bool text(const AvroNode& node, dom::element json);
  bool record(const AvroNode& node, dom::element json);
  bool items(const AvroNode& node, dom::element json);
  bool members(const AvroNode& node, dom::element json);
  bool branch(const AvroNode& node, dom::element json);

  const AvroSchema& schema_;
  std::string& out_;
  int depth_ = 0;
};

bool DefaultWriter::value(const AvroNode& node, dom::element json) {
  switch (node.kind) {
    case AvroKind::kNull: return json.is_null();
    case AvroKind::kBoolean: {
      bool set;
      if (json.get(set)) return false;
      out_.push_back(set ? 1 : 0);
      return true;
    }
    case AvroKind::kInt:
    case AvroKind::kLong: return integer(node, json);
    case AvroKind::kFloat:
    case AvroKind::kDouble: return real(node, json);
    case AvroKind::kBytes:
    case AvroKind::kString:
    case AvroKind::kEnum:
    case AvroKind::kFixed: return text(node, json);
    case AvroKind::kRecord: return record(node, json);
    case AvroKind::kArray: return items(node, json);
    case AvroKind::kMap: return members(node, json);
    case AvroKind::kUnion: return branch(node, json);
  }
  return false;
}

bool DefaultWriter::integer(const AvroNode& node, dom::element json) {
  int64_t v;
  if (json.get(v)) return false;
  if (node.kind == AvroKind::kInt && v != static_cast<int32_t>(v)) return false;
  ByteWriter(out_).zigzag(v);
  return true;
}

bool DefaultWriter::real(const AvroNode& node, dom::element json) {
  double v;
  if (json.get(v)) return false;
  if (node.kind == AvroKind::kDouble) {
    ByteWriter(out_).le(v);
  } else {
    ByteWriter(out_).le(static_cast<float>(v));
  }
  return true;
}

bool DefaultWriter::text(const AvroNode& node, dom::element json) {
  std::string_view text;
  if (json.get(text)) return false;
  if (node.kind == AvroKind::kEnum) {
    for (size_t i = 0; i < node.symbols.size(); ++i) {
      if (node.symbols[i] == text) return ByteWriter(out_).zigzag(static_cast<int64_t>(i)), true;
    }
    return false;
  }
  std::string bytes;
  if (node.kind == AvroKind::kString) {
    bytes = text;
  } else if (!narrow(text, bytes)) {
    return false;
  }
  if (node.kind == AvroKind::kFixed) return out_ += bytes, bytes.size() == node.size;
  ByteWriter(out_).zigzag(static_cast<int64_t>(bytes.size()));
  out_ += bytes;
  return true;
}

bool DefaultWriter::record(const AvroNode& node, dom::element json) {
  dom::object members;
  if (json.get(members)) return false;
  for (const AvroField& field : node.fields) {
    dom::element given;
    if (!members[field.name].get(given)) {
      if (!write(field.type, given)) return false;
    } else if (!field.default_json ||
               !encode_avro_default(schema_, field.type, *field.default_json, out_)) {
      return false;
    }
  }
  return true;
}

bool DefaultWriter::items(const AvroNode& node, dom::element json) {
  dom::array list;
  if (json.get(list)) return false;
  if (list.size() > 0) ByteWriter(out_).zigzag(static_cast<int64_t>(list.size()));
  for (const dom::element item : list) {
    if (!write(node.parts[0], item)) return false;
  }
  out_.push_back(0);
  return true;
}

bool DefaultWriter::members(const AvroNode& node, dom::element json) {
  dom::object list;
  if (json.get(list)) return false;
  if (list.size() > 0) ByteWriter(out_).zigzag(static_cast<int64_t>(list.size()));
  for (const dom::key_value_pair member : list) {
    ByteWriter(out_).zigzag(static_cast<int64_t>(member.key.size()));
    out_ += member.key;
    if (!write(node.parts[0], member.value)) return false;
  }
  out_.push_back(0);
  return true;
}

// The rules know the first branch alone; others are met in the wild.
bool DefaultWriter::branch(const AvroNode& node, dom::element json) {
  const size_t before = out_.size();
  for (size_t i = 0; i < node.parts.size(); ++i) {
    ByteWriter(out_).zigzag(static_cast<int64_t>(i));
    if (write(node.parts[i], json)) return true;
    out_.resize(before);
  }
  return false;
}

}  // namespace

bool encode_avro_default(const AvroSchema& schema, AvroNodeId type, std::string_view json,
                         std::string& out) {
  dom::parser parser;
  dom::element value;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(value)) return false;
  return DefaultWriter(schema, out).write(type, value);
}

}  // namespace weir::codec
