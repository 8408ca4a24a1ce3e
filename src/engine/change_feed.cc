#include "engine/change_feed.h"

#include <fmt/core.h>

#include "engine/query.h"

namespace weir::engine {

namespace {

constexpr Micros kWait = 50'000;  // so long a cancel may go unnoticed

Schema subscribed_schema(const Schema& of, bool progress) {
  Schema schema;
  schema.fields.push_back({"weir_time", TypeId::kInt8, false});
  if (progress) schema.fields.push_back({"weir_progressed", TypeId::kBool, false});
  schema.fields.push_back({"weir_diff", TypeId::kInt8, progress});
  for (Field field : of.fields) {
    field.nullable = field.nullable || progress;
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

// What goes stands before what comes, so that a reader never holds a key twice.
std::vector<uint32_t> deletes_first(const Batch& batch) {
  std::vector<uint32_t> order;
  for (const bool deletes : {true, false}) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      if ((batch.weight(row) < 0) == deletes && batch.weight(row) != 0) order.push_back(row);
    }
  }
  return order;
}

}  // namespace

Error subscription_over(const std::string& reason) {
  return Error(ErrorKind::kUnavailable, 1710, fmt::format("the subscription has ended: {}", reason))
      .hint("subscribe again: it begins with the contents")
      .sqlstate("55000");
}

SubscribedRows::SubscribedRows(std::unique_ptr<ChangeFeed> feed, sql::Subscribe options,
                               const std::atomic<bool>& cancelled)
    : feed_(std::move(feed)),
      options_(options),
      cancelled_(cancelled),
      schema_(subscribed_schema(feed_->schema(), options.progress)) {}

Batch SubscribedRows::rows_of(const connect::EpochChanges& changes) {
  BatchBuilder rows(schema_);
  const size_t before = options_.progress ? 3 : 2;
  for (const uint32_t row : deletes_first(changes.batch)) {
    size_t column = 0;
    rows.column(column++).append<int64_t>(static_cast<int64_t>(changes.epoch.value));
    if (options_.progress) rows.column(column++).append_bool(false);
    rows.column(column).append<int64_t>(changes.batch.weight(row));
    for (size_t i = 0; i + before < schema_.size(); ++i) {
      rows.column(before + i).append_from(*changes.batch.columns[i], row);
    }
    rows.end_row();
  }
  if (options_.progress) append_progress(rows, changes.epoch);
  return rows.finish();
}

void SubscribedRows::append_progress(BatchBuilder& rows, Epoch told) {
  rows.column(0).append<int64_t>(static_cast<int64_t>(told.value) + 1);
  rows.column(1).append_bool(true);
  for (size_t i = 2; i < schema_.size(); ++i) rows.column(i).append_null();
  rows.end_row();
  progressed_ = told;
}

Batch SubscribedRows::progress(Epoch told) {
  BatchBuilder rows(schema_);
  if (options_.progress && progressed_ != told) append_progress(rows, told);
  return rows.finish();
}

Result<std::optional<Batch>> SubscribedRows::next() {
  if (cancelled_) return cancelled_by_user();
  if (auto changes = TRY(feed_->next(kWait))) return std::optional(rows_of(*changes));
  const Epoch position = feed_->position();
  if (auto changes = TRY(feed_->next(0))) return std::optional(rows_of(*changes));
  return std::optional(progress(position));
}

}  // namespace weir::engine
