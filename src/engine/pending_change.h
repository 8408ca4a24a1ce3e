// The changes of a view that wait for the next `emit: every`: a consolidated multiset of rows with
// weights of either sign, durable with the epoch like any keyed state.
#pragma once
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "data/batch.h"
#include "state/table.h"

namespace weir::engine {

class PendingChange final : public state::TableBase {
 public:
  void add(const Batch& change);
  Result<Batch> rows(const Schema& schema) const;  // deletes come before inserts
  Result<Batch> take(const Schema& schema);        // the same, and empties it
  bool empty() const { return rows_.empty(); }

  void write_delta(std::string& out) const override;
  void write_all(std::string& out) const override;
  Status apply(std::string_view delta) override;
  void clear_dirty() override { dirty_.clear(); }
  void clear() override;
  uint64_t size() const override { return rows_.size(); }
  uint64_t byte_size() const override { return bytes_; }
  uint64_t dirty_count() const override { return dirty_.size(); }

 private:
  void set(const std::string& row, int64_t weight);
  std::unordered_map<std::string, int64_t> rows_;
  std::unordered_set<std::string> dirty_;
  uint64_t bytes_ = 0;
};

}  // namespace weir::engine
