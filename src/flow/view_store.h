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
      : schema_(std::move(schema)), key_(std::move(key)) {}

  Status apply(const Batch& change);             // consolidated
  // The same of entries from row to weight (state/entry.h).
  Status add(std::string_view entries);
  // The rows and their weights: whoever loads them says so.
  state::TableBase& table() { return table_; }
  void loaded();
  std::vector<Batch> contents() const;           // weights where a row stands more than once
  Batch whole() const;                           // the same as one batch
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
