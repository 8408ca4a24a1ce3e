#include "http/json_writer.h"

#include <cmath>

#include <fmt/core.h>

namespace weir::http {

// JSON has no infinities: what is not a number is null.
JsonWriter& JsonWriter::value(double v) {
  return raw(std::isfinite(v) ? fmt::format("{}", v) : "null");
}

}  // namespace weir::http
