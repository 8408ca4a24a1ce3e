// A table of the scratch engine: its rows, and the rules that a change must keep.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/definition.h"
#include "expr/expr.h"
#include "flow/view_store.h"

namespace weir::engine {

struct UniqueRule {
  std::string name;                 // "orders_pkey"
  std::vector<uint32_t> columns;
};
struct CheckRule {
  std::string name;                 // "orders_amount_check"
  expr::ExprPtr condition;
};

struct TableDefinition {
  std::string name;
  Schema schema;                    // Field::nullable = false: NOT NULL
  std::vector<uint32_t> primary_key;
  std::vector<UniqueRule> unique;   // the primary key first
  std::vector<CheckRule> checks;
  std::vector<expr::ExprPtr> defaults;  // one a column; null: NULL
};

// How often each key of each unique rule comes or goes.
using KeyCounts = std::vector<std::unordered_map<std::string, int64_t>>;

class ScratchTable {
 public:
  explicit ScratchTable(TableDefinition definition);

  const TableDefinition& definition() const { return definition_; }
  catalog::StreamDefinition stream() const;
  std::vector<Batch> contents() const { return rows_.contents(); }

  // NOT NULL and CHECK of rows that come. Errors: 23502, 23514.
  Status check_rows(const Batch& rows, Micros now) const;
  // Adds the change to `pending` where no key is there twice then. Error: 23505.
  Status add_keys(const Batch& change, KeyCounts& pending) const;
  // The rows of `rows` whose keys are free, for ON CONFLICT DO NOTHING.
  std::vector<uint32_t> without_conflict(const Batch& rows, const KeyCounts& pending) const;
  void apply(const Batch& change);

 private:
  TableDefinition definition_;
  flow::ViewStore rows_;
  KeyCounts keys_;
};

}  // namespace weir::engine
