#include "flow/join.h"

#include "data/row_encoding.h"
#include "flow/consolidate.h"
#include "state/index.h"

namespace weir::flow {

namespace {

constexpr uint32_t kNone = state::Table<state::Weight>::kNone;

// A left row under its key, as one string.
std::string place_of(std::string_view key, std::string_view row) {
  std::string out;
  ByteWriter w(out);
  w.string(key);
  w.raw(row);
  return out;
}
std::pair<std::string_view, std::string_view> key_and_row(std::string_view place) {
  ByteReader r(place);
  const std::string_view key = r.string();
  return {key, place.substr(r.position())};
}

class Join final : public Operator {
 public:
  Join(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        right_width_(node.inputs[1]->schema.size()),
        spec_(std::get<plan::JoinSpec>(node.spec)),
        outer_(spec_.kind == plan::JoinKind::kLeft),
        on_error_(options.on_error) {}

  void push(int port, const Batch& pushed, const EpochContext& epoch, Output& out) override {
    const bool from_left = port == 0;
    // A left row that comes and goes within one batch would have its matches counted twice.
    const Batch delta = from_left && outer_ ? consolidate(pushed) : pushed;
    const std::vector<uint32_t>& key_columns = from_left ? spec_.left_keys : spec_.right_keys;
    RowBytes keys;
    RowBytes rows;
    encode_keys(delta, ascending(key_columns), keys);
    encode_rows(delta, rows);
    const std::vector<uint8_t> null_key = rows_with_null(delta, key_columns);
    BatchBuilder pairs(schema_);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const int64_t weight = delta.weight(i);
      if (null_key[i]) {
        if (from_left && outer_) append_unmatched(pairs_without_key_, rows[i], weight);
        continue;
      }
      if (from_left) {
        match_left(keys[i], rows[i], weight, pairs);
        if (left_.add(keys[i], rows[i], weight) == 0 && outer_) forget_matches(keys[i], rows[i]);
      } else {
        match_right(keys[i], rows[i], weight, pairs);
        right_.add(keys[i], rows[i], weight);
      }
    }
    if (!pairs.empty()) emit_pairs(pairs.finish(), epoch, out);
    if (!pairs_without_key_.empty()) out.emit(pairs_without_key_.finish());
  }

  void finish(const EpochContext&, Output& out) override {
    if (!outer_) return;
    BatchBuilder builder(schema_);
    for (const auto& [place, before] : unmatched_before_) {
      const auto [key, row] = key_and_row(place);
      const int64_t now = unmatched(place);
      if (now != before) append_unmatched(builder, row, now - before);
    }
    unmatched_before_.clear();
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override {
    if (!outer_) return {&left_, &right_};
    return {&left_, &right_, &matches_};
  }

 private:
  // Of a pair, for the counting of matches: the left row, and by how much its right side changed.
  struct PairOrigin {
    std::string place;
    int64_t right_change = 0;
  };

  void append_pair(std::string_view left, std::string_view right, int64_t weight,
                   BatchBuilder& pairs) {
    joined_.assign(left);
    joined_.append(right);
    WEIR_CHECK(decode_row(joined_, pairs));
    pairs.end_row(weight);
  }

  void match_left(std::string_view key, std::string_view row, int64_t weight, BatchBuilder& pairs) {
    bool fresh = false;  // its matches have never been counted
    std::string place;
    if (outer_) {
      place = remember_unmatched(key, row);
      matches_.find_or_insert(place, &fresh);
    }
    right_.for_rows(key, [&](std::string_view right, int64_t n) {
      append_pair(row, right, weight * n, pairs);
      if (outer_) origins_.push_back({place, fresh ? n : 0});
    });
  }

  void match_right(std::string_view key, std::string_view row, int64_t weight,
                   BatchBuilder& pairs) {
    left_.for_rows(key, [&](std::string_view left, int64_t n) {
      append_pair(left, row, weight * n, pairs);
      if (outer_) origins_.push_back({remember_unmatched(key, left), weight});
    });
  }

  void emit_pairs(Batch pairs, const EpochContext& epoch, Output& out) {
    std::vector<uint32_t> kept(pairs.rows);
    for (uint32_t i = 0; i < pairs.rows; ++i) kept[i] = i;
    if (spec_.residual) {
      RowErrors errors;
      kept = expr::select_rows(*spec_.residual, pairs, {epoch.now}, &errors);
      if (on_error_ != catalog::OnError::kNull) {
        for (const RowError& error : errors) epoch.side.dead(schema_, pairs, error);
      }
    }
    if (outer_) {
      for (const uint32_t i : kept) {
        if (origins_[i].right_change == 0) continue;
        bool inserted = false;
        const uint32_t id = matches_.find_or_insert(origins_[i].place, &inserted);
        matches_.touch(id);
        matches_.value(id).n += origins_[i].right_change;
      }
      origins_.clear();
    }
    if (!kept.empty()) out.emit(kept.size() == pairs.rows ? std::move(pairs) : gather(pairs, kept));
  }

  // While a left row is away nobody counts for it: it is counted anew when it comes back.
  void forget_matches(std::string_view key, std::string_view row) {
    const uint32_t id = matches_.find(place_of(key, row));
    if (id != kNone) matches_.erase(id);
  }

  // How often a left row stands in the output with NULLs beside it.
  int64_t unmatched(std::string_view place) const {
    const uint32_t id = matches_.find(place);
    if (id != kNone && matches_.value(id).n > 0) return 0;
    const auto [key, row] = key_and_row(place);
    return left_.weight(key, row);
  }
  std::string remember_unmatched(std::string_view key, std::string_view row) {
    std::string place = place_of(key, row);
    if (!unmatched_before_.contains(place)) unmatched_before_.emplace(place, unmatched(place));
    return place;
  }

  void append_unmatched(BatchBuilder& builder, std::string_view row, int64_t weight) {
    joined_.assign(row);
    joined_.append(right_width_, '\0');  // NULLs, in the row encoding
    WEIR_CHECK(decode_row(joined_, builder));
    builder.end_row(weight);
  }

  const Schema schema_;
  const size_t right_width_;
  const plan::JoinSpec spec_;
  const bool outer_;
  const catalog::OnError on_error_;
  state::Index left_;
  state::Index right_;
  state::Table<state::Weight> matches_;  // left row -> weight of the right rows that match it
  std::unordered_map<std::string, int64_t> unmatched_before_;  // of the rows that the epoch touches
  std::vector<PairOrigin> origins_;
  BatchBuilder pairs_without_key_{schema_};
  std::string joined_;
};

}  // namespace

std::unique_ptr<Operator> make_join(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Join>(node, options);
}

}  // namespace weir::flow
