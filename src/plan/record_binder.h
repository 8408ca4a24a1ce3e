// Binds rows as values: ROW(...), whole rows of tables, fields of rows, and rows made from JSON
// with a list of columns. For one expression of a Binder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plan/binder.h"

namespace weir::plan {

bool is_record_function(std::string_view name);  // takes a list of columns: as x(a int, b text)

class RecordBinder {
 public:
  explicit RecordBinder(Binder& binder) : binder_(binder) {}
  // Of names that may be looked up here; those of FROM and of conversions need none.
  RecordBinder(Binder& binder, const Scope& scope, Grouping* grouping)
      : binder_(binder), scope_(&scope), grouping_(grouping) {}

  using ExprPtr = expr::ExprPtr;
  // The columns that a table's name stands for, here or in a query around this one.
  std::vector<ScopeColumn> columns_of_table(const std::string& table) const;
  // The values of t.*, and of t where it is no column's name; of other expressions none.
  Result<std::vector<ExprPtr>> values_of_table(const sql::Expr& e);
  // t and t.* as a value.
  Result<ExprPtr> whole_row(const std::vector<ScopeColumn>& columns, int32_t location);
  // The list of ROW(a, t.*), with the columns of t in its place.
  Result<std::vector<ExprPtr>> row_items(const std::vector<sql::ExprPtr>& list);
  Result<ExprPtr> row_value(const sql::Expr& e);
  // ROW(...)::type
  Result<ExprPtr> row_cast(const sql::Expr& e, Type type);
  // ROW(...) where a named type is wanted; what does not fit stays what it is.
  Result<ExprPtr> fit_row(ExprPtr e, const Type& type, int32_t location);
  // (value).name, and (value).* of a select list.
  Result<ExprPtr> field(const sql::Expr& e);
  Result<std::vector<Binder::Item>> all_fields(const sql::Expr& e);
  static ExprPtr is_null(const ExprPtr& record, bool negated);
  // Rows that an operator compares have fields of the same types. Error: 42804.
  Status refuse_dissimilar(const Type& left, const Type& right, int32_t location) const;
  // jsonb_to_record(j) as x(a int, b text), jsonb_to_recordset(j) with a row for each element.
  Result<Binder::Source> function_of_from(const sql::From& from);

 private:
  Result<ExprPtr> column(const ScopeColumn& column, int32_t location);
  Result<Type> listed_type(const sql::From& from) const;  // AS x(a int, b text)
  Error error(uint16_t code, const char* sqlstate, std::string message, int32_t location) const;
  Error unsupported(std::string_view what, int32_t location) const;

  Binder& binder_;
  const Scope* scope_ = nullptr;
  Grouping* grouping_ = nullptr;
};

}  // namespace weir::plan
