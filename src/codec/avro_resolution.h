// The writer's schema seen through the reader's: what is read, skipped, filled by a default or
// refused, settled once so that decoding asks nothing. Where the reader has no schema of its own,
// the writer's is both. A mismatch is no error here but a node that says so: it matters only where
// a record brings such a value (a union's other branches stay readable).
#pragma once
#include <memory>

#include "codec/avro_schema.h"

namespace weir::codec {

using AvroPlaceId = uint32_t;

// One place where a value of the writer's is read as one of the reader's.
struct AvroPlace {
  AvroKind kind = AvroKind::kNull;   // what stands in the bytes
  AvroKind as = AvroKind::kNull;     // what it is promoted to
  AvroLogical logical = AvroLogical::kNone;
  int scale = 0;
  uint64_t size = 0;
  std::string refusal;               // not empty: such a value cannot be read, and why
  struct Part {
    std::string name;                // record: the reader's
    AvroPlaceId place = 0;
    bool wanted = true;              // false: the reader has no such field
  };
  std::vector<Part> parts;           // record: by the writer's order; item; branches
  struct Default {
    std::string name;
    AvroPlaceId place = 0;           // reads `bytes`
    std::string bytes;
  };
  std::vector<Default> defaults;     // of fields that the writer does not know
  std::vector<std::string> symbols;  // enum: by the writer's number; empty: not the reader's
};

class AvroResolution {
 public:
  // `reader` null: read as written.
  static AvroResolution make(const AvroSchema& writer, const AvroSchema* reader);
  const AvroPlace& place(AvroPlaceId id) const { return places_[id]; }
  AvroPlaceId root() const { return 0; }

 private:
  friend class AvroResolver;
  std::vector<AvroPlace> places_;
};

// A field's default in JSON as bytes of its type; false: it is no value of it.
bool encode_avro_default(const AvroSchema& schema, AvroNodeId type, std::string_view json,
                         std::string& out);

}  // namespace weir::codec
