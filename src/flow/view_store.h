// The contents of a view: a multiset of rows, as of the last applied change. What queries read. No
// row's weight is ever negative after a change: that would be a bug of an operator, and ends the
// process.
//
// Threads: written by the pipeline, read by queries, both under the pipeline's lock.
#pragma once
#include "data/batch.h"
#include "state/index.h"

namespace weir::flow {

class ViewStore {
 public:
  ViewStore(Schema schema, std::vector<uint32_t> key)
      : schema_(std::move(schema)), key_(std::move(key)) {
    table_.allow_spill();
  }

  Status apply(const Batch& change);             // consolidated
  // The same of entries from row to weight (state/entry.h).
  Status add(std::string_view entries);
  // The rows and their weights: whoever loads them says so.
  state::TableBase& table() { return table_; }
  Status loaded();
  // Weights where a row stands more than once. contents() and whole() are for stores of which
  // nothing is on disk; read() reads what is there too.
  std::vector<Batch> contents() const;
  Batch whole() const;
  Result<std::vector<Batch>> read() const;
  Result<Batch> read_whole() const;
  uint64_t rows() const { return rows_; }        // counting repetitions
  const Schema& schema() const { return schema_; }
  const std::vector<uint32_t>& key() const { return key_; }

  uint64_t byte_size() const { return table_.byte_size(); }
  void clear_dirty() { table_.clear_dirty(); }
  void clear();

 private:
  Schema schema_;
  std::vector<uint32_t> key_;
  state::Table<state::Weight> table_;  // row -> weight
  uint64_t rows_ = 0;
};

}  // namespace weir::flow
