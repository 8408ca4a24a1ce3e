#include "flow/top_n.h"

#include <map>
#include <unordered_map>

#include "data/row_encoding.h"
#include "flow/keyed_rows.h"
#include "flow/leaving.h"
#include "state/index.h"

namespace weir::flow {

namespace {

// A row in its partition: by the order asked for, then by all columns, then by its bytes.
struct Place {
  std::string order;
  std::string rest;
  std::string row;
  auto operator<=>(const Place&) const = default;
};
using Sorted = std::map<Place, int64_t>;
using Window = std::map<std::string, int64_t>;  // row -> how often

std::string table_key(std::string_view partition, const Place& place) {
  std::string out;
  ByteWriter w(out);
  w.string(partition);
  w.string(place.order);
  w.string(place.rest);
  w.raw(place.row);
  return out;
}

class TopN final : public Operator {
 public:
  TopN(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        input_(node.schema, options.expiry(0)),
        spec_(std::get<plan::TopNSpec>(node.spec)),
        forgets_(node.inputs[0]->properties.append_only && spec_.limit) {
    for (uint32_t i = 0; i < schema_.size(); ++i) all_columns_.push_back({i, false, false});
  }

  void push(int, const Batch& pushed, const EpochContext& epoch, Output&) override {
    restore();
    const Batch delta = input_.in_time(pushed, epoch);
    RowBytes partitions;
    RowBytes orders;
    RowBytes rests;
    RowBytes rows;
    encode_keys(delta, ascending(spec_.partition), partitions);
    encode_keys(delta, spec_.order, orders);
    encode_keys(delta, all_columns_, rests);
    encode_rows(delta, rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      Place place{std::string(orders[i]), std::string(rests[i]), std::string(rows[i])};
      const std::string partition(partitions[i]);
      if (!partitions_.contains(partition)) leaving_.add(input_.leaves_at(delta, i), partition);
      add(partition, std::move(place), delta.weight(i));
    }
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const auto& [partition, before] : before_) {
      const auto at = partitions_.find(partition);
      Sorted::const_iterator end;
      const Window now = window_of(at->second, &end);
      emit_difference(before, now, builder);
      if (forgets_) forget(partition, at->second, end);
      if (at->second.empty()) partitions_.erase(at);
    }
    before_.clear();
    if (!builder.empty()) out.emit(builder.finish());
  }

  void leave(const EpochContext& epoch) override {
    restore();
    leaving_.take(epoch.next_watermark, [&](Micros, const std::string& partition) {
      const auto at = partitions_.find(partition);
      if (at == partitions_.end()) return;
      forget(partition, at->second, at->second.begin());
      partitions_.erase(at);
    });
  }

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  void add(const std::string& partition, Place place, int64_t weight) {
    Sorted& sorted = partitions_[partition];
    if (!before_.contains(partition)) before_.emplace(partition, window_of(sorted, nullptr));
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(table_key(partition, place), &inserted);
    table_.touch(id);
    int64_t& n = table_.value(id).n;
    n += weight;
    if (n == 0) {
      sorted.erase(place);
      table_.erase(id);
    } else {
      sorted[std::move(place)] = n;
    }
  }

  // After recovery the sorted order follows from the table.
  void restore() {
    if (restored_) return;
    restored_ = true;
    table_.for_each([&](uint32_t id) {
      ByteReader r(table_.key(id));
      const std::string partition(r.string());
      Place place{std::string(r.string()), std::string(r.string()), {}};
      place.row = table_.key(id).substr(r.position());
      if (!partitions_.contains(partition)) leaving_.add(input_.leaves_at(place.row), partition);
      partitions_[partition][std::move(place)] = table_.value(id).n;
    });
  }

  // *end: the first row that neither the window nor what it skips holds.
  Window window_of(const Sorted& sorted, Sorted::const_iterator* end) const {
    Window window;
    uint64_t skip = spec_.offset;
    uint64_t left = spec_.limit.value_or(UINT64_MAX);
    const std::string* last = nullptr;  // the order of the window's last row
    auto at = sorted.begin();
    for (; at != sorted.end(); ++at) {
      const bool tie = spec_.with_ties && last && at->first.order == *last;
      if (left == 0 && !tie) break;
      if (at->second <= 0) continue;
      const auto n = static_cast<uint64_t>(at->second);
      const uint64_t skipped = std::min(skip, n);
      skip -= skipped;
      uint64_t taken = std::min(left, n - skipped);
      left -= taken;
      if (spec_.with_ties && (tie || taken > 0)) taken = n - skipped;
      if (taken == 0) continue;
      window[at->first.row] += static_cast<int64_t>(taken);
      last = &at->first.order;
    }
    if (end) *end = at;
    return window;
  }

  static void emit_difference(const Window& before, const Window& now, BatchBuilder& builder) {
    for (const auto& [row, n] : before) {
      const auto it = now.find(row);
      const int64_t by = (it == now.end() ? 0 : it->second) - n;
      if (by != 0) append_row(builder, row, by);
    }
    for (const auto& [row, n] : now) {
      if (!before.contains(row)) append_row(builder, row, n);
    }
  }

  void forget(const std::string& partition, Sorted& sorted, Sorted::const_iterator from) {
    for (auto at = from; at != sorted.end(); ++at) {
      table_.erase(table_.find(table_key(partition, at->first)));
    }
    sorted.erase(from, sorted.end());
  }

  const Schema schema_;
  const ExpiringInput input_;
  const plan::TopNSpec spec_;
  const bool forgets_;
  std::vector<SortColumn> all_columns_;
  state::Table<state::Weight> table_;
  std::unordered_map<std::string, Sorted> partitions_;
  Leaving<std::vector<std::string>> leaving_;  // partitions
  std::map<std::string, Window> before_;  // of the partitions that the epoch touches
  bool restored_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_top_n(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<TopN>(node, options);
}

}  // namespace weir::flow
