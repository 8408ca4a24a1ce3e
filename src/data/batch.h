// A batch: a set of equally long columns and a weight for each row. Absent weights mean all +1, the
// fast path of append-only input. A relation is a multiset of rows; a change to it is batches whose
// weights say how often a row comes (+) or goes (-); an update is both.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/column.h"

namespace weir {

struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  bool operator==(const Field&) const = default;
};

struct Schema {
  std::vector<Field> fields;
  size_t size() const { return fields.size(); }
  // Position of a column, or -1.
  int find(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};

using Weights = std::shared_ptr<const std::vector<int64_t>>;

struct Batch {
  std::vector<ColumnPtr> columns;
  uint32_t rows = 0;
  Weights weights;  // null: all +1
  // For rows on their way from a source to where lateness is judged: the watermark as each row met
  // it (int64 micros, one a row). Null: judge by the epoch's watermark. Row-wise operators hand it
  // on.
  ColumnPtr watermarks;

  int64_t weight(uint32_t row) const { return weights ? (*weights)[row] : 1; }
  bool append_only() const { return weights == nullptr; }
  size_t byte_size() const;
};

Batch gather(const Batch& batch, const std::vector<uint32_t>& rows);
Batch slice(const Batch& batch, uint32_t begin, uint32_t count);
Batch empty_batch(const Schema& schema);
Batch with_weights_negated(Batch batch);

// Collects rows of one schema, batch after batch, and hands out one batch.
class BatchBuilder {
 public:
  explicit BatchBuilder(const Schema& schema);
  ColumnBuilder& column(size_t i) { return columns_[i]; }
  size_t width() const { return columns_.size(); }
  void end_row(int64_t weight = 1);  // after one value was appended to each column
  void append(const Batch& batch, uint32_t row, int64_t weight);  // one row of another batch
  void append(const Batch& batch);
  uint32_t rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  Batch finish();  // leaves the builder empty and usable

 private:
  std::vector<ColumnBuilder> columns_;
  std::vector<int64_t> weights_;  // empty while all are +1
  uint32_t rows_ = 0;
};

}  // namespace weir
