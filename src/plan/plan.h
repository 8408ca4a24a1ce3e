// The logical plan: what a query means, as a tree of operators over columns by position. It is also
// what flow builds from, one operator a node; equal sub-plans (equal `hash`) become one operator.
//
// Normal form: the arguments of a node are columns of its input (a Project below computes them), so
// an operator never evaluates expressions except Project, Filter and a join's residual predicate.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "catalog/definition.h"
#include "data/compare.h"
#include "expr/aggregate_function.h"
#include "expr/expr.h"
#include "plan/ending.h"

namespace weir::expr {
struct TableFunction;  // expr/table_function.h
}

namespace weir::plan {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

enum class NodeKind : uint8_t {
  kScan,       // a relation by name: source, seed, table or another model
  kValues,     // literal rows
  kProject,
  kFilter,
  kWindow,     // tumble, hop or cumulate: the input's columns + window_start + window_end
  kAggregate,  // group by columns; no group column: exactly one row, always
  kJoin,
  kUnionAll,
  kDistinct,
  kTopN,       // order by + limit/offset over the whole relation or within each partition
  kSetOperation,    // INTERSECT and EXCEPT of two inputs with the same columns
  kOver,            // window functions: the input's columns + one column a call
  kTableFunction,   // set-returning functions of each row: the input's columns + theirs
  kSession,         // sessions by key: the input's columns + window_start + window_end
  kTemporalFilter,  // rows while the epoch's clock is in their span
  kAsofJoin,        // each left row with the latest right row that is not later
  kRecursive,       // WITH RECURSIVE: inputs[0] is the base, inputs[1] the step
};

struct ScanSpec {
  std::string relation;
  std::vector<uint32_t>
      columns;  // of the relation's schema, the ones read (projection pushed down)
};
struct ValuesSpec {
  std::vector<std::vector<Value>> rows;
};
struct ProjectSpec {
  std::vector<expr::ExprPtr> exprs;
};
struct FilterSpec {
  expr::ExprPtr predicate;
};
enum class WindowKind : uint8_t { kTumble, kHop, kCumulate };
struct WindowSpec {
  WindowKind kind = WindowKind::kTumble;
  uint32_t time_column = 0;
  Micros size = 0;
  Micros slide = 0;   // = size for tumble
  Micros offset = 0;  // windows are aligned to 1970-01-01 UTC + offset
};
using expr::AggregateKind;
// A direct argument of an ordered-set aggregate: a constant, or a column of the group.
struct DirectArgument {
  std::optional<uint32_t> group;      // position among AggregateSpec::groups
  Value value;
  bool operator==(const DirectArgument&) const = default;
};
struct AggregateCall {
  AggregateKind kind = AggregateKind::kCountStar;
  std::vector<uint32_t> arguments;    // input columns; of ordered sets: those of WITHIN GROUP
  std::optional<uint32_t> filter;     // boolean input column
  bool distinct = false;
  std::vector<SortColumn> order;      // inside the aggregate; ties are broken by the arguments
  std::vector<DirectArgument> direct;
  Type result;
};
struct AggregateSpec {
  std::vector<uint32_t> groups;       // input columns; output = groups, then calls
  std::vector<AggregateCall> calls;
};
// Semi and anti joins answer the left columns only: rows with a match, and rows without one.
enum class JoinKind : uint8_t { kInner, kLeft, kFull, kSemi, kAnti };
struct JoinSpec {
  JoinKind kind = JoinKind::kInner;
  std::vector<uint32_t> left_keys;    // same number, same type ids; empty: cross join
  std::vector<uint32_t> right_keys;
  expr::ExprPtr residual;             // over left columns ++ right columns; may be null
  bool nulls_match = false;           // keys are compared by IS NOT DISTINCT FROM
};
struct TopNSpec {
  std::vector<SortColumn> order;      // ties are broken by the rest of the row, so that it is total
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
  std::vector<uint32_t> partition;    // limit and offset count within each group of these columns
  bool with_ties = false;             // rows that equal the last one by `order` come too
};
enum class SetOperationKind : uint8_t { kIntersect, kExcept };
struct SetOperationSpec {
  SetOperationKind kind = SetOperationKind::kIntersect;
  bool all = false;                   // multisets; else each row once
};

// Window functions over rows that may be taken back.
enum class FrameMode : uint8_t { kRows, kRange, kGroups };
enum class FrameExclusion : uint8_t { kNoOthers, kCurrentRow, kGroup, kTies };
enum class BoundKind : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing,
                                 kUnboundedFollowing };
