#include "flow/aggregate.h"

#include "data/row_encoding.h"
#include "flow/bound_call.h"
#include "flow/closing_time.h"
#include "flow/equal_rows.h"
#include "flow/extremes.h"

namespace weir::flow {

namespace {

struct Group {
  int64_t rows = 0;
  int64_t last_arrival = 0;  // of values that stand in order of arrival
  std::string columns;  // row encoding of the group's columns
  std::vector<Accumulator> accumulators;

  void encode(std::string& out) const {
    ByteWriter w(out);
    w.zigzag(rows);
    w.string(columns);
    w.varint(accumulators.size());
    for (const Accumulator& a : accumulators) a.encode(w);
    if (last_arrival > 0) w.zigzag(last_arrival);
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    rows = r.zigzag();
    columns = r.string();
    const uint64_t n = r.varint();
    if (!r.ok() || n > 1664) return false;
    accumulators.resize(n);
    for (Accumulator& a : accumulators) {
      if (!a.decode(r)) return false;
    }
    if (!r.at_end()) last_arrival = r.zigzag();
    return r.ok() && r.at_end();
  }
  size_t heap_bytes() const {
    size_t bytes = (columns.capacity() > 15 ? columns.capacity() : 0) +
                   accumulators.capacity() * sizeof(Accumulator);
    for (const Accumulator& a : accumulators) bytes += a.heap_bytes();
    return bytes;
  }
};

class Aggregate final : public Operator {
 public:
  Aggregate(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        input_schema_(node.inputs[0]->schema),
        spec_(std::get<plan::AggregateSpec>(node.spec)),
        append_only_(node.inputs[0]->properties.append_only),
        options_(options),
        extremes_(sets_) {
    for (size_t i = 0; i < spec_.groups.size(); ++i) {
      group_schema_.fields.push_back(schema_.fields[i]);
      keeps_forms_ = keeps_forms_ || (!append_only_ && has_forms(schema_.fields[i].type));
    }
    if (!options_.closing) {  // panes name groups by their ids
      groups_.allow_spill();
      forms_.allow_spill();
    }
    for (const plan::AggregateCall& call : spec_.calls) {
      calls_.emplace_back(call, input_schema_, append_only_);
      needs_sets_ = needs_sets_ || calls_.back().has_set();
      const bool extreme = append_only_ && calls_.back().is_extreme();
      const auto number = static_cast<uint32_t>(calls_.size() - 1);
      extreme_places_.push_back(extreme ? extremes_.add_call(number) : 0);
    }
  }

  void push(int, const Batch& delta, const EpochContext& epoch, Output&) override {
    RowBytes keys;
    encode_keys(delta, ascending(spec_.groups), keys);
    const std::vector<uint8_t> late =
        options_.closing ? divert_late(delta, epoch) : std::vector<uint8_t>();
    ids_.resize(delta.rows);
    hashes_.resize(delta.rows);
    for (uint32_t i = 0; i < delta.rows; ++i) hashes_[i] = groups_.hash_of(keys[i]);
    groups_.fetch(keys, delta.rows);
    if (keeps_forms_) forms_.fetch(keys, delta.rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (i + 8 < delta.rows) groups_.prefetch(hashes_[i + 8]);
      ids_[i] = !late.empty() && late[i] ? kLate : find_group(delta, i, keys[i]);
      if (ids_[i] == kLate) continue;
      groups_.value(ids_[i]).rows += delta.weight(i);
      if (keeps_forms_) add_form(delta, i, keys[i]);
    }
    groups_.done();
    forms_.done();
    for (uint32_t c = 0; c < spec_.calls.size(); ++c) update_call(delta, c);
  }

  void finish(const EpochContext& epoch, Output& out) override {
    if (spec_.groups.empty()) ensure_only_group();
    if (keeps_forms_) settle_forms();
    if (extremes_.any()) {
      for (const uint32_t id : touched_) extremes_.settle(id, groups_.key(id));
    }
    BatchBuilder result(schema_);
    if (options_.closing && options_.closing->on_close) {
      before_.clear();
      close_groups(epoch, result, true);
    } else {
      emit_touched(epoch, result);
      if (options_.closing) close_groups(epoch, result, false);
    }
    if (!result.empty()) out.emit(result.finish());
  }

  std::vector<state::TableBase*> tables() override {
    std::vector<state::TableBase*> tables{&groups_};
    if (needs_sets_) tables.push_back(sets_.table());
    if (keeps_forms_) tables.push_back(&forms_);
    return tables;
  }

  bool waits_for_time() const override { return options_.closing && groups_.size() > 0; }

 private:
  static constexpr uint32_t kLate = ~0u;

  // The group's id; its row as it was when the epoch began is remembered at the first touch.
  uint32_t find_group(const Batch& delta, uint32_t row, std::string_view key) {
    bool inserted = false;
    const uint32_t id = groups_.find_or_insert(key, hashes_[row], &inserted);
    Group& group = groups_.value(id);
    if (inserted) {
      group.accumulators.resize(spec_.calls.size());
      if (extremes_.any()) extremes_.begin_group(id);
      Batch columns;
      columns.rows = delta.rows;
      for (const uint32_t g : spec_.groups) columns.columns.push_back(delta.columns[g]);
      encode_row(columns, row, group.columns);
      if (options_.closing)
        add_to_pane(id, *delta.columns[spec_.groups[options_.closing->column]], row);
    }
    if (id >= touched_in_.size()) touched_in_.resize(id + 1, 0);
    if (touched_in_[id] != epoch_number_) {
      touched_in_[id] = epoch_number_;
      remember(id, inserted);
      groups_.touch(id);
    }
    return id;
  }

  void add_form(const Batch& delta, uint32_t row, std::string_view key) {
    Batch columns;
    columns.rows = delta.rows;
    for (const uint32_t g : spec_.groups) columns.columns.push_back(delta.columns[g]);
    value_.clear();
    encode_row(columns, row, value_);
    bool inserted = false;
    const uint32_t id = forms_.find_or_insert(key, &inserted);
    forms_.touch(id);
    forms_.value(id).add(value_, delta.weight(row));
  }

  // A group shows its columns as the earliest row has them that is still there.
  void settle_forms() {
    for (const uint32_t id : touched_) {
      const uint32_t forms = forms_.find(groups_.key(id));
      if (forms == state::Table<EqualRows>::kNone) continue;
      EqualRows& equal = forms_.value(forms);
      equal.settle();
      if (equal.rows.empty()) {
        forms_.erase(forms);
      } else {
        groups_.value(id).columns = equal.representative();
      }
    }
  }

  void remember(uint32_t id, bool inserted) {
    touched_.push_back(id);
    std::string row;
    const bool shown = !inserted && !(options_.closing && options_.closing->on_close);
    if (shown) row = output_row(id, nullptr);
    before_.push_back(std::move(row));
  }

  void ensure_only_group() {
    if (groups_.size() > 0 || !touched_.empty()) return;
    bool inserted = false;
    const uint32_t id = groups_.find_or_insert("", &inserted);
    groups_.value(id).accumulators.resize(spec_.calls.size());
    touched_.push_back(id);
    before_.emplace_back();
  }

  void update_call(const Batch& delta, uint32_t c) {
    const BoundCall& call = calls_[c];
    if (call.call().kind == plan::AggregateKind::kCountStar && !call.call().filter) {
      for (uint32_t i = 0; i < delta.rows; ++i) {
        if (ids_[i] != kLate) {
          groups_.value(ids_[i]).accumulators[c].add_count(delta.weight(i));
        }
      }
      return;
    }
    RowBytes keys;
    call.keys_of(delta, keys);
    const Batch arguments = call.arguments_of(delta);
    if (append_only_ && call.is_extreme()) return update_extreme({delta, arguments, keys}, c);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (ids_[i] == kLate || !call.counts(delta, i)) continue;
      const std::string_view key = call.has_set() ? keys[i] : std::string_view();
      call.add({arguments, i, key, delta.weight(i)}, place_of(ids_[i], c));
    }
  }

