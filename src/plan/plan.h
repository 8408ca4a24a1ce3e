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
#include "expr/expr.h"

namespace weir::plan {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

enum class NodeKind : uint8_t {
  kScan,       // a relation by name: source, seed, table or another model
  kValues,     // literal rows
  kProject,
  kFilter,
  kWindow,     // tumble or hop: the input's columns + window_start + window_end
  kAggregate,  // group by columns; no group column: exactly one row, always
  kJoin,
  kUnionAll,
  kDistinct,
  kTopN,       // order by + limit/offset over the whole relation
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
enum class WindowKind : uint8_t { kTumble, kHop };
struct WindowSpec {
  WindowKind kind = WindowKind::kTumble;
  uint32_t time_column = 0;
  Micros size = 0;
  Micros slide = 0;   // = size for tumble
  Micros offset = 0;  // windows are aligned to 1970-01-01 UTC + offset
};
enum class AggregateKind : uint8_t { kCountStar, kCount, kSum, kMin, kMax, kAvg };
struct AggregateCall {
  AggregateKind kind = AggregateKind::kCountStar;
  uint32_t argument = 0;              // input column, not for count(*)
  std::optional<uint32_t> filter;     // boolean input column
  bool distinct = false;
  Type result;
};
struct AggregateSpec {
  std::vector<uint32_t> groups;       // input columns; output = groups, then calls
  std::vector<AggregateCall> calls;
};
enum class JoinKind : uint8_t { kInner, kLeft };
struct JoinSpec {
  JoinKind kind = JoinKind::kInner;
  std::vector<uint32_t> left_keys;    // same number, same type ids; empty: cross join
  std::vector<uint32_t> right_keys;
  expr::ExprPtr residual;             // over left columns ++ right columns; may be null
};
struct TopNSpec {
  std::vector<SortColumn> order;      // ties are broken by the rest of the row, so that it is total
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
};

// What is known of a node's output.
struct Properties {
  bool append_only = false;                    // no row is ever taken back
  std::vector<std::vector<uint32_t>> keys;     // sets of columns that are unique
  // Columns whose value bounds event time from above, so that the watermark closes rows:
  // window_end, or the event time itself. The state of groups with such a column can be dropped.
  std::vector<uint32_t> closing_columns;
  // Hashes of the start and the end of windows: each determines the other, so a key needs one of
  // them.
  std::vector<std::pair<uint64_t, uint64_t>> window_bounds;
};

struct Node {
  NodeKind kind = NodeKind::kScan;
  Schema schema;
  std::vector<NodePtr> inputs;
  std::variant<ScanSpec, ValuesSpec, ProjectSpec, FilterSpec, WindowSpec, AggregateSpec, JoinSpec,
               TopNSpec, std::monostate>
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
  Micros close_delay = 0;                 // a row of the column closes at value + delay
  bool append_only = false;
  std::vector<std::string> reads;         // relations named, distinct
  std::vector<SortColumn> order;          // a top-level ORDER BY: of queries only
  size_t visible_columns = 0;             // of queries: columns behind them are there to order by
};

}  // namespace weir::plan
