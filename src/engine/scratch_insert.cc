// INSERT: rows of VALUES are made value by value, those of a query by running it; columns that get
// no value get their default.
#include <fmt/core.h>

#include "data/cast.h"
#include "engine/scratch_change.h"

namespace weir::engine {

namespace {

// A bare NULL of a SELECT has type text, and fits any column.
bool is_all_null(const Column& column) {
  for (uint32_t row = 0; row < column.size(); ++row) {
    if (!column.is_null(row)) return false;
  }
  return true;
}

bool is_default(const sql::ExprPtr& e) { return e->kind == sql::ExprKind::kDefault; }

Status refuse_uneven(const std::vector<std::vector<sql::ExprPtr>>& rows) {
  for (const auto& row : rows) {
    if (row.size() == rows[0].size()) continue;
    return Error(ErrorKind::kInvalidStatement, 1240, "VALUES lists must all be the same length")
        .sqlstate("42601");
  }
  return {};
}

Result<ColumnPtr> assigned_column(const ColumnPtr& column, Type from, const Field& field) {
  if (from == field.type) return column;
  if (is_all_null(*column)) return Column::nulls(field.type, column->size());
  if (!cast_exists(from, field.type, CastContext::kAssignment)) {
    return Error(ErrorKind::kInvalidStatement, 1260,
                 fmt::format("column \"{}\" is of type {} but expression is of type {}", field.name,
                             field.type.name(), from.name()))
        .sqlstate("42804");
  }
  // What is too long for the column is refused where all rows are made.
  const bool text = field.type.id == TypeId::kText || field.type.id == TypeId::kBpchar;
  CastResult cast = cast_column(column, text ? field.type.plain() : field.type);
  if (!cast.errors.empty()) return row_error(cast.errors[0]);
  return std::move(cast.column);
}

}  // namespace

plan::Scope RowChange::insert_scope() const { return table_rows().scope; }

// The columns that the values of an INSERT go to, in their order.
Result<RowChange::Targets> RowChange::insert_targets() const {
  Targets targets;
  for (const std::string& name : statement_.columns) {
    const int at = schema().find(name);
    if (at < 0) return no_such_column(name, table_.definition().name);
    const auto column = static_cast<uint32_t>(at);
    if (std::find(targets.begin(), targets.end(), column) != targets.end()) {
      return Error(ErrorKind::kInvalidStatement, 1677,
                   fmt::format("column \"{}\" specified more than once", name))
          .sqlstate("42701");
    }
    targets.push_back(column);
  }
  if (!statement_.columns.empty()) return targets;
  for (uint32_t i = 0; i < schema().size(); ++i) targets.push_back(i);
  return targets;
}

Status RowChange::refuse_count(size_t given, size_t wanted, bool all) const {
  if (given == wanted || (given < wanted && !all)) return {};
  return Error(ErrorKind::kInvalidStatement, 1685,
               given > wanted ? "INSERT has more expressions than target columns"
                              : "INSERT has more target columns than expressions")
      .sqlstate("42601");
}

// GENERATED columns take DEFAULT alone. `row`: the values of a row, else those of a query.
Status RowChange::refuse_identity(const Targets& targets,
                                  const std::vector<sql::ExprPtr>* row) const {
  const TableDefinition& table = table_.definition();
  for (size_t i = 0; i < targets.size(); ++i) {
    if (row && (i >= row->size() || is_default((*row)[i]))) continue;
    const bool always = table.identity[targets[i]] == Identity::kAlways &&
                        !statement_.overrides_identity && !statement_.ignores_identity;
    if (!always && !table.generated[targets[i]]) continue;
    return Error(ErrorKind::kInvalidStatement, 1697,
                 fmt::format("cannot insert a non-DEFAULT value into column \"{}\"",
                             schema().fields[targets[i]].name))
        .hint(always ? "leave it out, or say OVERRIDING SYSTEM VALUE" : "leave it out")
        .sqlstate("428C9");
  }
  return {};
}

bool RowChange::is_plain_values() const {
  const sql::Select& select = *statement_.select;
  if (select.values.empty() || !select.with.empty() || !select.order.empty() || select.limit ||
      select.offset) {
    return false;
  }
  for (const auto& row : select.values) {
    for (const sql::ExprPtr& e : row) {
      if (plan::contains_subquery(*e)) return false;
    }
  }
  return true;
}

Result<Batch> RowChange::rows_to_insert() {
  if (!statement_.select) {  // DEFAULT VALUES
    statement_.select = std::make_unique<sql::Select>();
    statement_.select->values.emplace_back();
  }
  const Targets targets = TRY(insert_targets());
  const bool values = !statement_.select->values.empty();
  Batch rows = is_plain_values() ? TRY(rows_of_values(targets))
               : values          ? TRY(rows_of_queries(targets))
                        : TRY(rows_of_select(*statement_.select, targets,
                                             !statement_.columns.empty()));
  return complete_rows(std::move(rows));
}

Status RowChange::append_row_value(ColumnBuilder& builder, const sql::Expr& e, uint32_t column) {
  const bool ignored = statement_.ignores_identity &&
                       table_.definition().identity[column] != Identity::kNone;
  if (e.kind == sql::ExprKind::kDefault || ignored) return append_default(builder, column);
  return append_value(
      builder, TRY(plan::plan_value(context(), e, Schema(), schema().fields[column])));
}

Result<Batch> RowChange::rows_of_values(const Targets& targets) {
  BatchBuilder rows(schema());
  TRY_VOID(refuse_uneven(statement_.select->values));
  for (const auto& row : statement_.select->values) {
    const bool all = !statement_.columns.empty() && !row.empty();
    TRY_VOID(refuse_count(row.size(), targets.size(), all));
    TRY_VOID(refuse_identity(targets, &row));
    std::vector<const sql::Expr*> values(schema().size(), nullptr);
    for (size_t i = 0; i < row.size(); ++i) values[targets[i]] = row[i].get();
    for (uint32_t i = 0; i < values.size(); ++i) {
      TRY_VOID(values[i] ? append_row_value(rows.column(i), *values[i], i)
                         : append_default(rows.column(i), i));
    }
    rows.end_row();
  }
  return rows.finish();
}

// VALUES with sub-queries: each row is a query of its own.
Result<Batch> RowChange::rows_of_queries(const Targets& targets) {
  BatchBuilder all(schema());
  TRY_VOID(refuse_uneven(statement_.select->values));
  std::vector<std::vector<sql::ExprPtr>> rows = std::move(statement_.select->values);
  statement_.select->values.clear();
  for (auto& row : rows) {
    TRY_VOID(refuse_count(row.size(), targets.size(), !statement_.columns.empty()));
    TRY_VOID(refuse_identity(targets, &row));
    Targets own;
    statement_.select->items.clear();
    for (size_t i = 0; i < row.size(); ++i) {
      if (is_default(row[i])) continue;
      own.push_back(targets[i]);
      statement_.select->items.push_back({std::move(row[i]), ""});
    }
    all.append(TRY(rows_of_select(*statement_.select, own, true)));
  }
  return all.finish();
}

Result<Batch> RowChange::rows_of_select(const sql::Select& select, const Targets& targets,
                                        bool all) {
  std::vector<Field> fields;
  for (const uint32_t column : targets) fields.push_back(schema().fields[column]);
  const plan::View view = TRY(plan::plan_assigned(context(), select, fields));
  const Schema found = visible_schema(view);
  TRY_VOID(refuse_count(found.size(), targets.size(), all));
  Targets used(targets.begin(), targets.begin() + static_cast<ptrdiff_t>(found.size()));
  if (select.items.empty() || !statement_.select->from.empty()) {
    TRY_VOID(refuse_identity(used, nullptr));
  }
  const Batch batch = TRY(query(view));
  std::vector<ColumnPtr> columns(schema().size());
  for (size_t i = 0; i < used.size(); ++i) {
    if (statement_.ignores_identity && table_.definition().identity[used[i]] != Identity::kNone)
      continue;
    columns[used[i]] =
        TRY(assigned_column(batch.columns[i], found.fields[i].type, schema().fields[used[i]]));
  }
  return with_defaults(std::move(columns), batch.rows);
}

// For the columns that are not there.
Result<Batch> RowChange::with_defaults(std::vector<ColumnPtr> columns, uint32_t rows) {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (columns[i]) continue;
    ColumnBuilder values(schema().fields[i].type);
    for (uint32_t row = 0; row < rows; ++row) TRY_VOID(append_default(values, i));
    columns[i] = values.finish();
  }
  Batch batch;
  batch.columns = std::move(columns);
  batch.rows = rows;
  return batch;
}

