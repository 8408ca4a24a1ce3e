#include "engine/pending_change.h"

#include "base/bytes.h"
#include "data/row_encoding.h"

namespace weir::engine {

namespace {
void write_entry(ByteWriter& w, const std::string& row, int64_t weight) {
  w.string(row);
  w.zigzag(weight);  // 0: gone
}
}  // namespace

void PendingChange::set(const std::string& row, int64_t weight) {
  if (weight == 0) {
    if (rows_.erase(row) != 0) bytes_ -= row.size();
    return;
  }
  const auto [it, inserted] = rows_.insert_or_assign(row, weight);
  if (inserted) bytes_ += row.size();
}

void PendingChange::add(const Batch& change) {
  std::string row;
  for (uint32_t i = 0; i < change.rows; ++i) {
    row.clear();
    encode_row(change, i, row);
    const auto it = rows_.find(row);
    set(row, (it == rows_.end() ? 0 : it->second) + change.weight(i));
    dirty_.insert(row);
  }
}

Result<Batch> PendingChange::rows(const Schema& schema) const {
  std::vector<std::pair<int64_t, const std::string*>> order;
  order.reserve(rows_.size());
  for (const auto& [row, weight] : rows_) order.emplace_back(weight, &row);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return (a.first < 0) != (b.first < 0) ? a.first < 0 : *a.second < *b.second;
  });
  BatchBuilder builder(schema);
  for (const auto& [weight, row] : order) {
    if (!decode_row(*row, builder)) {
      return Error(ErrorKind::kCorrupt, 1444, "a waiting change does not fit its view");
    }
    builder.end_row(weight);
  }
  return builder.finish();
}

Result<Batch> PendingChange::take(const Schema& schema) {
  Batch all = TRY(rows(schema));
  for (const auto& [row, weight] : rows_) dirty_.insert(row);
  rows_.clear();
  bytes_ = 0;
  return all;
}

void PendingChange::write_delta(std::string& out) const {
  ByteWriter w(out);
  for (const std::string& row : dirty_) {
    const auto it = rows_.find(row);
    write_entry(w, row, it == rows_.end() ? 0 : it->second);
  }
}

void PendingChange::write_all(std::string& out) const {
  ByteWriter w(out);
  for (const auto& [row, weight] : rows_) write_entry(w, row, weight);
}

Status PendingChange::apply(std::string_view delta) {
  ByteReader r(delta);
  while (!r.at_end()) {
    const std::string row(r.string());
    const int64_t weight = r.zigzag();
    if (!r.ok()) return Error(ErrorKind::kCorrupt, 1444, "a waiting change is damaged");
    set(row, weight);
  }
  return {};
}

void PendingChange::clear() {
  rows_.clear();
  dirty_.clear();
  bytes_ = 0;
}

}  // namespace weir::engine
