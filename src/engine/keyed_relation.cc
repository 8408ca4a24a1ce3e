// A batch goes through three gates in this order: duplicates out, violators of `unique` out, then
// each row that is left changes the newest row of its key. Rows of one batch see each other.
#include "engine/keyed_relation.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/letter_case.h"
#include "data/calendar.h"
#include "data/row_encoding.h"

namespace weir::engine {

namespace {

std::vector<uint32_t> columns_of(const Schema& schema, const std::vector<std::string>& names) {
  std::vector<uint32_t> columns;
  for (const std::string& name : names) {
    const int at = schema.find(name);
    WEIR_CHECK(at >= 0);  // the loader has checked it
    columns.push_back(static_cast<uint32_t>(at));
  }
  return columns;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<uint32_t> all_rows(const Batch& batch) {
  std::vector<uint32_t> rows(batch.rows);
  for (uint32_t i = 0; i < batch.rows; ++i) rows[i] = i;
  return rows;
}

}  // namespace

void TimeValue::encode(std::string& out) const { ByteWriter(out).zigzag(time); }

bool TimeValue::decode(std::string_view bytes) {
  ByteReader r(bytes);
  time = r.zigzag();
  return r.ok() && r.at_end();
}

Micros event_time_at(const Column& column, uint32_t row) {
  if (column.type().id != TypeId::kDate) return column.value<int64_t>(row);
  return micros_of_date(column.value<int32_t>(row));
}

std::unique_ptr<KeyedRelation> KeyedRelation::make(const catalog::StreamDefinition& definition) {
  if (definition.mode == catalog::SourceMode::kAppend && !definition.dedupe &&
      definition.unique.empty()) {
    return nullptr;
  }
  return std::unique_ptr<KeyedRelation>(new KeyedRelation(definition));
}

KeyedRelation::KeyedRelation(const catalog::StreamDefinition& definition)
    : definition_(definition) {
  const Schema& schema = definition_.schema;
  if (definition_.mode != catalog::SourceMode::kAppend) key_ = columns_of(schema, definition_.key);
  if (definition_.dedupe) dedupe_key_ = columns_of(schema, definition_.dedupe->key);
  if (!definition_.operation.empty()) operation_ = columns_of(schema, {definition_.operation})[0];
  if (!definition_.event_time.empty())
    event_time_ = columns_of(schema, {definition_.event_time})[0];
  for (const auto& names : definition_.unique) {
    unique_.push_back({columns_of(schema, names), std::make_unique<state::Table<RowValue>>()});
    unique_.back().seen->allow_spill();
  }
  newest_.allow_spill();
}

KeyedRelation::Outcome KeyedRelation::apply(const Batch& batch, Micros now, Micros watermark) {
  Outcome out;
  std::vector<uint32_t> rows =
      definition_.dedupe ? drop_duplicates(batch, now, out) : all_rows(batch);
  if (!unique_.empty()) rows = drop_violators(batch, rows, out);
  if (key_.empty()) {
    out.delta = gather(batch, rows);
  } else {
    out.delta = upsert(batch, rows, out);
  }
  if (definition_.dedupe) forget(event_time_ ? watermark : now);
  return out;
}

std::vector<uint32_t> KeyedRelation::drop_duplicates(const Batch& batch, Micros now, Outcome& out) {
  std::vector<uint32_t> rows;
  RowBytes keys;
  encode_keys(batch, ascending(dedupe_key_), keys);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    const Micros time = event_time_ && !batch.columns[*event_time_]->is_null(row)
                            ? event_time_at(*batch.columns[*event_time_], row)
                            : now;
    bool inserted = false;
    const uint32_t id = last_seen_.find_or_insert(keys[row], &inserted);
    TimeValue& seen = last_seen_.value(id);
    // What the row's own watermark has left behind is not there, swept or not: so the verdict does
    // not depend on when a sweep came, nor on how the rows were cut into epochs.
    const Micros within = definition_.dedupe->within;
    const Micros mark = batch.watermarks ? batch.watermarks->value<int64_t>(row) : INT64_MIN;
    inserted = inserted || (mark > INT64_MIN + within && seen.time < mark - within);
    if (!inserted && time - seen.time <= within && seen.time - time <= within) {
      ++out.duplicates;
      continue;
    }
    last_seen_.touch(id);
    seen.time = inserted ? time : std::max(seen.time, time);
    rows.push_back(row);
  }
  return rows;
}

// What the watermark has left behind by the span cannot meet a duplicate any more. Swept now and
// then, so that the cost of a sweep is shared by many rows.
void KeyedRelation::forget(Micros watermark) {
  const Micros within = definition_.dedupe->within;
  if (watermark == INT64_MIN || watermark >= flow::kHoldsNothingBack) return;
  if (forgotten_to_ != INT64_MIN && watermark - forgotten_to_ < within / 4) return;
  forgotten_to_ = watermark;
  std::vector<uint32_t> old;
  last_seen_.for_each([&](uint32_t id) {
    if (last_seen_.value(id).time < watermark - within) old.push_back(id);
  });
  for (const uint32_t id : old) last_seen_.erase(id);
}

std::vector<uint32_t> KeyedRelation::drop_violators(const Batch& batch,
                                                    const std::vector<uint32_t>& rows,
                                                    Outcome& out) {
  std::vector<std::string> reasons(batch.rows);
  for (Unique& unique : unique_) {
    RowBytes keys;
    encode_keys(batch, ascending(unique.columns), keys);
    const std::vector<uint8_t> has_null = rows_with_null(batch, unique.columns);
    unique.seen->fetch(keys, batch.rows);
    for (const uint32_t row : rows) {
      if (has_null[row] || !reasons[row].empty()) continue;
      bool inserted = false;
      unique.seen->find_or_insert(keys[row], &inserted);
      if (inserted) continue;
      for (const uint32_t column : unique.columns) {
        reasons[row] += (reasons[row].empty() ? "" : ", ") + definition_.schema.fields[column].name;
      }
    }
    unique.seen->done();
  }
  std::vector<uint32_t> good;
  for (const uint32_t row : rows) {
    if (reasons[row].empty()) {
      good.push_back(row);
    } else {
      out.refused.push_back({row, "23505", reasons[row],
                             fmt::format("a row with this ({}) came before", reasons[row])});
    }
  }
  return good;
}

// The words that Debezium, Maxwell and people use.
KeyedRelation::Operation KeyedRelation::operation_of(const Batch& batch, uint32_t row) const {
  if (!operation_ || batch.columns[*operation_]->is_null(row)) return Operation::kUpsert;
  const std::string word = lower(batch.columns[*operation_]->text(row));
  if (one_of(word, {"d", "delete", "deleted", "-d", "-"})) return Operation::kDelete;
  if (one_of(word, {"c", "r", "u", "i", "insert", "create", "read", "update", "upsert", "snapshot",
                    "inserted", "updated", "+i", "+u", "+"})) {
    return Operation::kUpsert;
  }
  return one_of(word, {"-u", "update_before"}) ? Operation::kBefore : Operation::kUnknown;
}

Batch KeyedRelation::upsert(const Batch& batch, const std::vector<uint32_t>& rows, Outcome& out) {
  RowBytes keys;
  encode_keys(batch, ascending(key_), keys);
  const std::vector<uint8_t> has_null = rows_with_null(batch, key_);
  BatchBuilder delta(definition_.schema);
  std::string bytes;
  newest_.fetch(keys, batch.rows);
  for (const uint32_t row : rows) {
    const Operation operation = operation_of(batch, row);
    if (has_null[row]) {
      out.refused.push_back({row, "23502", definition_.key[0], "the key is null"});
      continue;
    }
    if (operation == Operation::kBefore) continue;
    if (operation == Operation::kUnknown) {
      out.refused.push_back({row, "22023", definition_.operation,
                             "the operation is neither insert, update nor delete"});
      continue;
    }
    bool inserted = false;
    const uint32_t id = newest_.find_or_insert(keys[row], &inserted);
    std::string& newest = newest_.value(id).row;
    if (operation == Operation::kDelete) {
      if (inserted) {
        ++out.unknown_deletes;
      } else {
        WEIR_CHECK(decode_row(newest, delta));
        delta.end_row(-1);
      }
      newest_.erase(id);
      continue;
    }
    bytes.clear();
    encode_row(batch, row, bytes);
    if (!inserted && bytes == newest) continue;
    if (!inserted) {
      WEIR_CHECK(decode_row(newest, delta));
      delta.end_row(-1);
    }
    newest_.touch(id);
    newest = bytes;
    delta.append(batch, row, 1);
  }
  newest_.done();
  return delta.finish();
}

std::vector<flow::NamedTable> KeyedRelation::tables() {
  std::vector<flow::NamedTable> tables;
  const std::string prefix = "source:" + definition_.name;
  if (!key_.empty()) tables.push_back({prefix + ".newest", &newest_});
  if (definition_.dedupe) tables.push_back({prefix + ".seen", &last_seen_});
  for (size_t i = 0; i < unique_.size(); ++i) {
    tables.push_back({fmt::format("{}.unique{}", prefix, i), unique_[i].seen.get()});
  }
  return tables;
}

}  // namespace weir::engine