Result<RowChange::Targets> RowChange::copy_targets() const {
  Targets targets = TRY(insert_targets());
  if (statement_.columns.empty()) {
    std::erase_if(targets, [&](uint32_t i) { return table_.definition().generated[i] != nullptr; });
  }
  TRY_VOID(refuse_generated(targets));
  return targets;
}

Result<StatementResult> RowChange::copy_in(const Batch& rows, const Targets& targets) {
  std::vector<ColumnPtr> columns(schema().size());
  for (size_t i = 0; i < targets.size(); ++i) columns[targets[i]] = rows.columns[i];
  Batch whole = TRY(complete_rows(TRY(with_defaults(std::move(columns), rows.rows))));
  TRY_VOID(table_.check_rows(whole, transaction_.now()));
  StatementResult result;
  result.tag = fmt::format("COPY {}", rows.rows);
  TRY_VOID(add(std::move(whole)));
  return result;
}

Status RowChange::refuse_generated(const Targets& targets) const {
  for (const uint32_t column : targets) {
    if (!table_.definition().generated[column]) continue;
    return Error(ErrorKind::kInvalidStatement, 1707,
                 fmt::format("column \"{}\" is a generated column", schema().fields[column].name))
        .detail("Generated columns cannot be used in COPY.")
        .sqlstate("42P10");
  }
  return {};
}

Result<StatementResult> RowChange::insert() {
  Batch rows = TRY(rows_to_insert());
  TRY_VOID(table_.check_rows(rows, transaction_.now()));
  Returned returned{insert_scope(), schema(), {}};
  Batch change = rows;
  if (statement_.on_conflict) {
    change = TRY(insert_or_update(rows, returned));
  } else {
    returned.rows = std::move(rows);
  }
  StatementResult result = TRY(answer("INSERT 0", returned.rows.rows, returned));
  TRY_VOID(add(std::move(change)));
  return result;
}

Result<StatementDescription> RowChange::describe_insert() {
  std::vector<Type> types;
  const Targets targets = TRY(insert_targets());
  if (statement_.select && is_plain_values()) {
    for (const auto& row : statement_.select->values) {
      for (size_t i = 0; i < std::min(row.size(), targets.size()); ++i) {
        if (is_default(row[i])) continue;
        TRY_VOID(plan::plan_value(context(), *row[i], Schema(), schema().fields[targets[i]],
                                  &types));
      }
    }
  } else if (statement_.select && statement_.select->values.empty()) {
    std::vector<Field> fields;
    for (const uint32_t column : targets) fields.push_back(schema().fields[column]);
    types = TRY(plan::plan_assigned(context(), *statement_.select, fields)).parameters;
  }
  return describe_returning(insert_scope(), schema(), std::move(types));
}

}  // namespace weir::engine
