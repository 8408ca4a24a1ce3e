// UPDATE and DELETE: the rows of FROM and WHERE are found by a query; each row of the table that is
// among them goes, once for each time that it stands in the table, and with UPDATE comes back
// changed. Where several rows of the other tables match one row, the first of them counts.
#include <fmt/core.h>

#include "data/row_encoding.h"
#include "engine/scratch_change.h"

namespace weir::engine {

Result<plan::ChangePlan> RowChange::plan_update(const Assigned& assigned) const {
  return plan::plan_change(context(), *statement_.select, table_rows(), assigned.values);
}

// A join may find a row of the table several times, and cannot tell equal ones apart.
Result<Batch> RowChange::each_row_once(const Batch& found) {
  Batch own;
  own.rows = found.rows;
  own.columns.assign(found.columns.begin(),
                     found.columns.begin() + static_cast<ptrdiff_t>(schema().size()));
  RowBytes names;
  encode_rows(own, names);
  std::unordered_map<std::string_view, int64_t> weights;
  for (uint32_t row = 0; row < names.size(); ++row) weights[names[row]] = 0;
  for (const Batch& batch : TRY(transaction_.contents(statement_.name))) {
    RowBytes rows;
    encode_rows(batch, rows);
    for (uint32_t row = 0; row < batch.rows; ++row) {
      const auto it = weights.find(rows[row]);
      if (it != weights.end()) it->second += batch.weight(row);
    }
  }
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < names.size(); ++row) {
    for (int64_t& left = weights[names[row]]; left > 0; --left) kept.push_back(row);
  }
  return gather(found, kept);
}

Result<StatementResult> RowChange::update_or_delete() {
  const bool deletes = statement_.kind == sql::StatementKind::kDelete;
  const Assigned assigned = TRY(this->assigned(statement_.assignments));
  const plan::ChangePlan plan = TRY(plan_update(assigned));
  Batch found = TRY(query(plan.view));
  if (statement_.select->from.size() > 1) found = TRY(each_row_once(found));

  Batch old;
  old.rows = found.rows;
  old.columns.assign(found.columns.begin(),
                     found.columns.begin() + static_cast<ptrdiff_t>(schema().size()));
  BatchBuilder change(schema());
  change.append(with_weights_negated(old));
  Batch now = old;
  if (!deletes) {
    now = TRY(with_assigned(assigned, found, plan.read));
    TRY_VOID(table_.check_rows(now, transaction_.now()));
    change.append(now);
  }

  Returned returned{plan.scope, plan.view.root->schema, found};
  returned.schema.fields.resize(plan.read);
  returned.rows.columns.resize(plan.read);
  std::copy(now.columns.begin(), now.columns.end(), returned.rows.columns.begin());
  StatementResult result = TRY(answer(deletes ? "DELETE" : "UPDATE", found.rows, returned));
  TRY_VOID(add(change.finish()));
  return result;
}

Result<StatementDescription> RowChange::describe_update() {
  const Assigned assigned = TRY(this->assigned(statement_.assignments));
  const plan::ChangePlan plan = TRY(plan_update(assigned));
  Schema schema = plan.view.root->schema;
  schema.fields.resize(plan.read);
  return describe_returning(plan.scope, schema, plan.view.parameters);
}

}  // namespace weir::engine
