// A projection that is put together column by column.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

class Projection {
 public:
  explicit Projection(NodePtr input) : input_(std::move(input)) {}

  // Columns of the input as they are, with their names.
  Projection& keep(uint32_t first, uint32_t count);
  Projection& keep(const std::vector<uint32_t>& columns);
  Projection& keep_all();
  // Answers the position of the expression; add() does not repeat one that is there already.
  uint32_t append(expr::ExprPtr e, std::string name);
  uint32_t add(const expr::ExprPtr& e, const std::string& name);

  uint32_t size() const { return static_cast<uint32_t>(exprs_.size()); }
  // The input itself where nothing is changed, moved or left out. Leaves the projection empty.
  NodePtr make();

 private:
  NodePtr input_;
  std::vector<expr::ExprPtr> exprs_;
  std::vector<std::string> names_;
};

uint32_t width(const NodePtr& node);
std::vector<uint32_t> range(uint32_t first, uint32_t count);
NodePtr select_columns(const NodePtr& node, const std::vector<uint32_t>& columns);

}  // namespace weir::plan