  struct Extreme {
    const Batch& delta;
    const Batch& arguments;
    const RowBytes& keys;
  };
  void update_extreme(const Extreme& rows, uint32_t c) {
    const bool least = calls_[c].call().kind == plan::AggregateKind::kMin;
    for (uint32_t i = 0; i < rows.delta.rows; ++i) {
      if (ids_[i] == kLate || !calls_[c].counts(rows.delta, i)) continue;
      const Extremes::Place place{ids_[i], extreme_places_[c], groups_.key(ids_[i])};
      if (!extremes_.is_better(place, rows.keys[i], least)) continue;
      std::string value;
      encode_row(rows.arguments, i, value);
      extremes_.keep(place, rows.keys[i], std::move(value));
    }
  }

  // Row encoding of min or max; nullptr: there is none.
  const std::string* extreme(uint32_t id, uint32_t c) {
    if (append_only_) return extremes_.value({id, extreme_places_[c], groups_.key(id)});
    return calls_[c].extreme(place_of(id, c));
  }

  CallPlace place_of(uint32_t id, uint32_t c) {
    Group& group = groups_.value(id);
    return {group.accumulators[c], sets_, {groups_.key(id), c}, &group.last_arrival};
  }

  // The group's output row, encoded; empty: it shows none. Errors of the group go to *error.
  std::string output_row(uint32_t id, RowError* error) {
    const Group& group = groups_.value(id);
    if (!groups_.live(id) || (group.rows == 0 && !spec_.groups.empty())) return "";
    std::string row = group.columns;
    for (uint32_t c = 0; c < spec_.calls.size(); ++c) {
      if (calls_[c].is_extreme()) {
        const std::string* value = extreme(id, c);
        row += value ? *value : std::string(1, '\0');
        continue;
      }
      if (calls_[c].encode_number(group.accumulators[c], row)) continue;
      ColumnBuilder builder(spec_.calls[c].result);
      RowError ignored;
      if (!calls_[c].finish(place_of(id, c), direct_arguments(spec_.calls[c], group),
                            {builder, error ? error : &ignored})) {
        return "";
      }
      Batch one;
      one.rows = 1;
      one.columns.push_back(builder.finish());
      encode_row(one, 0, row);
    }
    return row;
  }