struct FrameBound {
  BoundKind kind = BoundKind::kUnboundedPreceding;
  uint64_t rows = 0;                  // kPreceding, kFollowing with ROWS and GROUPS
  // With RANGE: the input column that holds, of each row, the order value at which the frame ends.
  // With ROWS and GROUPS: the one that holds the number, where it is no constant; the same for all.
  std::optional<uint32_t> limit_column;
};
struct Frame {
  FrameMode mode = FrameMode::kRange;
  FrameBound start;
  FrameBound end{BoundKind::kCurrentRow, 0, {}};
  FrameExclusion exclusion = FrameExclusion::kNoOthers;
};
enum class OverKind : uint8_t {
  kRowNumber, kRank, kDenseRank, kPercentRank, kCumeDist, kNtile, kLag, kLead, kFirstValue,
  kLastValue, kNthValue, kAggregate,
};
struct OverCall {
  OverKind kind = OverKind::kRowNumber;
  std::vector<uint32_t> arguments;    // ntile: n; lag, lead: value, offset, default; nth: value, n
  // Of arguments that are evaluated only where a frame looks at the row and may fail (those of
  // aggregates with their filter behind them): the text column that holds their error.
  std::vector<std::optional<uint32_t>> errors;
  AggregateCall aggregate;            // kAggregate: its argument and filter are input columns
  Frame frame;
  Type result;
};
struct OverSpec {                     // all calls of one node share partition and order
  std::vector<uint32_t> partition;
  std::vector<SortColumn> order;
  std::vector<OverCall> calls;
};

// Several functions go in step, the shorter ones padded with NULLs (ROWS FROM).
struct TableFunctionCall {
  const expr::TableFunction* function = nullptr;
  std::vector<uint32_t> arguments;    // input columns
  std::vector<Type> results;          // types of its columns
};
struct TableFunctionSpec {
  std::vector<TableFunctionCall> calls;
  bool ordinality = false;            // one more column: 1, 2, ... of each input row
  bool outer = false;                 // an input row without a result stands once, with NULLs
};
struct SessionSpec {
  uint32_t time_column = 0;
  Micros gap = 0;
  std::vector<uint32_t> keys;
};
// A row stands while from <= now < until (timestamptz columns; NULL: never), each where given.
struct TemporalFilterSpec {
  std::optional<uint32_t> from;
  std::optional<uint32_t> until;
};
struct AsofJoinSpec {
  std::vector<uint32_t> left_keys;
  std::vector<uint32_t> right_keys;
  uint32_t left_time = 0;
  uint32_t right_time = 0;            // the latest with right_time <= left_time
  bool outer = true;                  // a left row without a version stands with NULLs
};
// The step reads what the last round added as a scan of `relation`. Its other inputs are its own.
struct RecursiveSpec {
  std::string relation;               // of the working table; unique within the plan
  bool distinct = false;              // UNION: a row that is known already is not added
};

// A column whose value bounds event time from above, so that the watermark closes rows: window_end,
// the event time itself, or what is cut of it, which closes where the cut ends.
struct ClosingColumn {
  uint32_t column = 0;
  Ending ending = {};
};

// What is known of a node's output.
struct Properties {
  bool append_only = false;                    // no row is ever taken back
  std::vector<std::vector<uint32_t>> keys;     // sets of columns that are unique
  // The state of groups with such a column can be dropped.
  std::vector<ClosingColumn> closing_columns;
  bool event_time = false;                     // of scans: of a relation that has one, read or not
  std::optional<uint64_t> rows;                // of scans: how many there are, where it may count
  // Hashes of the start and the end of windows: each determines the other, so a key needs one of
  // them.
  std::vector<std::pair<uint64_t, uint64_t>> window_bounds;
};

struct Node {
  NodeKind kind = NodeKind::kScan;
  Schema schema;
  std::vector<NodePtr> inputs;
  std::variant<ScanSpec, ValuesSpec, ProjectSpec, FilterSpec, WindowSpec, AggregateSpec, JoinSpec,
               TopNSpec, SetOperationSpec, OverSpec, TableFunctionSpec, SessionSpec,
               TemporalFilterSpec, AsofJoinSpec, RecursiveSpec, std::monostate>
      spec = std::monostate{};
  Properties properties;
  std::vector<uint64_t> column_hashes;  // of the meaning of each column, whatever it is called
  uint64_t hash = 0;  // of the canonical logical sub-plan: names, types, expressions
};

// A model, planned.
struct View {
  catalog::ViewDefinition definition;
  NodePtr root;
  std::vector<uint32_t> key;              // proven unique columns; empty: none known (a multiset)
  std::optional<uint32_t> close_column;   // window_end or the like: needed by on_close and retain
  Ending close_ending;                    // when a row closes, by that column
  bool append_only = false;
  std::vector<std::string> reads;         // relations named, distinct
  std::vector<SortColumn> order;          // a top-level ORDER BY: of queries only
  size_t visible_columns = 0;             // of queries: columns behind them are there to order by
  std::vector<Type> parameters;           // of queries: $1.., where untyped as their place asks
};

}  // namespace weir::plan
