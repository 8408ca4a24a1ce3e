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

// A column whose default is the next number.
enum class Identity : uint8_t { kNone, kByDefault, kAlways };

struct TableDefinition {
  std::string name;
  Schema schema;                    // Field::nullable = false: NOT NULL
  std::vector<uint32_t> primary_key;
  std::vector<UniqueRule> unique;   // with the primary key
  std::vector<CheckRule> checks;
  // One a column:
  std::vector<expr::ExprPtr> defaults;   // null: NULL
  std::vector<expr::ExprPtr> generated;  // null: it is not
  std::vector<Identity> identity;
};

// How often each key of each unique rule comes or goes.
using KeyCounts = std::vector<std::unordered_map<std::string, int64_t>>;

class ScratchTable {
 public:
  ScratchTable(uint64_t id, TableDefinition definition);

  uint64_t id() const { return id_; }
  const TableDefinition& definition() const { return definition_; }
  catalog::StreamDefinition stream() const;
  std::vector<Batch> contents() const { return rows_.contents(); }
  uint64_t rows() const { return rows_.rows(); }

  // NOT NULL and CHECK of rows that come. Errors: 23502, 23514.
  Status check_rows(const Batch& rows, Micros now) const;
  // Adds the change to `pending` where no key is there twice then. Error: 23505.
  Status add_keys(const Batch& change, KeyCounts& pending) const;
  // The rows of `rows` whose keys of these unique rules are free.
  std::vector<uint32_t> without_conflict(const Batch& rows, const KeyCounts& pending,
                                         const std::vector<uint32_t>& rules) const;
  bool has_key(uint32_t rule, std::string_view key, const KeyCounts& pending) const;
  void count_keys(const Batch& change, KeyCounts& counts) const;
  int64_t next_number(uint32_t column) { return ++numbers_[column]; }
  int64_t last_number(uint32_t column) const { return numbers_[column]; }
  void set_last_number(uint32_t column, int64_t number) { numbers_[column] = number; }
  void apply(const Batch& change);

 private:
  const uint64_t id_;
  TableDefinition definition_;
  flow::ViewStore rows_;
  KeyCounts keys_;
  std::vector<int64_t> numbers_;  // one a column; not taken back by a rollback
};

}  // namespace weir::engine
