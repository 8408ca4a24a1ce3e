// An Avro schema as a tree: JSON text to nodes that know each other by number, with full names,
// defaults and logical types settled. Named types may refer to themselves, so a walk over the nodes
// needs a bound of its own; the tree itself is bounded in size and in the depth of its text.
// Source: Apache Avro 1.12, "Specification".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::codec {

enum class AvroKind : uint8_t {
  kNull, kBoolean, kInt, kLong, kFloat, kDouble, kBytes, kString,
  kRecord, kEnum, kArray, kMap, kUnion, kFixed,
};
const char* avro_kind_name(AvroKind kind);

enum class AvroLogical : uint8_t {
  kNone, kDecimal, kDate, kTimeMillis, kTimeMicros, kTimestampMillis, kTimestampMicros,
  kTimestampNanos, kLocalMillis, kLocalMicros, kLocalNanos, kUuid, kDuration,
};

using AvroNodeId = uint32_t;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  AvroNodeId type = 0;
  std::optional<std::string> default_json;
};

struct AvroNode {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  int scale = 0;                        // decimal
  uint64_t size = 0;                    // fixed
  std::string name;                     // record, enum, fixed: the full name
  std::vector<std::string> aliases;     // full names
  std::vector<AvroField> fields;        // record
  std::vector<std::string> symbols;     // enum
  std::optional<std::string> fallback;  // enum: its default
  std::vector<AvroNodeId> parts;        // array, map: the item; union: the branches
};

class AvroSchema {
 public:
  // `references`: texts of schemas that define names used here, each behind what it uses itself.
  // Errors: kInvalidData 1850.
  static Result<AvroSchema> parse(std::string_view text,
                                  const std::vector<std::string>& references = {});
  const AvroNode& node(AvroNodeId id) const { return nodes_[id]; }
  AvroNodeId root() const { return root_; }
  size_t size() const { return nodes_.size(); }

 private:
  AvroSchema() = default;
  std::vector<AvroNode> nodes_;
  AvroNodeId root_ = 0;
};

}  // namespace weir::codec
