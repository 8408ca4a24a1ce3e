// Generated rows: expressions over hidden columns that are pure functions of (seed, row number), so
// that row i is the same whenever and wherever it is made, and a position is a row number.
//
//   i           bigint       number of the row, from 0
//   event_time  timestamptz  start + i / rate, set back where the row is a late one
//   u1 .. u9    double       independent, uniform in [0, 1)
//   n1 .. n3    double       independent, normal with mean 0 and deviation 1
#pragma once
#include "base/ids.h"
#include "data/batch.h"

namespace weir::connect {

Schema generate_input_schema();

struct GenerateSettings {
  uint64_t seed = 1;
  double rate = 100;          // rows a second of event time
  Micros start = 0;           // event_time of row 0
  double late = 0;            // share of rows set back by up to late_by
  Micros late_by = 30'000'000;
  double duplicates = 0;      // share of rows that repeat the row before
  double broken = 0;          // share of records that cannot be decoded
};

// The hidden columns of rows [first, first + count).
Batch generate_inputs(const GenerateSettings& settings, int64_t first, uint32_t count);
// The time at which a row is due: its event_time, had it come in order.
Micros generated_time(const GenerateSettings& settings, int64_t row);
bool is_broken(const GenerateSettings& settings, int64_t row);

}  // namespace weir::connect
