// Rows to bytes: NDJSON objects, CSV lines. Values as PostgreSQL's to_json (JSON) and text forms
// (CSV).
#pragma once
#include <memory>
#include <string>

#include "data/batch.h"

namespace weir::codec {

enum class OutputFormat : uint8_t { kJson, kCsv };

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::string header() = 0;  // of a file: CSV column names with newline; else empty
  // Appends the record without newline.
  virtual void encode(const Batch& batch, uint32_t row, std::string& out) = 0;
};

std::unique_ptr<Encoder> make_encoder(OutputFormat format, const Schema& schema);

}  // namespace weir::codec
