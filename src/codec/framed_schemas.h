// Records in a registry's frame: a byte 0, the number of the writer's schema in 4 bytes, the
// highest first, and the record. What was made of the schemas met so far is kept by number; a
// number that could not be used is asked for again each time, which the source of schemas bounds.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codec/schema_source.h"

namespace weir::codec {

constexpr size_t kFrameBytes = 5;

inline bool is_framed(std::string_view record) {
  return record.size() >= kFrameBytes && record[0] == '\0';
}
inline uint32_t frame_number(std::string_view record) {
  uint32_t id = 0;
  for (size_t i = 1; i < kFrameBytes; ++i) id = (id << 8) | static_cast<uint8_t>(record[i]);
  return id;
}
inline std::string unframed_reason(std::string_view record) {
  const bool guid = record.size() > 16 && record[0] == '\1';
  return guid ? "schemas named by GUID (magic byte 1) are not supported yet"
              : "the record does not begin with a magic byte 0 and the number of a schema";
}

// `Made`: what a format makes of a schema.
template <class Made>
class FramedSchemas {
 public:
  struct Known {
    std::unique_ptr<Made> made;  // null: `refusal` says why
    std::string refusal;
  };

  FramedSchemas(std::shared_ptr<const SchemaSource> source, std::string type)
      : source_(std::move(source)), type_(std::move(type)) {}
  explicit operator bool() const { return source_ != nullptr; }

  // `make`: WriterSchema to Result<unique_ptr<Made>>.
  template <class Make>
  Status prepare(const std::vector<std::string_view>& records, const Make& make) {
    uint32_t last = 0;
    bool any = false;
    for (const std::string_view record : records) {
      if (!is_framed(record)) continue;
      const uint32_t id = frame_number(record);
      if (any && id == last) continue;
      TRY_VOID(look_up(id, make));
      last = id;
      any = true;
    }
    return {};
  }

  // What a framed record is read with, or why it cannot be.
  template <class Make>
  Made* find(std::string_view record, const Make& make, std::string* reason) {
    const uint32_t id = frame_number(record);
    auto known = known_.find(id);
    if (known == known_.end()) {
      if (const Status found = look_up(id, make); !found) {
        *reason = found.error().primary();
        return nullptr;
      }
      known = known_.find(id);
    }
    if (known->second.made) return known->second.made.get();
    *reason = "schema " + std::to_string(id) + " cannot be used: " + known->second.refusal;
    return nullptr;
  }

 private:
  template <class Make>
  Status look_up(uint32_t id, const Make& make) {
    if (const auto known = known_.find(id); known != known_.end() && known->second.made) return {};
    auto schema = source_->by_id(id);
    if (!schema && schema.error().kind() == ErrorKind::kUnavailable) {
      return std::move(schema).error();
    }
    Known& known = known_[id];
    if (!schema) {
      known.refusal = schema.error().primary();
    } else if (schema->type != type_) {
      known.refusal = "its schema is of type " + schema->type + ", not " + type_;
    } else if (auto made = make(*schema); made) {
      known.made = std::move(*made);
    } else {
      known.refusal = made.error().primary();
    }
    return {};
  }

  std::shared_ptr<const SchemaSource> source_;
  std::string type_;
  std::map<uint32_t, Known> known_;
};

}  // namespace weir::codec
