// ALTER TABLE, and the renaming of tables and views. A table that changes is another table: its
// rows as the transaction sees them are carried over, and views that read it are planned again over
// the columns where they are by then.
#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/cast.h"
#include "engine/scratch_change.h"
#include "engine/scratch_define.h"

namespace weir::engine {

// The table as it will be, with its rows.
struct ScratchDefine::Altered {
  std::string was;                  // its name before
  TableDefinition table;
  Batch rows;
  std::vector<int> places;          // of each column that was there: where it is; -1: gone
  std::vector<int64_t> numbers;     // of identity columns: the last ones
};

namespace {

bool uses(const expr::ExprPtr& e, uint32_t column) {
  if (!e) return false;
  std::vector<uint32_t> columns;
  expr::collect_columns(*e, columns);
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

void move_columns(TableDefinition& table, const std::vector<uint32_t>& moved) {
  const auto move = [&](std::vector<uint32_t>& columns) {
    for (uint32_t& column : columns) column = moved[column];
  };
  move(table.primary_key);
  for (UniqueRule& rule : table.unique) move(rule.columns);
  for (CheckRule& check : table.checks)
    check.condition = expr::remap_columns(check.condition, moved);
  for (expr::ExprPtr& generated : table.generated) {
    if (generated) generated = expr::remap_columns(generated, moved);
  }
}

bool names(const std::vector<uint32_t>& columns, uint32_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

void ScratchDefine::erase_column(Altered& altered, uint32_t column) {
  TableDefinition& table = altered.table;
  if (names(table.primary_key, column)) table.primary_key.clear();
  std::erase_if(table.unique, [&](const UniqueRule& r) { return names(r.columns, column); });
  std::erase_if(table.checks, [&](const CheckRule& c) { return uses(c.condition, column); });
  const auto erase = [&](auto& list) { list.erase(list.begin() + column); };
  erase(table.schema.fields);
  erase(table.defaults);
  erase(table.generated);
  erase(table.identity);
  erase(altered.rows.columns);
  erase(altered.numbers);
  std::vector<uint32_t> moved(table.schema.size() + 1);
  for (uint32_t i = 0; i < moved.size(); ++i) moved[i] = i > column ? i - 1 : i;
  move_columns(table, moved);
}

Result<StatementResult> ScratchDefine::alter() {
  StatementResult result;
  result.tag = "ALTER " + statement_.value;
  for (const sql::AlterAction& action : statement_.actions) {
    if (action.kind != sql::AlterKind::kUnsupported) continue;
    return Error(ErrorKind::kNotSupported, 1672, action.name + " is not supported yet")
        .sqlstate("0A000");
  }
  const char* kind = relations().kind_of(statement_.name);
  if (!kind) {
    const std::string told = fmt::format("relation \"{}\" does not exist", statement_.name);
    if (!statement_.if_exists) {
      return Error(ErrorKind::kNotFound, 1683, told).sqlstate("42P01");
    }
    notices_.push_back(told + ", skipping");
    return result;
  }
  const sql::AlterKind first = statement_.actions[0].kind;
  const bool renames_table = first == sql::AlterKind::kRename;
  const bool any = renames_table && statement_.value == "TABLE";  // it renames views too
  if (!any && lower(statement_.value) != kind) {
    return Error(ErrorKind::kInvalidStatement, 1680,
                 fmt::format("\"{}\" is not a {}", statement_.name, lower(statement_.value)))
        .sqlstate("42809");
  }
  if (renames_table) return rename();
  const ScratchTable* table = relations().find_table(statement_.name);
  if (!table) {
    return Error(ErrorKind::kNotSupported, 1672,
                 "ALTER " + statement_.value + " other than RENAME TO is not supported yet")
        .sqlstate("0A000");
  }
  TRY_VOID(alter_table(*table));
  return result;
}

Status ScratchDefine::alter_table(const ScratchTable& table) {
  Altered altered{statement_.name, table.definition(), {}, {}, {}};
  BatchBuilder rows(table.definition().schema);
  for (const Batch& batch : TRY(transaction_.contents(statement_.name))) rows.append(batch);
  altered.rows = rows.finish();
  for (uint32_t i = 0; i < altered.table.schema.size(); ++i) {
    altered.places.push_back(static_cast<int>(i));
    altered.numbers.push_back(table.last_number(i));
  }
  for (sql::AlterAction& action : statement_.actions) TRY_VOID(alter_one(action, altered));
  return replace(table, std::move(altered));
}

Status ScratchDefine::alter_one(sql::AlterAction& action, Altered& altered) {
  switch (action.kind) {
    case sql::AlterKind::kAddColumn: return alter_add_column(action, altered);
    case sql::AlterKind::kAddConstraint:
      for (const sql::TableConstraint& constraint : action.elements.constraints)
        TRY_VOID(add_constraint(constraint, altered.table));
      return {};
    case sql::AlterKind::kDropConstraint: return alter_drop_constraint(action, altered);
    default: break;
  }
  const int at = altered.table.schema.find(action.name);
  if (at < 0) {
    if (action.kind == sql::AlterKind::kDropColumn && action.if_exists) {
      notices_.push_back(fmt::format("column \"{}\" of relation \"{}\" does not exist, skipping",
                                     action.name, altered.table.name));
      return {};
    }
    Error error = no_such_column(action.name, altered.table.name);
    return error;
  }
  if (action.kind == sql::AlterKind::kDropColumn) return alter_drop_column(action, altered);
  if (action.kind == sql::AlterKind::kType) return alter_type(action, altered);
  return alter_column(action, altered);
}

Status ScratchDefine::alter_add_column(const sql::AlterAction& action, Altered& altered) {
  TableDefinition& table = altered.table;
  if (action.if_exists && table.schema.find(action.name) >= 0) {
    notices_.push_back(fmt::format("column \"{}\" of relation \"{}\" already exists, skipping",
                                   action.name, table.name));
    return {};
  }
  TRY_VOID(add_column(action.elements.columns[0], table));
  for (const sql::TableConstraint& constraint : action.elements.constraints)
    TRY_VOID(add_constraint(constraint, table));
  TRY_VOID(add_values(action.elements.columns[0], table));
  altered.numbers.push_back(0);
  const Field& field = table.schema.fields.back();
  ColumnBuilder values(field.type);
  Batch one;
  one.rows = 1;
  for (uint32_t row = 0; row < altered.rows.rows; ++row) {
    if (table.identity.back() != Identity::kNone) {
      const Value number{TypeId::kInt8, ++altered.numbers.back()};
      append_value(values, TRY(cast_value(number, field.type)));
    } else if (!table.defaults.back()) {
      values.append_null();
    } else {
      const expr::Evaluated value =
          expr::evaluate(*table.defaults.back(), one, {transaction_.now()});
      if (!value.errors.empty()) return row_error(value.errors[0]);
      values.append_from(*value.column, 0);
    }
  }
  altered.rows.columns.push_back(values.finish());
  if (!table.generated.back()) return {};
  expr::Evaluated made =
      expr::evaluate(*table.generated.back(), altered.rows, {transaction_.now()});
  if (!made.errors.empty()) return row_error(made.errors[0]);
  altered.rows.columns.back() = TRY(fitted(made.column, field.type));
  return {};
}

// What depends on the column: views, and generated columns.
std::string ScratchDefine::dependents_of(uint32_t column, const Altered& altered) const {
  const TableDefinition& table = altered.table;
  std::string detail;
  const auto tell = [&](const std::string& what) {
    detail += fmt::format("{}{} depends on column {} of table {}", detail.empty() ? "" : "\n", what,
                          table.schema.fields[column].name, table.name);
  };
  for (const auto& view : readers_of(column, altered))
    tell((view->kept ? "materialized view " : "view ") + view->name());
  for (size_t i = 0; i < table.generated.size(); ++i) {
    if (i != column && uses(table.generated[i], column))
      tell("column " + table.schema.fields[i].name);
  }
  return detail;
}

// Keys and checks that name the column go with it; views that read it stand in the way.
Status ScratchDefine::alter_drop_column(const sql::AlterAction& action, Altered& altered) {
  TableDefinition& table = altered.table;
  const auto column = static_cast<uint32_t>(table.schema.find(action.name));
  const std::string dependents = dependents_of(column, altered);
  if (!action.cascade && !dependents.empty()) {
    return Error(ErrorKind::kInvalidStatement, 1731,
                 fmt::format("cannot drop column {} of table {} because other objects depend on it",
                             action.name, table.name))
        .detail(dependents)
        .hint("DROP ... CASCADE drops them too")
        .sqlstate("2BP01");
  }
  for (const auto& view : readers_of(column, altered)) drop_with_dependents(view->name());
  for (size_t i = table.generated.size(); i-- > 0;) {
    if (i == column || !uses(table.generated[i], column)) continue;
    sql::AlterAction below;
    below.name = table.schema.fields[i].name;
    below.cascade = true;
    TRY_VOID(alter_drop_column(below, altered));
    return alter_drop_column(action, altered);
  }
  for (int& place : altered.places) {
    if (place == static_cast<int>(column)) {
      place = -1;
    } else if (place > static_cast<int>(column)) {
      --place;
    }
  }
  erase_column(altered, column);
  return {};
}

// What reads the column would have to be made anew.
Status ScratchDefine::refuse_type(const std::string& name, const Altered& altered) const {
  const TableDefinition& table = altered.table;
  const auto column = static_cast<uint32_t>(table.schema.find(name));
  for (const ScratchView* view : readers_of(column, altered)) {
    return Error(ErrorKind::kInvalidStatement, 1732,
                 "cannot alter type of a column used by a view or rule")
        .detail(fmt::format("view {} depends on column \"{}\"", view->name(), name))
        .sqlstate("0A000");
  }
  const auto is_used = [&](const expr::ExprPtr& e) { return uses(e, column); };
  const bool ruled = std::any_of(table.checks.begin(), table.checks.end(),
                                 [&](const auto& check) { return is_used(check.condition); });
  const bool generates = std::any_of(table.generated.begin(), table.generated.end(), is_used);
  if (!ruled && !generates && !table.generated[column]) return {};
  return Error(ErrorKind::kNotSupported, 1672,
               "ALTER COLUMN TYPE of a column of a CHECK or of a generated column is not "
               "supported yet")
      .sqlstate("0A000");
}

// The views that read the column, which stands at `column` by now.
std::vector<ScratchView*> ScratchDefine::readers_of(uint32_t column,
                                                    const Altered& altered) const {
  const auto was =
      std::find(altered.places.begin(), altered.places.end(), static_cast<int>(column));
  std::vector<ScratchView*> found;
  if (was == altered.places.end()) return found;  // it is new
  const auto place = static_cast<uint32_t>(was - altered.places.begin());
  for (ScratchView* view : relations().readers(altered.was)) {
    if (names(columns_read(*view, altered.was), place)) found.push_back(view);
  }
  return found;
}

// The values are assigned to the new type, or computed by USING.
Status ScratchDefine::alter_type(const sql::AlterAction& action, Altered& altered) {
  TableDefinition& table = altered.table;
  const auto column = static_cast<uint32_t>(table.schema.find(action.name));
  Field field = table.schema.fields[column];
  field.type = TRY(relations().catalog.type_of(action.type_name));
  sql::Expr self;
  self.kind = sql::ExprKind::kColumn;
  self.names = {action.name};
  const Result<expr::ExprPtr> converted =
      plan::plan_value({text_, relations().catalog, {}}, action.value ? *action.value : self,
                       table.schema, field);
  if (!converted && (action.value || converted.error().sqlstate() != "42804")) {
    return converted.error();
  }
  if (!converted) {
    return Error(ErrorKind::kInvalidStatement, 1733,
                 fmt::format("column \"{}\" cannot be cast automatically to type {}", action.name,
                             field.type.name()))
        .hint("say how with USING")
        .sqlstate("42804")
        .caused_by(converted.error());
  }
  TRY_VOID(refuse_type(action.name, altered));
  expr::Evaluated values = expr::evaluate(**converted, altered.rows, {transaction_.now()});
  if (!values.errors.empty()) return row_error(values.errors[0]);
  altered.rows.columns[column] = TRY(fitted(values.column, field.type));
  table.schema.fields[column].type = field.type;
  expr::ExprPtr& value = table.defaults[column];
  if (!value) return {};
  value = expr::make(expr::ExprKind::kCast, field.type, {value});
  return {};
}

Status ScratchDefine::alter_column(const sql::AlterAction& action, Altered& altered) {
  TableDefinition& table = altered.table;
  const auto column = static_cast<uint32_t>(table.schema.find(action.name));
  Field& field = table.schema.fields[column];
  if (action.kind == sql::AlterKind::kRenameColumn) {
    if (table.schema.find(action.new_name) >= 0) {
      return Error(ErrorKind::kAlreadyExists, 1677,
                   fmt::format("column \"{}\" of relation \"{}\" already exists", action.new_name,
                               table.name))
          .sqlstate("42701");
    }
    field.name = action.new_name;
  } else if (action.kind == sql::AlterKind::kSetNotNull) {
    field.nullable = false;
  } else if (action.kind == sql::AlterKind::kDropNotNull) {
    const bool identity = table.identity[column] != Identity::kNone;
    if (names(table.primary_key, column) || identity) {
      return Error(ErrorKind::kInvalidStatement, 1735,
                   identity ? fmt::format("column \"{}\" of relation \"{}\" is an identity column",
                                          action.name, table.name)
                            : fmt::format("column \"{}\" is in a primary key", action.name))
          .sqlstate(identity ? "42601" : "42P16");
    }
    field.nullable = true;
  } else if (table.generated[column] || table.identity[column] != Identity::kNone) {
    return Error(ErrorKind::kInvalidStatement, 1736,
                 fmt::format("column \"{}\" of relation \"{}\" is a generated column", action.name,
                             table.name))
        .sqlstate("42601");
  } else {
    table.defaults[column] =
        action.value ? TRY(default_value(*action.value, field)) : expr::ExprPtr();
  }
  return {};
}

Status ScratchDefine::alter_drop_constraint(const sql::AlterAction& action, Altered& altered) {
  TableDefinition& table = altered.table;
  const auto named = [&](const auto& rule) { return rule.name == action.name; };
  const auto key = std::find_if(table.unique.begin(), table.unique.end(), named);
  if (key != table.unique.end()) {
    if (key->columns == table.primary_key) table.primary_key.clear();
    table.unique.erase(key);
    return {};
  }
  if (std::erase_if(table.checks, named) > 0) return {};
  const std::string told = fmt::format("constraint \"{}\" of relation \"{}\" does not exist",
                                       action.name, table.name);
  if (!action.if_exists) {
    return Error(ErrorKind::kNotFound, 1737, told).sqlstate("42704");
  }
  notices_.push_back(told + ", skipping");
  return {};
}

// The rows must keep the new rules, as rows that come.
Status ScratchDefine::replace(const ScratchTable& old, Altered altered) {
  const std::string now = altered.table.name;
  if (now != altered.was) transaction_.define().remove(altered.was);
  ScratchTable& table = transaction_.put_table(std::move(altered.table));
  for (uint32_t i = 0; i < altered.numbers.size(); ++i)
    table.set_last_number(i, altered.numbers[i]);
  TRY_VOID(table.check_rows(altered.rows, transaction_.now()));
  TRY_VOID(transaction_.add(table, std::move(altered.rows)));
  return plan_readers_again(altered.was, now, altered.places);
}

Status ScratchDefine::start_anew(const ScratchTable& table) {
  const std::string name = table.definition().name;
  transaction_.put_table(TableDefinition(table.definition()));
  return plan_readers_again(name, name, {});
}

// `places`: where each column of the relation is by now, -1: gone; none: all are where they were.
Status ScratchDefine::plan_readers_again(const std::string& name, const std::string& now,
                                         const std::vector<int>& places) {
  for (const auto& reader : relations().readers(name)) {
    ScratchView changed = {reader->view, reader->statement, reader->sql, reader->names,
                           reader->known, reader->kept, std::nullopt};
    for (KnownRelation& known : changed.known) {
      if (known.now != name) continue;
      known.now = now;
      if (places.empty()) continue;
      KnownRelation left{known.name, now, {}, {}};
      for (size_t i = 0; i < known.columns.size(); ++i) {
        const int place = places[known.columns[i]];
        if (place < 0) continue;
        left.schema.fields.push_back(known.schema.fields[i]);
        left.columns.push_back(static_cast<uint32_t>(place));
      }
      known = std::move(left);
    }
    transaction_.put_view(TRY(planned_again(changed, relations())));
  }
  return {};
}

Result<StatementResult> ScratchDefine::rename() {
  StatementResult result;
  result.tag = "ALTER " + statement_.value;
  const std::string& now = statement_.actions[0].new_name;
  if (relations().catalog.find(now)) {
    return Error(ErrorKind::kAlreadyExists, 1676,
                 fmt::format("relation \"{}\" already exists", now))
        .sqlstate("42P07");
  }
  if (const ScratchTable* table = relations().find_table(statement_.name)) {
    Altered altered{statement_.name, table->definition(), {}, {}, {}};
    altered.table.name = now;
    BatchBuilder rows(table->definition().schema);
    for (const Batch& batch : TRY(transaction_.contents(statement_.name))) rows.append(batch);
    altered.rows = rows.finish();
    for (uint32_t i = 0; i < altered.table.schema.size(); ++i)
      altered.numbers.push_back(table->last_number(i));
    TRY_VOID(replace(*table, std::move(altered)));
    return result;
  }
  const ScratchView& view = *relations().find_view(statement_.name);
  auto renamed = std::make_unique<ScratchView>(ScratchView{
      view.view, view.statement, view.sql, view.names, view.known, view.kept, std::nullopt});
  renamed->view.definition.name = now;
  transaction_.define().remove(statement_.name);
  transaction_.put_view(std::move(renamed));
  TRY_VOID(plan_readers_again(statement_.name, now, {}));
  return result;
}

}  // namespace weir::engine
