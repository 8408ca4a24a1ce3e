// Where schemas come from that records name by a number: a schema registry.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::codec {

struct NamedSchema {
  std::string name;  // as the schema that uses it has it: "common/money.proto"
  std::string text;
};

struct WriterSchema {
  std::string type = "AVRO";            // AVRO, JSON, PROTOBUF
  std::string text;
  std::vector<NamedSchema> references;  // each behind what it uses itself
};

// Threads: any.
class SchemaSource {
 public:
  virtual ~SchemaSource() = default;
  // Errors: kUnavailable (worth another try), any other kind: there is no such schema to be had.
  virtual Result<WriterSchema> by_id(uint32_t id) const = 0;
};

}  // namespace weir::codec
