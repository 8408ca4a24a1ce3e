// Rows to bytes: NDJSON objects, CSV lines, Avro, Protobuf. Values as PostgreSQL's to_json (JSON)
// and text forms (CSV); output_schema.h says what formats with a schema make of them.
#pragma once
#include <memory>
#include <string>

#include "data/batch.h"

namespace weir::codec {

// The numbers reach disk (a sink that changes its format is a new one).
enum class OutputFormat : uint8_t { kJson, kCsv = 1, kAvro = 2, kProtobuf = 3, kJsonSchema = 4 };
inline bool has_schema(OutputFormat format) { return format >= OutputFormat::kAvro; }

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::string header() = 0;  // of a file: CSV column names with newline; else empty
  // Appends the record without newline.
  virtual void encode(const Batch& batch, uint32_t row, std::string& out) = 0;
};

std::unique_ptr<Encoder> make_encoder(OutputFormat format, const Schema& schema);

}  // namespace weir::codec
