#include "engine/scratch_table.h"

#include <fmt/core.h>

#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir::engine {

namespace {

std::string names_of(const Schema& schema, const std::vector<uint32_t>& columns) {
  std::string out;
  for (const uint32_t column : columns)
    out += (out.empty() ? "" : ", ") + schema.fields[column].name;
  return out;
}

std::string values_of(const Batch& batch, uint32_t row, const std::vector<uint32_t>& columns) {
  std::string out;
  for (const uint32_t column : columns) {
    if (!out.empty()) out += ", ";
    append_text_form(out, *batch.columns[column], row);
  }
  return out;
}

int64_t count_of(const std::unordered_map<std::string, int64_t>& counts, const std::string& key) {
  const auto it = counts.find(key);
  return it == counts.end() ? 0 : it->second;
}

void add_count(std::unordered_map<std::string, int64_t>& counts, std::string key, int64_t n) {
  const auto [it, inserted] = counts.try_emplace(std::move(key), 0);
  it->second += n;
  if (it->second == 0) counts.erase(it);
}

}  // namespace

ScratchTable::ScratchTable(uint64_t id, TableDefinition definition)
    : id_(id),
      definition_(std::move(definition)),
      rows_(definition_.schema, definition_.primary_key),
      keys_(definition_.unique.size()),
      numbers_(definition_.schema.size()) {}

catalog::StreamDefinition ScratchTable::stream() const {
  catalog::StreamDefinition stream;
  stream.name = definition_.name;
  stream.schema = definition_.schema;
  stream.mode = catalog::SourceMode::kUpsert;  // rows change, and can be taken back
  for (const uint32_t column : definition_.primary_key) {
    stream.key.push_back(definition_.schema.fields[column].name);
  }
  return stream;
}

Status ScratchTable::check_rows(const Batch& rows, Micros now) const {
  for (size_t i = 0; i < definition_.schema.size(); ++i) {
    const Field& field = definition_.schema.fields[i];
    if (field.nullable || !rows.columns[i]->may_have_nulls()) continue;
    for (uint32_t row = 0; row < rows.rows; ++row) {
      if (!rows.columns[i]->is_null(row)) continue;
      return Error(ErrorKind::kInvalidData, 1391,
                   fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null "
                               "constraint",
                               field.name, definition_.name))
          .sqlstate("23502");
    }
  }
  for (const CheckRule& check : definition_.checks) {
    const expr::Evaluated result = expr::evaluate(*check.condition, rows, {now});
    if (!result.errors.empty()) {
      return Error(ErrorKind::kInvalidData, 1390, result.errors[0].message)
          .sqlstate(result.errors[0].sqlstate);
    }
    for (uint32_t row = 0; row < rows.rows; ++row) {
      if (result.column->is_null(row) || result.column->value<uint8_t>(row)) continue;
      return Error(ErrorKind::kInvalidData, 1392,
                   fmt::format("new row for relation \"{}\" violates check constraint \"{}\"",
                               definition_.name, check.name))
          .sqlstate("23514");
    }
  }
  return {};
}

Status ScratchTable::add_keys(const Batch& change, KeyCounts& pending) const {
  pending.resize(definition_.unique.size());
  for (size_t i = 0; i < definition_.unique.size(); ++i) {
    const UniqueRule& rule = definition_.unique[i];
    RowBytes keys;
    encode_keys(change, ascending(rule.columns), keys);
    const std::vector<uint8_t> has_null = rows_with_null(change, rule.columns);
    for (uint32_t row = 0; row < change.rows; ++row) {
      if (!has_null[row]) add_count(pending[i], std::string(keys[row]), change.weight(row));
    }
    for (uint32_t row = 0; row < change.rows; ++row) {
      if (has_null[row] || change.weight(row) < 0) continue;
      const std::string key(keys[row]);
      if (count_of(keys_[i], key) + count_of(pending[i], key) <= 1) continue;
      return Error(ErrorKind::kInvalidData, 1393,
                   fmt::format("duplicate key value violates unique constraint \"{}\"", rule.name))
          .detail(fmt::format("Key ({})=({}) already exists.",
                              names_of(definition_.schema, rule.columns),
                              values_of(change, row, rule.columns)))
          .sqlstate("23505");
    }
  }
  return {};
}

std::vector<uint32_t> ScratchTable::without_conflict(const Batch& rows,
                                                     const KeyCounts& pending,
                                                     const std::vector<uint32_t>& rules) const {
  std::vector<uint8_t> free(rows.rows, 1);
  for (const uint32_t i : rules) {
    RowBytes keys;
    encode_keys(rows, ascending(definition_.unique[i].columns), keys);
    const std::vector<uint8_t> has_null = rows_with_null(rows, definition_.unique[i].columns);
    std::unordered_map<std::string, int64_t> seen;
    for (uint32_t row = 0; row < rows.rows; ++row) {
      if (has_null[row] || !free[row]) continue;
      const std::string key(keys[row]);
      const int64_t there =
          count_of(keys_[i], key) + (i < pending.size() ? count_of(pending[i], key) : 0);
      free[row] = there == 0 && seen[key]++ == 0;
    }
  }
  std::vector<uint32_t> good;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    if (free[row]) good.push_back(row);
  }
  return good;
}

bool ScratchTable::has_key(uint32_t rule, std::string_view key, const KeyCounts& pending) const {
  const std::string owned(key);
  const int64_t coming = rule < pending.size() ? count_of(pending[rule], owned) : 0;
  return count_of(keys_[rule], owned) + coming > 0;
}

void ScratchTable::apply(const Batch& change) {
  const Status applied = rows_.apply(change);
  WEIR_CHECK(applied.has_value());
  rows_.clear_dirty();
  count_keys(change, keys_);
}

void ScratchTable::count_keys(const Batch& change, KeyCounts& counts) const {
  counts.resize(definition_.unique.size());
  for (size_t i = 0; i < definition_.unique.size(); ++i) {
    RowBytes keys;
    encode_keys(change, ascending(definition_.unique[i].columns), keys);
    const std::vector<uint8_t> has_null = rows_with_null(change, definition_.unique[i].columns);
    for (uint32_t row = 0; row < change.rows; ++row) {
      if (!has_null[row]) add_count(counts[i], std::string(keys[row]), change.weight(row));
    }
  }
}

}  // namespace weir::engine
