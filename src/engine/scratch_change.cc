#include "engine/scratch_change.h"

#include <fmt/core.h>

#include "data/cast.h"
#include "data/text_form.h"

namespace weir::engine {

namespace {

constexpr const char* kChangedRows = "changed rows";

}  // namespace

// A varchar(n) or char(n) column: a value that is longer is refused, but for blanks, which are
// cut. (A cast that someone has written cuts; that was done before.)
Result<ColumnPtr> fitted(const ColumnPtr& column, Type type) {
  const bool is_text = type.id == TypeId::kText || type.id == TypeId::kBpchar;
  if (!is_text || type.precision < 0) return Column::retype(column, type);
  ColumnBuilder values(type);
  for (uint32_t row = 0; row < column->size(); ++row) {
    ParseError error;
    if (column->is_null(row)) {
      values.append_null();
    } else if (!append_parsed(values, column->text(row), &error)) {
      return Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate);
    }
  }
  return values.finish();
}

Error no_such_column(const std::string& column, const std::string& table) {
  return Error(ErrorKind::kInvalidStatement, 1261,
               fmt::format("column \"{}\" of relation \"{}\" does not exist", column, table))
      .sqlstate("42703");
}

Error row_error(const RowError& error) {
  return Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate);
}

int64_t total_weight(const Batch& batch) {
  int64_t total = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) total += batch.weight(row);
  return total;
}

RowChange::RowChange(ScratchTransaction& transaction, StatementText statement,
                     ScratchTable& table)
    : transaction_(transaction),
      text_(statement.text),
      statement_(statement.statement),
      parameters_(statement.parameters),
      table_(table),
      profile_(statement.profile) {}

Result<StatementResult> RowChange::run() {
  return statement_.kind == sql::StatementKind::kInsert ? insert() : update_or_delete();
}

Result<StatementDescription> RowChange::describe() {
  return statement_.kind == sql::StatementKind::kInsert ? describe_insert() : describe_update();
}

plan::StatementContext RowChange::context() const {
  return {text_, transaction_.catalog(), parameters_};
}

Result<std::vector<plan::View>> RowChange::plan() {
  TRY_VOID(describe());
  if (statement_.kind != sql::StatementKind::kInsert) {
    return std::vector<plan::View>{TRY(plan_update(TRY(assigned(statement_.assignments)))).view};
  }
  if (!statement_.select || !statement_.select->values.empty()) return std::vector<plan::View>();
  std::vector<Field> fields;
  for (const uint32_t column : TRY(insert_targets())) fields.push_back(schema().fields[column]);
  return std::vector<plan::View>{
      TRY(plan::plan_assigned(context(), *statement_.select, fields))};
}

const std::string& RowChange::alias() const {
  return statement_.alias.empty() ? statement_.name : statement_.alias;
}

plan::GivenRows RowChange::table_rows() const {
  plan::GivenRows rows{statement_.name, schema(), {}};
  rows.scope.add(alias(), schema());
  return rows;
}

Result<Batch> RowChange::query(const plan::View& view, const std::string& given,
                               const Batch& rows) const {
  plan::View whole = view;  // what stands behind the columns to show counts as well
  whole.visible_columns = 0;
  StatementResult result = TRY(transaction_.query(whole, profile_, given, rows));
  return std::move(result.batches[0]);
}

Result<RowChange::Assigned> RowChange::assigned(
    const std::vector<sql::SelectItem>& assignments) const {
  const TableDefinition& table = table_.definition();
  Assigned assigned;
  std::vector<uint8_t> seen(schema().size(), 0);
  for (const sql::SelectItem& one : assignments) {
    const int at = schema().find(one.alias);
    if (at < 0) return no_such_column(one.alias, table.name);
    const auto column = static_cast<uint32_t>(at);
    if (seen[column]++) {
      return Error(ErrorKind::kInvalidStatement, 1695,
                   fmt::format("multiple assignments to same column \"{}\"", one.alias))
          .sqlstate("42601");
    }
    if (one.expr->kind == sql::ExprKind::kDefault) {
      assigned.defaults.push_back(column);
      continue;
    }
    if (table.generated[column] || table.identity[column] == Identity::kAlways) {
      return Error(ErrorKind::kInvalidStatement, 1696,
                   fmt::format("column \"{}\" can only be updated to DEFAULT", one.alias))
          .detail(table.generated[column] ? "It is a generated column."
                                          : "It is an identity column defined as GENERATED ALWAYS.")
          .sqlstate("428C9");
    }
    assigned.values.push_back({column, schema().fields[column], one.expr.get()});
  }
  return assigned;
}

