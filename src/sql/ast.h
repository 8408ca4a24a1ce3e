// The syntax tree: our own small structs over what libpg_query reads. Names are strings; nothing is
// looked up here. Every node knows where it begins in the text (byte offset), for errors.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/definition.h"
#include "sql/session_parts.h"
#include "sql/type_change.h"

namespace weir::sql {

enum class ExprKind : uint8_t {
  kColumn,      // names: [table,] column; "*" as the last name: all columns
  kString,      // text (an untyped literal)
  kInteger,     // text
  kDecimal,     // text
  kBool,        // flag
  kNull,
  kParameter,   // number
  kOperator,    // name, 1 or 2 args
  kCall,        // name, args, and the aggregate parts
  kCase,        // [operand], when, then, ..., else; flags say which of the ends are there
  kCoalesce,
  kNullIf,
  kCast,        // args[0] to type_name
  kAnd,
  kOr,
  kNot,
  kIsNull,      // negated
  kIsTrue,      // flag: the value tested; is_unknown; negated
  kIn,          // args[0] in args[1..]; negated
  kBetween,     // args: value, low, high; negated; symmetric
  kSubquery,    // select; name: exists, value, any, all or array; any, all: args[0] and text, the
                // operator; column: the value `number` of a row of so many `columns`
  kRow,         // (a, b, ...) or ROW(...)
  kGrouping,    // GROUPING(args)
  kArray,       // ARRAY[args]
  kSubscript,   // args[0][args[1]]...; flag: slices, two args a dimension
  kField,       // (args[0]).name; "*": all of them
  kQuantified,  // args[0] name ANY (args[1]); negated: ALL
  kDefault,     // DEFAULT, among the values of INSERT and UPDATE
  kUnsupported, // name: what it is
};

struct SortItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;
};

// What stands behind OVER, or under a name in the WINDOW clause.
enum class FrameUnit : uint8_t { kRange, kRows, kGroups };
enum class FrameEdge : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing,
                                 kUnboundedFollowing };
enum class FrameExclude : uint8_t { kNothing, kCurrentRow, kGroup, kTies };

struct WindowDefinition {
  std::string name;              // OVER name; of the WINDOW clause: its own
  std::string base;              // OVER (base ...)
  std::vector<ExprPtr> partition;
  std::vector<SortItem> order;
  bool has_frame = false;        // as written; the default is RANGE to the current row
  FrameUnit unit = FrameUnit::kRange;
  FrameEdge start = FrameEdge::kUnboundedPreceding;
  FrameEdge end = FrameEdge::kCurrentRow;
  FrameExclude exclude = FrameExclude::kNothing;
  ExprPtr start_offset;
  ExprPtr end_offset;
  int32_t location = -1;
};

struct Expr {
  ExprKind kind = ExprKind::kNull;
  int32_t location = -1;
  std::string name;
  std::vector<std::string> names;
  std::string text;
  std::string type_name;
  std::vector<ExprPtr> args;
  bool flag = false;
  bool negated = false;
  bool symmetric = false;
  bool is_unknown = false;
  bool has_operand = false;      // CASE x WHEN
  bool has_else = false;
  int32_t number = 0;
  int32_t columns = 0;
  // Calls of aggregates.
  bool star = false;             // count(*)
  bool distinct = false;
  ExprPtr filter;
  std::vector<SortItem> order;   // inside an aggregate, or of WITHIN GROUP
  bool within_group = false;
  bool has_over = false;         // a window function
  std::vector<std::string> arg_names;  // f(name => arg), "" where there is none; empty: none has
  bool variadic = false;         // f(..., VARIADIC array)
  std::unique_ptr<WindowDefinition> over;
  SelectPtr select;
};

enum class GroupingKind : uint8_t { kList, kEmpty, kRollup, kCube, kSets };

// One item of a GROUP BY with sets. A list counts as one: (a, b).
struct GroupingItem {
  GroupingKind kind = GroupingKind::kList;
  int32_t location = -1;
  std::vector<std::vector<ExprPtr>> lists;  // kList: one
  std::vector<GroupingItem> items;          // kSets
};

struct SelectItem {
  ExprPtr expr;
  std::string alias;
};

enum class FromKind : uint8_t {
  kTable, kSubquery, kFunction, kJoin,
  kGiven,  // rows that a statement has at hand (RETURNING, ON CONFLICT); never written
};
enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kCross };

