#include "flow/over.h"

#include <set>

#include "data/row_encoding.h"
#include "flow/leaving.h"
#include "flow/over_call.h"

namespace weir::flow {

namespace {

// Of a row in the table, whose key is: partition, sort key, the row's own key, the row. None of
// the keys is the beginning of another one, so the bytes sort as the columns do.
struct PlacedRow {
  int64_t stood = 0;        // how often, when the epoch began
  int64_t stands = 0;
  uint32_t partition_end = 0;
  uint32_t order_end = 0;
  uint32_t row_begin = 0;

  void encode(std::string& out) const {
    ByteWriter w(out);
    w.zigzag(stands);
    w.varint(partition_end);
    w.varint(order_end);
    w.varint(row_begin);
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    stood = stands = r.zigzag();
    partition_end = static_cast<uint32_t>(r.varint());
    order_end = static_cast<uint32_t>(r.varint());
    row_begin = static_cast<uint32_t>(r.varint());
    return r.ok() && r.at_end() && partition_end <= order_end && order_end <= row_begin;
  }
  size_t heap_bytes() const { return 0; }
};

using Rows = state::Table<PlacedRow>;

struct ByKey {
  using is_transparent = void;
  const Rows* rows;
  bool operator()(uint32_t a, uint32_t b) const { return rows->key(a) < rows->key(b); }
  bool operator()(uint32_t a, std::string_view key) const { return rows->key(a) < key; }
  bool operator()(std::string_view key, uint32_t a) const { return key < rows->key(a); }
};

// The results of a partition's rows, by position.
struct Results {
  OverRows rows;
  RowBytes bytes;
  RowErrors errors;
  RowErrors dead;    // by row: of arguments; the window is as if these rows were not there
};

class Over final : public Operator {
 public:
  Over(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        input_schema_(node.inputs[0]->schema),
        input_(input_schema_, options.expiry(0)),
        spec_(std::get<plan::OverSpec>(node.spec)),
        on_error_(options.on_error),
        sorted_(ByKey{&rows_}) {
    for (uint32_t i = 0; i < input_schema_.size(); ++i) whole_row_.push_back({i, false, false});
  }

  void push(int, const Batch& pushed, const EpochContext& epoch, Output&) override {
    restore();
    const Batch delta = input_.in_time(pushed, epoch);
    encode_keys(delta, ascending(spec_.partition), partitions_);
    encode_keys(delta, spec_.order, orders_);
    encode_keys(delta, whole_row_, keys_);
    encode_rows(delta, bytes_);
    for (uint32_t i = 0; i < delta.rows; ++i) add(delta, i);
  }

  void finish(const EpochContext& epoch, Output& out) override {
    BatchBuilder result(schema_);
    for (const std::string& partition : touched_) revise(partition, epoch, result);
    touched_.clear();
    if (!result.empty()) out.emit(result.finish());
  }

  void leave(const EpochContext& epoch) override {
    restore();
    leaving_.take(epoch.next_watermark, [&](Micros, const std::string& partition) {
      for (const uint32_t id : rows_of(partition)) {
        sorted_.erase(id);
        rows_.erase(id);
      }
    });
  }

  std::vector<state::TableBase*> tables() override { return {&rows_}; }

 private:
  void add(const Batch& delta, uint32_t row) {
    key_.clear();
    key_ += partitions_.size() > 0 ? partitions_[row] : std::string_view();
    const auto partition_end = static_cast<uint32_t>(key_.size());
    key_ += orders_.size() > 0 ? orders_[row] : std::string_view();
    const auto order_end = static_cast<uint32_t>(key_.size());
    key_ += keys_[row];
    const auto row_begin = static_cast<uint32_t>(key_.size());
    key_ += bytes_[row];
    bool inserted = false;
    const uint32_t id = rows_.find_or_insert(key_, &inserted);
    PlacedRow& placed = rows_.value(id);
    if (inserted) {
      placed = {0, 0, partition_end, order_end, row_begin};
      sorted_.insert(id);
    }
    placed.stands += delta.weight(row);
    rows_.touch(id);
    const std::string_view partition = std::string_view(key_).substr(0, partition_end);
    if (touched_.contains(partition)) return;
    touched_.emplace(partition);
    leaving_.add(input_.leaves_at(delta, row), std::string(partition));
  }

  // After recovery the order follows from the table.
  void restore() {
    if (restored_) return;
    restored_ = true;
    rows_.for_each([&](uint32_t id) {
      sorted_.insert(id);
      if (!input_.expires()) return;
      const std::string_view partition = rows_.key(id).substr(0, rows_.value(id).partition_end);
      leaving_.add(input_.leaves_at(row_bytes(id)), std::string(partition));
    });
  }

  // The rows of a partition in order.
  std::vector<uint32_t> rows_of(const std::string& partition) const {
    std::vector<uint32_t> ids;
    for (auto it = sorted_.lower_bound(std::string_view(partition));
         it != sorted_.end() && rows_.key(*it).starts_with(partition); ++it) {
      ids.push_back(*it);
    }
    return ids;
  }

  std::string_view row_bytes(uint32_t id) const {
    return rows_.key(id).substr(rows_.value(id).row_begin);
  }

  void revise(const std::string& partition, const EpochContext& epoch, BatchBuilder& result) {
    const std::vector<uint32_t> ids = rows_of(partition);
    const bool changed = std::any_of(ids.begin(), ids.end(), [&](uint32_t id) {
      return rows_.value(id).stood != rows_.value(id).stands;
    });
    if (changed) {
      BatchBuilder builder(input_schema_);
      for (const uint32_t id : ids) {
        WEIR_CHECK(decode_row(row_bytes(id), builder));
        builder.end_row();
      }
      const Batch rows = builder.finish();
      const Results before = evaluate(ids, rows, &PlacedRow::stood);
      const Results after = evaluate(ids, rows, &PlacedRow::stands);
      emit_difference(ids, before, after, epoch, result);
    }
    for (const uint32_t id : ids) settle(id);
  }

  void settle(uint32_t id) {
    PlacedRow& placed = rows_.value(id);
    placed.stood = placed.stands;
    if (placed.stands != 0) return;
    sorted_.erase(id);
    rows_.erase(id);
  }

  Results evaluate(const std::vector<uint32_t>& ids, const Batch& rows,
                   int64_t PlacedRow::*count) const {
    Results results;
    while (!evaluate(ids, rows, count, results)) {}
    return results;
  }

  // Over the rows that are not dead. False: more of them are.
  bool evaluate(const std::vector<uint32_t>& ids, const Batch& rows, int64_t PlacedRow::*count,
                Results& results) const {
    results.rows = {};
    results.errors.clear();
    results.rows.rows = &rows;
    size_t next_dead = 0;
    for (uint32_t i = 0; i < ids.size(); ++i) {
      if (next_dead < results.dead.size() && results.dead[next_dead].row == i) {
        ++next_dead;
        continue;
      }
      const PlacedRow& placed = rows_.value(ids[i]);
      const std::string_view sort_key = rows_.key(ids[i]).substr(
          placed.partition_end, placed.order_end - placed.partition_end);
      results.rows.add(i, sort_key, placed.*count);
    }
    results.rows.finish();
    Batch columns;
    columns.rows = results.rows.size();
    RowErrors dead;
    for (const plan::OverCall& call : spec_.calls) {
      OverErrors errors;
      columns.columns.push_back(evaluate_over(call, spec_.order, results.rows, &errors));
      results.errors = merge_row_errors(std::move(results.errors), std::move(errors.of_results));
      dead = merge_row_errors(std::move(dead), std::move(errors.of_arguments));
    }
    if (on_error_ == catalog::OnError::kNull) {
      results.errors.clear();
      dead.clear();
    }
    encode_rows(columns, results.bytes);
    if (dead.empty()) return true;
    results.dead = merge_row_errors(std::move(results.dead), std::move(dead));
    return false;
  }

  // The positions of one row, sorted by result.
  struct Run {
    const Results& results;
    uint32_t next = 0;
    size_t next_error = 0;
    std::vector<std::string_view> good;
    std::vector<const RowError*> bad;

    void take(uint32_t row) {
      good.clear();
      bad.clear();
      const RowErrors& errors = results.errors;
      for (; next < results.rows.size() && results.rows.at[next] == row; ++next) {
        if (next_error < errors.size() && errors[next_error].row == next) {
          bad.push_back(&errors[next_error++]);
        } else {
          good.push_back(results.bytes[next]);
        }
      }
      std::sort(good.begin(), good.end());
    }
  };

  void emit_difference(const std::vector<uint32_t>& ids, const Results& before,
                       const Results& after, const EpochContext& epoch, BatchBuilder& result) {
    Run old{before, 0, 0, {}, {}};
    Run now{after, 0, 0, {}, {}};
    std::vector<std::string_view> only;
    for (uint32_t i = 0; i < ids.size(); ++i) {
      old.take(i);
      now.take(i);
      only.clear();
      std::set_difference(old.good.begin(), old.good.end(), now.good.begin(), now.good.end(),
                          std::back_inserter(only));
      for (const std::string_view of_calls : only) put(ids[i], of_calls, -1, result);
      only.clear();
      std::set_difference(now.good.begin(), now.good.end(), old.good.begin(), old.good.end(),
                          std::back_inserter(only));
      for (const std::string_view of_calls : only) put(ids[i], of_calls, 1, result);
      for (size_t k = old.bad.size(); k < now.bad.size(); ++k) {  // said once, when it goes bad
        say_dead(*after.rows.rows, i, *now.bad[k], epoch);
      }
    }
    say_dead(ids, before, after, epoch);
  }

  // Rows whose arguments failed: as often as they were not dead before.
  void say_dead(const std::vector<uint32_t>& ids, const Results& before, const Results& after,
                const EpochContext& epoch) const {
    for (const RowError& error : after.dead) {
      const PlacedRow& placed = rows_.value(ids[error.row]);
      const bool was = std::any_of(before.dead.begin(), before.dead.end(),
                                   [&](const RowError& e) { return e.row == error.row; });
      for (int64_t k = was ? placed.stood : 0; k < placed.stands; ++k)
        say_dead(*after.rows.rows, error.row, error, epoch);
    }
  }

  void put(uint32_t id, std::string_view of_calls, int64_t weight, BatchBuilder& result) {
    key_ = row_bytes(id);
    key_ += of_calls;
    WEIR_CHECK(decode_row(key_, result));
    result.end_row(weight);
  }

  void say_dead(const Batch& rows, uint32_t row, const RowError& error,
                const EpochContext& epoch) const {
    RowError of_row = error;
    of_row.row = 0;
    epoch.side.dead(input_schema_, slice(rows, row, 1), of_row);
  }

  const Schema schema_;
  const Schema input_schema_;
  const ExpiringInput input_;
  const plan::OverSpec spec_;
  const catalog::OnError on_error_;
  std::vector<SortColumn> whole_row_;
  Rows rows_;
  std::set<uint32_t, ByKey> sorted_;
  std::set<std::string, std::less<>> touched_;  // partitions
  Leaving<std::set<std::string>> leaving_;      // partitions
  bool restored_ = false;
  RowBytes partitions_;
  RowBytes orders_;
  RowBytes keys_;
  RowBytes bytes_;
  std::string key_;
};

}  // namespace

std::unique_ptr<Operator> make_over(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Over>(node, options);
}

}  // namespace weir::flow
