// The records of a pushed body, each one JSON object as text (or a raw line).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::connect {

enum class BodyFormat : uint8_t { kJson, kNdjson, kCsv, kLines };

// From a Content-Type header; parameters behind ';' do not matter. kNotSupported names it.
Result<BodyFormat> body_format(std::string_view content_type);

// kInvalidData where the body cannot be split, or a record is longer than `max_record_bytes`, or
// there are more than `max_records`.
Result<std::vector<std::string>> records_of_body(std::string_view body, BodyFormat format,
                                                 size_t max_record_bytes, size_t max_records);

}  // namespace weir::connect