  std::vector<Value> direct_arguments(const plan::AggregateCall& call, const Group& group) const {
    std::vector<Value> values;
    if (call.direct.empty()) return values;
    Batch columns;
    if (group_schema_.size() > 0) {
      BatchBuilder builder(group_schema_);
      WEIR_CHECK(decode_row(group.columns, builder));
      builder.end_row();
      columns = builder.finish();
    }
    for (const plan::DirectArgument& direct : call.direct) {
      values.push_back(direct.group ? value_at(*columns.columns[*direct.group], 0) : direct.value);
    }
    return values;
  }

  void emit_touched(const EpochContext& epoch, BatchBuilder& result) {
    for (size_t i = 0; i < touched_.size(); ++i) {
      const uint32_t id = touched_[i];
      RowError error;
      const std::string now = output_row(id, &error);
      if (error.sqlstate[0] != '\0') say_dead(id, error, epoch);
      if (now != before_[i]) {
        if (!before_[i].empty()) put(result, before_[i], -1);
        if (!now.empty()) put(result, now, 1);
      }
      if (groups_.live(id) && groups_.value(id).rows == 0 && !spec_.groups.empty()) drop(id);
    }
    end_touched();
  }

  void end_touched() {
    touched_.clear();
    before_.clear();
    ++epoch_number_;
  }

  void say_dead(uint32_t id, const RowError& error, const EpochContext& epoch) {
    BatchBuilder builder(group_schema_);
    if (group_schema_.size() > 0) WEIR_CHECK(decode_row(groups_.value(id).columns, builder));
    builder.end_row();
    RowError of_row = error;
    of_row.row = 0;
    epoch.side.dead(group_schema_, builder.finish(), of_row);
  }

  void drop(uint32_t id) {
    if (needs_sets_) sets_.erase_group(groups_.key(id), static_cast<uint32_t>(spec_.calls.size()));
    if (keeps_forms_) {
      const uint32_t forms = forms_.find(groups_.key(id));
      if (forms != state::Table<EqualRows>::kNone) forms_.erase(forms);
    }
    if (extremes_.any()) extremes_.forget(id, groups_.key(id));
    groups_.erase(id);
  }

  static void put(BatchBuilder& result, const std::string& row, int64_t weight) {
    WEIR_CHECK(decode_row(row, result));
    result.end_row(weight);
  }

  // When a group is final: its closing value, the delay, and what retain adds.
  Micros final_at(Micros closing_value) const {
    if (closing_value == INT64_MAX) return INT64_MAX;
    return saturating_add(options_.closing->ending.of(closing_value),
                          options_.closing->on_close ? 0 : options_.closing->retain.value_or(0));
  }

