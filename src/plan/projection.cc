#include "plan/projection.h"

#include "plan/build.h"

namespace weir::plan {

Projection& Projection::keep(uint32_t first, uint32_t count) {
  return keep(range(first, count));
}

Projection& Projection::keep(const std::vector<uint32_t>& columns) {
  for (const uint32_t c : columns) {
    const Field& field = input_->schema.fields[c];
    append(expr::column_ref(c, field.type), field.name);
  }
  return *this;
}

Projection& Projection::keep_all() { return keep(0, width(input_)); }

uint32_t Projection::append(expr::ExprPtr e, std::string name) {
  exprs_.push_back(std::move(e));
  names_.push_back(std::move(name));
  return size() - 1;
}

uint32_t Projection::add(const expr::ExprPtr& e, const std::string& name) {
  for (uint32_t i = 0; i < size(); ++i) {
    if (expr::equal(*exprs_[i], *e)) return i;
  }
  return append(e, name);
}

NodePtr Projection::make() {
  NodePtr node = make_project(input_, std::move(exprs_), std::move(names_));
  bool same = is_identity(*node);
  for (size_t i = 0; same && i < node->schema.size(); ++i)
    same = node->schema.fields[i].name == input_->schema.fields[i].name;
  return same ? std::move(input_) : node;
}

uint32_t width(const NodePtr& node) { return static_cast<uint32_t>(node->schema.size()); }

std::vector<uint32_t> range(uint32_t first, uint32_t count) {
  std::vector<uint32_t> columns(count);
  for (uint32_t i = 0; i < count; ++i) columns[i] = first + i;
  return columns;
}

NodePtr select_columns(const NodePtr& node, const std::vector<uint32_t>& columns) {
  return Projection(node).keep(columns).make();
}

}  // namespace weir::plan
