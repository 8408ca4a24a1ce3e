// The window functions of one SELECT. They are gathered while its expressions are bound; until the
// nodes are made, a column far behind all others stands for the result of each call.
#pragma once
#include "plan/binder.h"

namespace weir::plan {

struct OverCalls {
  struct By {
    expr::ExprPtr expr;
    bool descending = false;
    bool nulls_first = false;
  };
  struct Window {                        // distinct partition and order: one kOver node
    std::vector<expr::ExprPtr> partition;
    std::vector<By> order;
  };
  struct Call {
    size_t window = 0;
    OverKind kind = OverKind::kRowNumber;
    std::vector<expr::ExprPtr> arguments;
    Grouping::Call aggregate{};          // kAggregate
    Frame frame;
    // RANGE with offsets: the order value at the frame's end. Else offsets that are no constants.
    expr::ExprPtr start_limit;
    expr::ExprPtr end_limit;
    Type result;
  };

  const sql::Select* select = nullptr;   // whose WINDOW clause names windows
  std::vector<Window> windows;
  std::vector<Call> calls;
};

// Not in sub-queries, which have window functions of their own.
bool contains_over(const sql::Expr& e);
bool is_window_function(std::string_view name);

// One call, or one window, of a SELECT whose rows are `scope`, or its groups.
class OverBinder {
 public:
  OverBinder(Binder& binder, OverCalls& calls, const Scope& scope, Grouping* grouping)
      : binder_(binder), calls_(calls), scope_(scope), grouping_(grouping) {}

  Result<expr::ExprPtr> bind(const sql::Expr& e);
  // Every window of the WINDOW clause is looked at, whether it is used or not.
  Status check_windows();

 private:
  using ExprPtr = expr::ExprPtr;
  using Call = OverCalls::Call;
  struct Resolved {  // OVER (base ...): the base's partition and order, and what is added to them
    const std::vector<sql::ExprPtr>* partition = nullptr;
    const std::vector<sql::SortItem>* order = nullptr;
    const sql::WindowDefinition* frame = nullptr;
  };

  // bind_over.cc
  Status check_call(const sql::Expr& e, bool is_aggregate);
  Result<Resolved> resolve(const sql::WindowDefinition& definition, bool is_over,
                           size_t before) const;
  Result<ExprPtr> bind_in_window(const sql::Expr& e);
  Result<size_t> bind_window(const Resolved& window, Call& call);
  Result<Grouping::Call> bind_aggregate(const sql::Expr& e);
  Status bind_arguments(const sql::Expr& e, Call& call);
  Status coerce_arguments(const sql::Expr& e, std::vector<ExprPtr> args, Call& call);

  // bind_frame.cc
  Status bind_frame(const sql::WindowDefinition& frame, OverCalls::Window& window, Call& call);
  Status bind_range(const sql::WindowDefinition& frame, OverCalls::Window& window, Call& call);
  Result<ExprPtr> bind_limit(const sql::Expr& offset, BoundKind bound,
                             const sql::WindowDefinition& frame, const OverCalls::By& order);
  Result<ExprPtr> bind_offset(const sql::Expr& e, const sql::WindowDefinition& frame, Type type);
  Result<Value> check_offset(const ExprPtr& bound, int32_t location);
  Result<ExprPtr> bind_distance(const sql::Expr& e, const sql::WindowDefinition& frame,
                                FrameBound& bound);

  Binder& binder_;
  OverCalls& calls_;
  const Scope& scope_;
  Grouping* grouping_;
};

// A node for each window over `node`; `places`: the columns of the calls' results.
NodePtr build_over(NodePtr node, const OverCalls& calls, std::vector<uint32_t>& places);
// The columns that stand for calls become those of the nodes.
expr::ExprPtr place_calls(const expr::ExprPtr& e, const std::vector<uint32_t>& places);
bool contains_call(const expr::ExprPtr& e);

}  // namespace weir::plan
