// ON CONFLICT: of the rows to insert those whose keys are free come; for the others the row in the
// way stays, or is updated by a query over the two side by side.
#include <unordered_set>

#include <fmt/core.h>

#include "data/row_encoding.h"
#include "engine/scratch_change.h"

namespace weir::engine {

namespace {

constexpr const char* kConflictRows = "rows in conflict";

}  // namespace

// The unique rules that a conflict is looked for by.
Result<std::vector<uint32_t>> RowChange::arbiters() const {
  const sql::OnConflict& conflict = *statement_.on_conflict;
  const TableDefinition& table = table_.definition();
  std::vector<uint32_t> columns;
  for (const std::string& name : conflict.columns) {
    const int at = schema().find(name);
    if (at < 0) return no_such_column(name, table.name);
    columns.push_back(static_cast<uint32_t>(at));
  }
  std::sort(columns.begin(), columns.end());
  if (conflict.update && columns.empty() && conflict.constraint.empty()) {
    return Error(ErrorKind::kInvalidStatement, 1699,
                 "ON CONFLICT DO UPDATE requires inference specification or constraint name")
        .hint("name the columns of a key, as in ON CONFLICT (id)")
        .sqlstate("42601");
  }
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < table.unique.size(); ++i) {
    std::vector<uint32_t> own = table.unique[i].columns;
    std::sort(own.begin(), own.end());
    const bool named = !conflict.constraint.empty() ? table.unique[i].name == conflict.constraint
                                                    : columns.empty() || own == columns;
    if (named) found.push_back(i);
  }
  if (!conflict.constraint.empty() && found.empty()) {
    return Error(ErrorKind::kNotFound, 1698,
                 fmt::format("constraint \"{}\" for table \"{}\" does not exist",
                             conflict.constraint, table.name))
        .sqlstate("42704");
  }
  if (!columns.empty() && found.empty()) {
    return Error(ErrorKind::kInvalidStatement, 1699,
                 "there is no unique or exclusion constraint matching the ON CONFLICT "
                 "specification")
        .hint("name the columns of the primary key or of a UNIQUE constraint")
        .sqlstate("42P10");
  }
  return found;
}

Schema RowChange::conflict_schema() const {
  Schema both = schema();
  for (const Field& field : schema().fields) both.fields.push_back(field);
  both.fields.push_back({"place", TypeId::kInt8});
  return both;
}

plan::GivenRows RowChange::conflict_rows() const {
  plan::GivenRows given{kConflictRows, conflict_schema(), {}};
  given.scope.add(alias(), schema());
  given.scope.add("excluded", schema(), static_cast<uint32_t>(schema().size()));
  return given;
}

// One a row, in their order: keys are unique.
Result<Batch> RowChange::rows_in_the_way(const Batch& coming, uint32_t rule) {
  const auto key = ascending(table_.definition().unique[rule].columns);
  RowBytes wanted;
  encode_keys(coming, key, wanted);
  std::unordered_map<std::string_view, uint32_t> place;
  for (uint32_t row = 0; row < coming.rows; ++row) place[wanted[row]] = row;
  BatchBuilder found(schema());
  std::vector<uint32_t> at(coming.rows);
  for (const Batch& batch : TRY(transaction_.contents(statement_.name))) {
    RowBytes keys;
    encode_keys(batch, key, keys);
    for (uint32_t row = 0; row < batch.rows; ++row) {
      const auto it = place.find(keys[row]);
      if (it == place.end()) continue;
      at[it->second] = found.rows();
      found.append(batch, row, 1);
    }
  }
  return gather(found.finish(), at);
}

Result<RowChange::Conflicts> RowChange::conflicts(const Batch& rows, uint32_t rule) {
  const std::vector<uint32_t>& columns = table_.definition().unique[rule].columns;
  RowBytes keys;
  encode_keys(rows, ascending(columns), keys);
  const std::vector<uint8_t> has_null = rows_with_null(rows, columns);
  const KeyCounts pending = transaction_.pending_keys(table_);
  std::unordered_set<std::string_view> seen;
  std::vector<uint32_t> in_the_way;
  Conflicts result;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    if (!has_null[row] && !seen.insert(keys[row]).second) {
      return Error(ErrorKind::kInvalidData, 1700,
                   "ON CONFLICT DO UPDATE command cannot affect row a second time")
          .hint("let no two of the rows to insert have the same key")
          .sqlstate("21000");
    }
    const bool there = !has_null[row] && table_.has_key(rule, keys[row], pending);
    (there ? in_the_way : result.free_places).push_back(row);
  }
  result.free = gather(rows, result.free_places);
  const Batch coming = gather(rows, in_the_way);
  result.pairs = TRY(rows_in_the_way(coming, rule));
  result.pairs.weights = nullptr;
  const std::vector<ColumnPtr>& came = coming.columns;
  result.pairs.columns.insert(result.pairs.columns.end(), came.begin(), came.end());
  ColumnBuilder places{Type(TypeId::kInt8)};
  for (const uint32_t row : in_the_way) places.append(static_cast<int64_t>(row));
  result.pairs.columns.push_back(places.finish());
  return result;
}

// The change of the table; `returned` gets the rows that came or were changed, in the order in
// which they were to be inserted.
Result<Batch> RowChange::insert_or_update(const Batch& rows, Returned& returned) {
  const std::vector<uint32_t> rules = TRY(arbiters());
  const sql::OnConflict& conflict = *statement_.on_conflict;
  if (!conflict.update || rules.empty()) {
    returned.rows =
        gather(rows, table_.without_conflict(rows, transaction_.pending_keys(table_), rules));
    return returned.rows;
  }
  const Assigned assigned = TRY(this->assigned(conflict.assignments));
  const plan::ChangePlan plan =
      TRY(plan::plan_change(context(), *conflict.select, conflict_rows(), assigned.values));
  const Conflicts found = TRY(conflicts(rows, rules[0]));
  const Batch pairs = TRY(query(plan.view, kConflictRows, found.pairs));
  const Batch now = TRY(with_assigned(assigned, pairs, plan.read));
  TRY_VOID(table_.check_rows(now, transaction_.now()));

  Batch old = pairs;
  old.columns.resize(schema().size());
  BatchBuilder change(schema());
  change.append(with_weights_negated(old));
  change.append(now);
  change.append(found.free);

  BatchBuilder both(schema());
  both.append(found.free);
  both.append(now);
  std::vector<std::pair<int64_t, uint32_t>> order;
  for (const uint32_t place : found.free_places) {
    order.emplace_back(place, static_cast<uint32_t>(order.size()));
  }
  for (uint32_t row = 0; row < now.rows; ++row) {
    order.emplace_back(pairs.columns[2 * schema().size()]->value<int64_t>(row),
                       static_cast<uint32_t>(order.size()));
  }
  std::sort(order.begin(), order.end());
  std::vector<uint32_t> sorted;
  for (const auto& [place, row] : order) sorted.push_back(row);
  returned.rows = gather(both.finish(), sorted);
  return change.finish();
}

}  // namespace weir::engine
