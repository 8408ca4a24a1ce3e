// "The n first of each": a condition row_number() <= n or rank() <= n over a window lets only the
// first rows of each partition through, so a top-N below the window keeps all others out of it. The
// numbers of the rows that stay are the same, and so are all functions that look at no row behind
// their own; the condition itself stays where it is.
#include "expr/function.h"
#include "plan/build.h"
#include "plan/rewrite.h"
#include "plan/walk.h"

namespace weir::plan {

namespace {

struct Limit {
  uint64_t rows = 0;
  bool with_ties = false;
};

std::string_view mirrored(std::string_view op) {
  if (op == ">") return "<";
  if (op == ">=") return "<=";
  return op == "=" ? op : "";
}

// Of one conjunct: call number n is at most so much.
std::optional<Limit> limit_of(const expr::Expr& e, const OverSpec& spec, size_t width) {
  if (e.kind != expr::ExprKind::kCall || e.args.size() != 2) return std::nullopt;
  const bool swapped = e.args[0]->kind == expr::ExprKind::kLiteral;
  const expr::Expr& column = *e.args[swapped ? 1 : 0];
  const expr::Expr& number = *e.args[swapped ? 0 : 1];
  const std::string_view op = swapped ? mirrored(e.function->name) : e.function->name;
  if (op != "<" && op != "<=" && op != "=") return std::nullopt;
  if (column.kind != expr::ExprKind::kColumn || column.column < width) return std::nullopt;
  if (number.kind != expr::ExprKind::kLiteral) return std::nullopt;
  const auto* n = std::get_if<int64_t>(&number.literal.data);
  if (!n) return std::nullopt;
  const int64_t rows = op == "<" ? *n - 1 : *n;
  const OverKind kind = spec.calls[column.column - width].kind;
  if (rows < 1 || (kind != OverKind::kRowNumber && kind != OverKind::kRank)) return std::nullopt;
  return Limit{static_cast<uint64_t>(rows), kind == OverKind::kRank};
}

void collect_limits(const expr::Expr& e, const OverSpec& spec, size_t width,
                    std::optional<Limit>& least) {
  if (e.kind == expr::ExprKind::kAnd) {
    for (const expr::ExprPtr& arg : e.args) collect_limits(*arg, spec, width, least);
    return;
  }
  const std::optional<Limit> limit = limit_of(e, spec, width);
  if (limit && (!least || limit->rows < least->rows)) least = limit;
}

bool looks_back_only(const OverCall& call) {
  return call.kind == OverKind::kRowNumber || call.kind == OverKind::kRank ||
         call.kind == OverKind::kDenseRank;
}

NodePtr limited(const Node& filter) {
  const Node& over = *filter.inputs[0];
  const auto& spec = std::get<OverSpec>(over.spec);
  std::optional<Limit> limit;
  collect_limits(*std::get<FilterSpec>(filter.spec).predicate, spec,
                 over.inputs[0]->schema.size(), limit);
  if (!limit || !std::all_of(spec.calls.begin(), spec.calls.end(), looks_back_only)) return nullptr;
  NodePtr first = make_top_n(over.inputs[0],
                             {spec.order, limit->rows, 0, spec.partition, limit->with_ties});
  return with_inputs(filter, {with_inputs(over, {std::move(first)})});
}

}  // namespace

NodePtr limit_partitions(const NodePtr& root) {
  return rewrite_nodes(root, [](const NodePtr& was, std::vector<NodePtr> inputs) {
    NodePtr node = inputs == was->inputs ? was : with_inputs(*was, std::move(inputs));
    if (node->kind != NodeKind::kFilter || node->inputs[0]->kind != NodeKind::kOver) return node;
    NodePtr changed = limited(*node);
    return changed ? changed : node;
  });
}

}  // namespace weir::plan
