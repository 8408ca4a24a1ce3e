// What CREATE TABLE defines and ALTER TABLE changes, and the words of BEGIN and COMMIT.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sql {

struct Expr;
struct Select;
using ExprPtr = std::unique_ptr<Expr>;
using SelectPtr = std::unique_ptr<Select>;

struct ColumnDefinition {
  std::string name;
  std::string type_name;
  bool not_null = false;
  bool null = false;             // NULL, as written
  bool twice = false;            // DEFAULT is there twice
  ExprPtr default_value;
  ExprPtr generated;             // GENERATED ALWAYS AS (...) STORED
  enum class Identity : uint8_t { kNone, kByDefault, kAlways } identity = Identity::kNone;
  int32_t location = -1;
};

enum class ConstraintKind : uint8_t { kPrimaryKey, kUnique, kCheck, kForeignKey };

// What happens to rows that refer to a row that goes, or whose key changes.
enum class ReferentialAction : uint8_t { kNoAction, kRestrict, kCascade, kSetNull, kSetDefault };

struct TableConstraint {
  ConstraintKind kind = ConstraintKind::kCheck;
  std::string name;                    // empty: to be chosen
  std::vector<std::string> columns;    // of a key
  ExprPtr check;
  std::string references;              // of a foreign key: the table and its columns
  std::vector<std::string> referenced;
  ReferentialAction on_delete = ReferentialAction::kNoAction;
  ReferentialAction on_update = ReferentialAction::kNoAction;
  std::string unsupported;             // a word of it that is not there: DEFERRABLE
  int32_t location = -1;
};

// LIKE other INCLUDING ...
struct LikeClause {
  std::string table;
  size_t place = 0;                    // how many columns stand before it
  bool defaults = false;
  bool constraints = false;
  bool indexes = false;
  bool identity = false;
  bool generated = false;
};

struct TableElements {
  std::vector<ColumnDefinition> columns;
  std::vector<TableConstraint> constraints;
  std::vector<LikeClause> likes;
};

enum class AlterKind : uint8_t {
  kAddColumn,       // elements: the column and its constraints; if_exists: IF NOT EXISTS
  kDropColumn,
  kRenameColumn,
  kRename,
  kDefault,         // value; null: DROP DEFAULT
  kSetNotNull,
  kDropNotNull,
  kType,            // type_name, value: USING
  kAddConstraint,   // elements
  kDropConstraint,
  kUnsupported,     // name: what it is
};

struct AlterAction {
  AlterKind kind = AlterKind::kUnsupported;
  std::string name;                    // of the column or constraint
  std::string new_name;
  std::string type_name;
  ExprPtr value;
  TableElements elements;
  bool if_exists = false;
  bool cascade = false;
};

struct TransactionWords {
  std::string savepoint;
  bool chain = false;
  std::optional<bool> read_only;
};

}  // namespace weir::sql