struct From {
  FromKind kind = FromKind::kTable;
  int32_t location = -1;
  std::string schema;
  std::string name;                       // table or function
  std::string alias;
  std::vector<std::string> column_aliases;
  SelectPtr select;
  bool lateral = false;
  std::vector<ExprPtr> args;              // of a function
  std::vector<ExprPtr> calls;             // all functions of ROWS FROM (...), or the only one
  bool ordinality = false;
  std::vector<ColumnDefinition> column_definitions;  // as x(a int, b text)
  JoinKind join = JoinKind::kInner;
  bool natural = false;
  std::vector<std::string> using_columns;
  std::string using_alias;                // of these columns: JOIN ... USING (...) AS alias
  ExprPtr on;
  std::unique_ptr<From> left;
  std::unique_ptr<From> right;
};

enum class SetOp : uint8_t { kNone, kUnion, kIntersect, kExcept };

struct CommonTable {
  std::string name;
  std::vector<std::string> columns;
  SelectPtr select;
  std::string unsupported;                // what of it is
  int32_t location = -1;
};

struct Select {
  int32_t location = -1;
  std::vector<CommonTable> with;
  bool recursive = false;
  bool distinct = false;
  std::vector<ExprPtr> distinct_on;
  std::vector<SelectItem> items;
  std::vector<From> from;
  ExprPtr where;
  std::vector<ExprPtr> group_by;
  std::vector<GroupingItem> grouping;     // with GROUPING SETS and the like: in place of group_by
  bool group_distinct = false;
  ExprPtr having;
  std::vector<WindowDefinition> windows;  // the WINDOW clause
  std::vector<std::vector<ExprPtr>> values;
  SetOp op = SetOp::kNone;
  bool all = false;
  SelectPtr left;
  SelectPtr right;
  std::vector<SortItem> order;
  ExprPtr limit;
  ExprPtr offset;
  bool with_ties = false;
  bool locking = false;
};

struct OnConflict {
  bool update = false;                     // else DO NOTHING
  std::vector<std::string> columns;        // the target; none: any
  std::string constraint;                  // ON CONSTRAINT
  std::vector<SelectItem> assignments;
  SelectPtr select;                        // of the update: its WHERE
};

enum class StatementKind : uint8_t {
  kSelect, kInsert, kUpdate, kDelete, kCreateTable, kCreateView, kCreateMaterializedView, kDrop,
  kExplain, kBegin, kCommit, kRollback, kSet, kShow, kTruncate, kCopy, kUnsupported,
  kSavepoint, kRelease, kRollbackTo, kSetTransaction,
  kCreateTableAs, kAlter, kRefresh, kComment, kCreateType, kAlterType,
  kPrepare, kExecute, kDeallocate, kDiscard, kDeclare, kFetch, kClose,
};

struct Statement {
  StatementKind kind = StatementKind::kUnsupported;
  int32_t location = 0;              // bytes of the text: where it begins and how long it is
  int32_t length = 0;
  std::string name;  // of the table or view; kSet, kShow: the setting; else what it is
  std::string schema;
  std::string alias;                 // INSERT INTO table AS alias
  // kSelect, views; INSERT's rows; FROM (the table first) and WHERE of UPDATE and DELETE.
  SelectPtr select;
  int32_t select_location = 0;       // of a view's SELECT
  std::vector<std::string> columns;  // INSERT's targets; names of a view's or new table's columns
  TableElements elements;            // CREATE TABLE
  std::vector<AlterAction> actions;  // ALTER
  TransactionWords transaction;
  std::vector<SelectItem> assignments;     // UPDATE: alias = column
  std::optional<OnConflict> on_conflict;
  std::optional<Copy> copy;
  std::optional<TypeChange> type;
  SelectPtr returning;
  bool overrides_identity = false;         // OVERRIDING SYSTEM VALUE
  bool ignores_identity = false;           // OVERRIDING USER VALUE
  bool if_exists = false;
  bool or_replace = false;
  bool cascade = false;
  bool with_data = true;             // CREATE TABLE AS, REFRESH
  bool temporary = false;
  bool restart_identity = false;     // TRUNCATE
  std::vector<std::string> drops;
  // Of SET; of DROP and ALTER: the kind; of CREATE: what of it is not supported, in the plural.
  std::string value;
  std::unique_ptr<Statement> inner;  // EXPLAIN
  std::vector<CopyOption> options;   // EXPLAIN
  std::vector<std::string> types;    // PREPARE; its statement begins at select_location
  std::vector<ExprPtr> arguments;    // EXECUTE
  std::optional<CursorUse> cursor;
  std::optional<Subscribe> subscribe;
  SetKind set_kind = SetKind::kValue;
  bool is_local = false;             // SET LOCAL
};

}  // namespace weir::sql