  std::vector<uint8_t> divert_late(const Batch& delta, const EpochContext& epoch) {
    std::vector<uint8_t> late(delta.rows, 0);
    const Column& closing = *delta.columns[spec_.groups[options_.closing->column]];
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Micros watermark =
          delta.watermarks ? delta.watermarks->value<int64_t>(i) : epoch.watermark;
      const Micros value = time_at(closing, i);
      if (watermark == kNoWatermark || value == INT64_MAX || final_at(value) > watermark) continue;
      late[i] = 1;
      say_late(delta, i, value, watermark, epoch);
    }
    return late;
  }

  void say_late(const Batch& delta, uint32_t row, Micros value, Micros watermark,
                const EpochContext& epoch) {
    LateRow late;
    late.row = slice(delta, row, 1);
    late.weight = delta.weight(row);
    late.window_end = options_.closing->ending.of(value);
    const int start = input_schema_.find("window_start");
    if (start >= 0 && !delta.columns[static_cast<size_t>(start)]->is_null(row)) {
      late.window_start = delta.columns[static_cast<size_t>(start)]->value<int64_t>(row);
    }
    late.watermark = watermark;
    late.reason = options_.closing->on_close ? "the window was closed" : "the group was expired";
    epoch.side.late(input_schema_, std::move(late));
  }

  void close_groups(const EpochContext& epoch, BatchBuilder& result, bool emit) {
    if (!emit && !options_.closing->retain) return;
    if (emit) end_touched();
    if (epoch.next_watermark == kNoWatermark) return;
    restore_panes();
    std::vector<std::pair<std::string, uint32_t>> closing;
    while (!panes_.empty() && panes_.begin()->first <= epoch.next_watermark) {
      for (const uint32_t id : panes_.begin()->second) {
        // The group may be gone, and its id taken by another one of a later pane.
        if (groups_.live(id) && final_at(closing_value(id)) <= epoch.next_watermark) {
          closing.emplace_back(groups_.key(id), id);
        }
      }
      panes_.erase(panes_.begin());
    }
    std::sort(closing.begin(), closing.end());
    closing.erase(std::unique(closing.begin(), closing.end()), closing.end());
    for (const auto& [key, id] : closing) {
      RowError error;
      const std::string row = output_row(id, &error);
      if (emit && error.sqlstate[0] != '\0') say_dead(id, error, epoch);
      if (!row.empty()) put(result, row, emit ? 1 : -1);
      drop(id);
    }
  }

  Micros closing_value(uint32_t id) const {
    BatchBuilder builder(group_schema_);
    WEIR_CHECK(decode_row(groups_.value(id).columns, builder));
    builder.end_row();
    const Batch row = builder.finish();
    return time_at(*row.columns[options_.closing->column], 0);
  }

  // Groups by when they are final: closing looks at nothing else.
  void add_to_pane(uint32_t id, const Column& closing, uint32_t row) {
    panes_[final_at(time_at(closing, row))].push_back(id);
  }
  void restore_panes() {
    if (panes_restored_) return;
    panes_restored_ = true;
    panes_.clear();
    groups_.for_each([&](uint32_t id) { panes_[final_at(closing_value(id))].push_back(id); });
  }

  const Schema schema_;
  const Schema input_schema_;
  Schema group_schema_;
  const plan::AggregateSpec spec_;
  std::vector<BoundCall> calls_;
  const bool append_only_;
  const OperatorOptions options_;
  bool needs_sets_ = false;
  bool keeps_forms_ = false;
  state::Table<Group> groups_;
  ValueSets sets_;
  Extremes extremes_;
  std::vector<uint32_t> extreme_places_;    // of each call, where it is min or max
  state::Table<EqualRows> forms_;           // group key -> its columns as its rows have them
  std::vector<uint32_t> ids_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> touched_;           // groups in order of first touch
  std::vector<std::string> before_;         // their output rows at the epoch's start
  std::vector<uint64_t> touched_in_;        // by id: the epoch that last touched it
  uint64_t epoch_number_ = 1;
  std::map<Micros, std::vector<uint32_t>> panes_;
  bool panes_restored_ = false;
  std::string value_;
};

}  // namespace

std::unique_ptr<Operator> make_aggregate(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Aggregate>(node, options);
}

}  // namespace weir::flow
