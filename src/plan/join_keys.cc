#include "plan/join_keys.h"

#include "expr/function.h"
#include "plan/build.h"
#include "plan/build_internal.h"

namespace weir::plan {

namespace {

using expr::ExprPtr;

// 0: of the left columns alone, 1: of the right ones alone, 2: neither.
int side_of(const ExprPtr& e, uint32_t left_width) {
  std::vector<uint32_t> columns;
  expr::collect_columns(*e, columns);
  if (columns.empty()) return 2;
  if (columns.back() < left_width) return 0;
  return columns.front() >= left_width ? 1 : 2;
}

// An input of the join with key columns added behind its own.
class Side {
 public:
  explicit Side(NodePtr node) : node_(std::move(node)), width_(width_of(*node_)) {}

  uint32_t key(const ExprPtr& e) {
    if (e->kind == expr::ExprKind::kColumn) return e->column;
    added_.push_back(e);
    return width_ + static_cast<uint32_t>(added_.size()) - 1;
  }
  uint32_t width() const { return width_; }
  uint32_t added() const { return static_cast<uint32_t>(added_.size()); }
  NodePtr node() const {
    if (added_.empty()) return node_;
    std::vector<ExprPtr> columns;
    std::vector<std::string> names;
    for (uint32_t c = 0; c < width_; ++c) {
      columns.push_back(expr::column_ref(c, node_->schema.fields[c].type));
      names.push_back(node_->schema.fields[c].name);
    }
    for (const ExprPtr& e : added_) {
      columns.push_back(e);
      names.emplace_back("key");
    }
    return make_project(node_, std::move(columns), std::move(names));
  }

 private:
  static uint32_t width_of(const Node& node) { return static_cast<uint32_t>(node.schema.size()); }

  NodePtr node_;
  uint32_t width_;
  std::vector<ExprPtr> added_;
};

// The columns that the join has without the added keys.
NodePtr without_keys(const NodePtr& joined, const Side& left, const Side& right, JoinKind kind) {
  std::vector<ExprPtr> columns;
  std::vector<std::string> names;
  const auto keep = [&](uint32_t begin, uint32_t count) {
    for (uint32_t c = begin; c < begin + count; ++c) {
      columns.push_back(expr::column_ref(c, joined->schema.fields[c].type));
      names.push_back(joined->schema.fields[c].name);
    }
  };
  keep(0, left.width());
  if (!answers_left_only(kind)) keep(left.width() + left.added(), right.width());
  return make_project(joined, std::move(columns), std::move(names));
}

}  // namespace

bool is_key(const ExprPtr& e, uint32_t left_width, std::array<ExprPtr, 2>& sides) {
  if (e->kind != expr::ExprKind::kCall || e->function->name != "=") return false;
  const int first = side_of(e->args[0], left_width);
  const int second = side_of(e->args[1], left_width);
  if (first + second != 1 || e->args[0]->type.id != e->args[1]->type.id) return false;
  sides[static_cast<size_t>(first)] = e->args[0];
  sides[static_cast<size_t>(second)] = e->args[1];
  return true;
}

NodePtr make_keyed_join(NodePtr left_node, NodePtr right_node, JoinSpec spec) {
  if (!spec.residual || spec.nulls_match) {
    return make_join(std::move(left_node), std::move(right_node), std::move(spec));
  }
  Side left(std::move(left_node));
  Side right(std::move(right_node));
  std::vector<uint32_t> to_right(left.width() + right.width(), 0);
  for (uint32_t c = 0; c < right.width(); ++c) to_right[left.width() + c] = c;
  std::vector<ExprPtr> conjuncts;
  std::vector<ExprPtr> residual;
  expr::split_conjuncts(spec.residual, conjuncts);
  for (const ExprPtr& e : conjuncts) {
    std::array<ExprPtr, 2> sides;
    if (!is_key(e, left.width(), sides)) {
      residual.push_back(e);
      continue;
    }
    spec.left_keys.push_back(left.key(sides[0]));
    spec.right_keys.push_back(right.key(expr::remap_columns(sides[1], to_right)));
  }
  std::vector<uint32_t> moved(to_right.size());
  for (uint32_t c = 0; c < moved.size(); ++c) moved[c] = c < left.width() ? c : c + left.added();
  spec.residual = expr::conjunction(std::move(residual));
  if (spec.residual) spec.residual = expr::remap_columns(spec.residual, moved);
  const JoinKind kind = spec.kind;
  const NodePtr joined = make_join(left.node(), right.node(), std::move(spec));
  const bool plain = left.added() + right.added() == 0;
  return plain ? joined : without_keys(joined, left, right, kind);
}

}  // namespace weir::plan
