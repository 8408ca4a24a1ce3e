#include "data/batch.h"

namespace weir {

int Schema::find(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

size_t Batch::byte_size() const {
  size_t bytes = sizeof(Batch) + (weights ? weights->capacity() * sizeof(int64_t) : 0);
  for (const ColumnPtr& column : columns) bytes += column->byte_size();
  return bytes;
}

Batch gather(const Batch& batch, const std::vector<uint32_t>& rows) {
  Batch out;
  out.rows = static_cast<uint32_t>(rows.size());
  for (const ColumnPtr& column : batch.columns) {
    if (column->is_constant() && out.rows > 0) {
      out.columns.push_back(Column::resize_constant(column, out.rows));
      continue;
    }
    ColumnBuilder builder(column->type());
    builder.append_gather(*column, rows.data(), out.rows);
    out.columns.push_back(builder.finish());
  }
  if (batch.watermarks) {
    ColumnBuilder builder(batch.watermarks->type());
    builder.append_gather(*batch.watermarks, rows.data(), out.rows);
    out.watermarks = builder.finish();
  }
  if (batch.weights) {
    std::vector<int64_t> weights;
    weights.reserve(rows.size());
    for (const uint32_t row : rows) weights.push_back((*batch.weights)[row]);
    out.weights = std::make_shared<const std::vector<int64_t>>(std::move(weights));
  }
  return out;
}

Batch slice(const Batch& batch, uint32_t begin, uint32_t count) {
  if (begin == 0 && count == batch.rows) return batch;
  std::vector<uint32_t> rows(count);
  for (uint32_t i = 0; i < count; ++i) rows[i] = begin + i;
  return gather(batch, rows);
}

Batch empty_batch(const Schema& schema) { return BatchBuilder(schema).finish(); }

Batch with_weights_negated(Batch batch) {
  std::vector<int64_t> weights(batch.rows);
  for (uint32_t i = 0; i < batch.rows; ++i) weights[i] = -batch.weight(i);
  batch.weights = std::make_shared<const std::vector<int64_t>>(std::move(weights));
  return batch;
}

BatchBuilder::BatchBuilder(const Schema& schema) {
  columns_.reserve(schema.size());
  for (const Field& field : schema.fields) columns_.emplace_back(field.type);
}

void BatchBuilder::end_row(int64_t weight) {
  if (weight != 1 && weights_.empty()) weights_.resize(rows_, 1);
  if (weight != 1 || !weights_.empty()) weights_.push_back(weight);
  ++rows_;
}

void BatchBuilder::append(const Batch& batch, uint32_t row, int64_t weight) {
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i].append_from(*batch.columns[i], row);
  end_row(weight);
}

void BatchBuilder::append(const Batch& batch) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].append_slice(*batch.columns[i], 0, batch.rows);
  }
  if (batch.weights || !weights_.empty()) {
    weights_.resize(rows_, 1);
    for (uint32_t i = 0; i < batch.rows; ++i) weights_.push_back(batch.weight(i));
  }
  rows_ += batch.rows;
}

Batch BatchBuilder::finish() {
  Batch batch;
  batch.rows = rows_;
  for (ColumnBuilder& column : columns_) batch.columns.push_back(column.finish());
  if (!weights_.empty()) {
    batch.weights = std::make_shared<const std::vector<int64_t>>(std::move(weights_));
  }
  weights_.clear();
  rows_ = 0;
  return batch;
}

}  // namespace weir
