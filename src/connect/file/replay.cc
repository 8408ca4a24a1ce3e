#include "connect/file/replay.h"

#include "data/calendar.h"

namespace weir::connect {

Delivery join_deliveries(std::vector<Delivery> parts) {
  Delivery out = std::move(parts.front());
  if (parts.size() == 1) return out;
  std::vector<ColumnBuilder> builders;
  for (const ColumnPtr& column : out.batch.columns) builders.emplace_back(column->type());
  parts.front().batch = out.batch;
  out.batch.rows = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Batch& batch = parts[i].batch;
    for (size_t c = 0; c < builders.size(); ++c) {
      builders[c].append_slice(*batch.columns[c], 0, batch.rows);
    }
    out.batch.rows += batch.rows;
    if (i == 0) continue;
    for (DeadLetter& dead : parts[i].dead) out.dead.push_back(std::move(dead));
    out.next = std::move(parts[i].next);
    out.records += parts[i].records;
    out.bytes += parts[i].bytes;
  }
  for (size_t c = 0; c < builders.size(); ++c) out.batch.columns[c] = builders[c].finish();
  return out;
}

std::optional<Micros> event_time_of(const Column& column, uint32_t row) {
  if (column.is_null(row)) return std::nullopt;
  if (column.type().id == TypeId::kDate) return micros_of_date(column.value<int32_t>(row));
  if (!column.type().is_time()) return std::nullopt;
  return column.value<Micros>(row);
}

}  // namespace weir::connect