// The table's columns of what was found, with the values that stand behind the first `read`.
Result<Batch> RowChange::with_assigned(const Assigned& assigned, const Batch& found, size_t read) {
  Batch rows;
  rows.rows = found.rows;
  rows.columns.assign(found.columns.begin(),
                      found.columns.begin() + static_cast<ptrdiff_t>(schema().size()));
  for (size_t i = 0; i < assigned.values.size(); ++i) {
    rows.columns[assigned.values[i].column] = found.columns[read + i];
  }
  for (const uint32_t column : assigned.defaults) {
    ColumnBuilder values(schema().fields[column].type);
    for (uint32_t row = 0; row < rows.rows; ++row) TRY_VOID(append_default(values, column));
    rows.columns[column] = values.finish();
  }
  return complete_rows(std::move(rows));
}

Status RowChange::append_value(ColumnBuilder& builder, const expr::ExprPtr& value) const {
  if (!value) {
    builder.append_null();
    return {};
  }
  if (value->kind == expr::ExprKind::kLiteral) {
    weir::append_value(builder, value->literal);
    return {};
  }
  Batch one;
  one.rows = 1;
  const expr::Evaluated result = expr::evaluate(*value, one, {transaction_.now()});
  if (!result.errors.empty()) return row_error(result.errors[0]);
  builder.append_from(*result.column, 0);
  return {};
}

Status RowChange::append_default(ColumnBuilder& builder, uint32_t column) {
  if (table_.definition().identity[column] == Identity::kNone) {
    return append_value(builder, table_.definition().defaults[column]);
  }
  const Value number{TypeId::kInt8, table_.next_number(column)};
  weir::append_value(builder, TRY(cast_value(number, schema().fields[column].type)));
  return {};
}

Result<Batch> RowChange::complete_rows(Batch rows) const {
  const auto& generated = table_.definition().generated;
  for (size_t i = 0; i < generated.size(); ++i) {
    if (!generated[i]) continue;
    expr::Evaluated result = expr::evaluate(*generated[i], rows, {transaction_.now()});
    if (!result.errors.empty()) return row_error(result.errors[0]);
    rows.columns[i] = std::move(result.column);
  }
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    if (rows.columns[i]->type() == schema().fields[i].type) continue;
    rows.columns[i] = TRY(fitted(rows.columns[i], schema().fields[i].type));
  }
  return rows;
}

Status RowChange::add(Batch change) { return transaction_.add(table_, std::move(change)); }

plan::GivenRows RowChange::given_rows(const plan::Scope& scope, const Schema& schema) const {
  plan::GivenRows given{kChangedRows, schema, scope};
  given.schema.fields.push_back({"order", TypeId::kInt8});
  return given;
}

Result<StatementResult> RowChange::answer(const char* verb, int64_t count,
                                          const Returned& returned) {
  StatementResult result;
  result.tag = fmt::format("{} {}", verb, count);
  if (!statement_.returning) return result;
  const plan::View view = TRY(plan::plan_returning(context(), *statement_.returning,
                                                   given_rows(returned.scope, returned.schema)));
  Batch rows = returned.rows;
  rows.weights = nullptr;
  ColumnBuilder order{Type(TypeId::kInt8)};
  for (int64_t row = 0; row < rows.rows; ++row) order.append(row);
  rows.columns.push_back(order.finish());
  Batch answers = TRY(query(view, kChangedRows, rows));
  result.has_rows = true;
  result.schema = visible_schema(view);
  answers.columns.resize(result.schema.size());
  result.batches.push_back(std::move(answers));
  return result;
}

Result<StatementDescription> RowChange::describe_returning(const plan::Scope& scope,
                                                           const Schema& schema,
                                                           std::vector<Type> parameters) {
  StatementDescription description{std::move(parameters), false, {}};
  if (!statement_.returning) return description;
  const plan::View view = TRY(
      plan::plan_returning(context(), *statement_.returning, given_rows(scope, schema)));
  description.has_rows = true;
  description.schema = visible_schema(view);
  for (size_t i = 0; i < view.parameters.size(); ++i) {
    if (i >= description.parameters.size()) description.parameters.push_back(view.parameters[i]);
    Type& type = description.parameters[i];
    if (type.id == TypeId::kUnknown) type = view.parameters[i];
  }
  return description;
}

}  // namespace weir::engine
