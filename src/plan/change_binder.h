// What INSERT, UPDATE and DELETE read is a query like any other: UPDATE and DELETE read the rows of
// their FROM and WHERE, with the new values beside them, RETURNING reads the rows that have
// changed. Which rows these are is known to the statement alone: they are the given item of FROM.
#pragma once
#include "plan/binder.h"

namespace weir::plan {

class ChangeBinder {
 public:
  using Bound = Binder::Bound;
  using Source = Binder::Source;
  struct Assignment {
    Field column;
    const sql::Expr* value = nullptr;
  };

  explicit ChangeBinder(Binder& binder) : binder_(binder) {}

  // An item of FROM that is given (sql::FromKind::kGiven) is this one.
  void give(Source source) { binder_.given_ = std::move(source); }
  // The rows of FROM and WHERE: the columns of `scope`, then the values.
  Result<Source> bind_change(const sql::Select& select, const std::vector<Assignment>& assignments);
  // Over the given item, whose last column says in which order the answers come.
  Result<Bound> bind_returning(const sql::Select& select);
  // A query whose columns go to these.
  Result<Bound> bind_assigned(const sql::Select& select, const std::vector<Field>& columns);
  Result<expr::ExprPtr> assign(expr::ExprPtr value, const Field& column, int32_t location);
  Status assign_items(std::vector<Binder::Item>& items);

 private:
  Result<Source> bind_changed_rows(const sql::Select& select,
                                   const std::vector<Assignment>& assignments);
  Result<expr::ExprPtr> bind_value(const Assignment& assignment, const Scope& scope);
  Result<Bound> bind_returned(const sql::Select& select);

  Binder& binder_;
};

}  // namespace weir::plan
