#include "connect/generate/generate.h"

#include <cmath>

#include "base/hash.h"
#include "base/random.h"

namespace weir::connect {

namespace {

constexpr int kUniform = 9;
constexpr int kNormal = 3;
// Streams of random numbers of a row; the numbers of u and n are 1 to 9 and 11 to 16.
constexpr uint64_t kLateStream = 30;
constexpr uint64_t kLateByStream = 31;
constexpr uint64_t kDuplicateStream = 32;
constexpr uint64_t kBrokenStream = 33;

double unit(const GenerateSettings& settings, int64_t row, uint64_t stream) {
  const uint64_t state = mix64(settings.seed * 0x9e3779b97f4a7c15ULL + static_cast<uint64_t>(row)) +
                         stream * 0xbf58476d1ce4e5b9ULL;
  return Random(state).unit();
}

double normal(const GenerateSettings& settings, int64_t row, uint64_t n) {
  const double u = 1 - unit(settings, row, 10 + 2 * n - 1);  // in (0, 1]
  const double v = unit(settings, row, 10 + 2 * n);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

// A duplicate stands for the nearest row before it that is none.
int64_t original_of(const GenerateSettings& settings, int64_t row) {
  while (row > 0 && settings.duplicates > 0 &&
         unit(settings, row, kDuplicateStream) < settings.duplicates) {
    --row;
  }
  return row;
}

Micros event_time(const GenerateSettings& settings, int64_t row) {
  const Micros due = generated_time(settings, row);
  if (settings.late <= 0 || unit(settings, row, kLateStream) >= settings.late) return due;
  const double by = unit(settings, row, kLateByStream) * static_cast<double>(settings.late_by);
  return due - static_cast<Micros>(by);
}

}  // namespace

Schema generate_input_schema() {
  Schema schema;
  schema.fields.push_back({"i", TypeId::kInt8, false});
  schema.fields.push_back({"event_time", TypeId::kTimestamptz, false});
  for (int k = 1; k <= kUniform; ++k) {
    schema.fields.push_back({"u" + std::to_string(k), TypeId::kFloat8, false});
  }
  for (int k = 1; k <= kNormal; ++k) {
    schema.fields.push_back({"n" + std::to_string(k), TypeId::kFloat8, false});
  }
  return schema;
}

Micros generated_time(const GenerateSettings& settings, int64_t row) {
  return settings.start + static_cast<Micros>(static_cast<double>(row) * 1e6 / settings.rate);
}

bool is_broken(const GenerateSettings& settings, int64_t row) {
  return settings.broken > 0 && unit(settings, row, kBrokenStream) < settings.broken;
}

Batch generate_inputs(const GenerateSettings& settings, int64_t first, uint32_t count) {
  BatchBuilder builder(generate_input_schema());
  for (uint32_t n = 0; n < count; ++n) {
    const int64_t row = original_of(settings, first + n);
    builder.column(0).append(row);
    builder.column(1).append(event_time(settings, row));
    for (int k = 1; k <= kUniform; ++k) {
      builder.column(static_cast<size_t>(1 + k))
          .append(unit(settings, row, static_cast<uint64_t>(k)));
    }
    for (int k = 1; k <= kNormal; ++k) {
      builder.column(static_cast<size_t>(1 + kUniform + k))
          .append(normal(settings, row, static_cast<uint64_t>(k)));
    }
    builder.end_row();
  }
  return builder.finish();
}

}  // namespace weir::connect
