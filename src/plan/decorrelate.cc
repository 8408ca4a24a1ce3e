#include "plan/decorrelate.h"

#include <map>

#include <fmt/core.h>

#include "data/cast.h"
#include "expr/function.h"
#include "plan/build.h"
#include "plan/projection.h"
#include "plan/rewrite.h"
#include "plan/walk.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;
using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;

Columns joined(Columns a, const Columns& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool covers_key(const Node& node, const Columns& columns) {
  return std::any_of(node.properties.keys.begin(), node.properties.keys.end(),
                     [&](const Columns& key) {
                       return std::all_of(key.begin(), key.end(), [&](uint32_t c) {
                         return std::find(columns.begin(), columns.end(), c) != columns.end();
                       });
                     });
}

// Whether equal values of the type always look the same, so that one may stand for the other.
bool has_one_form(const Type& type) {
  switch (type.id) {
    case TypeId::kBool:
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8:
    case TypeId::kText:
    case TypeId::kEnum:
    case TypeId::kBytea:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
    case TypeId::kUuid: return true;
    default: return false;
  }
}

void visit_own_leaves(const Node& node, const std::function<void(const Expr& leaf)>& visit) {
  const auto visit_in = [&](const ExprPtr& e) {
    if (!e) return;
    expr::any_leaf(*e, [&](const Expr& leaf) {
      visit(leaf);
      return false;
    });
  };
  if (const auto* project = std::get_if<ProjectSpec>(&node.spec)) {
    for (const ExprPtr& e : project->exprs) visit_in(e);
  } else if (const auto* filter = std::get_if<FilterSpec>(&node.spec)) {
    visit_in(filter->predicate);
  } else if (const auto* join = std::get_if<JoinSpec>(&node.spec)) {
    visit_in(join->residual);
  }
}

class Decorrelator {
 public:
  explicit Decorrelator(Domain domain)
      : level_(domain.level),
        outer_(std::move(domain.outer)),
        columns_(std::move(domain.columns)),
        strict_(domain.strict) {
    for (uint32_t i = 0; i < columns_.size(); ++i) index_[columns_[i]] = i;
  }
  // The outer rows themselves, each its own value of the domain.
  static Decorrelator over_rows(uint32_t level, const NodePtr& outer) {
    Decorrelator d({level, outer, range(0, width(outer)), false});
    d.domain_ = outer;
    return d;
  }

  Result<Dependent> push(const NodePtr& node);
  Result<Dependent> push_groups(const NodePtr& node);

 private:
  uint32_t size() const { return static_cast<uint32_t>(columns_.size()); }
  bool depends(const NodePtr& node);
  Result<Dependent> pushed(const NodePtr& node);
  const NodePtr& domain();

  // Outer columns of the level become columns from `first` on.
  ExprPtr resolved(const ExprPtr& e, uint32_t first) const {
    return expr::replace_leaves(e, [&](const Expr& leaf) -> ExprPtr {
      if (leaf.kind != ExprKind::kOuter || leaf.level != level_) return nullptr;
      return expr::column_ref(first + index_.at(leaf.column), leaf.type);
    });
  }

  Dependent cross(const NodePtr& node);
  Result<Dependent> project(const Node& node);
  Result<Dependent> filter(const Node& node);
  std::optional<Dependent> by_equality(const Node& node);
  Result<Dependent> aggregate(const Node& node);
  Result<Dependent> join(const Node& node);
  Result<Dependent> both_inputs(const Node& node);
  Result<Dependent> one_input(const Node& node);

  const uint32_t level_;
  const NodePtr outer_;
  const Columns columns_;
  const bool strict_;
  std::map<uint32_t, uint32_t> index_;  // outer column -> its place in the domain
  NodePtr domain_;
  // What stands in several places is looked at once.
  std::map<NodePtr, bool> depends_;
  std::map<NodePtr, Dependent> pushed_;
};

bool Decorrelator::depends(const NodePtr& node) {
  if (const auto known = depends_.find(node); known != depends_.end()) return known->second;
  bool found = false;
  visit_own_leaves(*node, [&](const Expr& leaf) {
    found = found || (leaf.kind == ExprKind::kOuter && leaf.level == level_);
  });
  for (const NodePtr& input : node->inputs) found = found || depends(input);
  return depends_[node] = found;
}

const NodePtr& Decorrelator::domain() {
  if (domain_) return domain_;
  domain_ = select_columns(outer_, columns_);
  if (!covers_key(*outer_, columns_)) domain_ = make_distinct(domain_);
  return domain_;
}

// The sub-query's rows beside each value of the domain; one row of constants needs no join.
Dependent Decorrelator::cross(const NodePtr& node) {
  const auto* values = std::get_if<ValuesSpec>(&node->spec);
  if (values && values->rows.size() == 1) {
    Projection beside(domain());
    for (const Value& value : values->rows[0])
      beside.append(expr::literal(value), node->schema.fields[beside.size()].name);
    return {beside.keep_all().make(), false};
  }
  return {make_join(node, domain(), {JoinKind::kInner, {}, {}, nullptr}), false};
}

Result<Dependent> Decorrelator::push(const NodePtr& node) {
  if (const auto known = pushed_.find(node); known != pushed_.end()) return known->second;
  return pushed_[node] = TRY(pushed(node));
}

Result<Dependent> Decorrelator::pushed(const NodePtr& node) {
  if (!depends(node) && !(strict_ && may_fail(*node, true))) return cross(node);
  switch (node->kind) {
    case NodeKind::kProject: return project(*node);
    case NodeKind::kFilter: return filter(*node);
    case NodeKind::kAggregate: return aggregate(*node);
    case NodeKind::kJoin: return join(*node);
    case NodeKind::kUnionAll:
    case NodeKind::kSetOperation: return both_inputs(*node);
    case NodeKind::kDistinct:
    case NodeKind::kWindow:
    case NodeKind::kTopN:
    case NodeKind::kOver:
    case NodeKind::kTableFunction:
    case NodeKind::kSession:
    case NodeKind::kTemporalFilter: return one_input(*node);
    default: break;
  }
  // A recursion: what fails in it fails for all who ask.
  if (!depends(node)) return cross(node);
  return Error(ErrorKind::kNotSupported, 1230,
               "a column of the outer query here is not supported yet")
      .sqlstate("0A000");
}

Result<Dependent> Decorrelator::project(const Node& node) {
  const Dependent input = TRY(push(node.inputs[0]));
  const uint32_t first = width(node.inputs[0]);
  Projection projection(input.node);
  for (const ExprPtr& e : std::get<ProjectSpec>(node.spec).exprs)
    projection.append(resolved(e, first), node.schema.fields[projection.size()].name);
  return Dependent{projection.keep(first, size()).make(), input.never_null};
}

// `inner = outer` for every column of the domain, over an input that is free of it.
std::optional<Dependent> Decorrelator::by_equality(const Node& node) {
  if (strict_ || domain_ == outer_ || depends(node.inputs[0])) return std::nullopt;
  std::vector<ExprPtr> conjuncts;
  expr::split_conjuncts(std::get<FilterSpec>(node.spec).predicate, conjuncts);
  std::vector<ExprPtr> stand_in(size());
  std::vector<ExprPtr> rest;
  const auto is_outer = [&](const Expr& leaf) { return leaf.kind == ExprKind::kOuter; };
  for (const ExprPtr& conjunct : conjuncts) {
    bool taken = false;
    const bool equality = conjunct->kind == ExprKind::kCall && conjunct->function->name == "=";
    for (size_t side = 0; equality && side < 2 && !taken; ++side) {
      const Expr& outer = *conjunct->args[side];
      const ExprPtr& inner = conjunct->args[1 - side];
      if (outer.kind != ExprKind::kOuter || outer.level != level_) continue;
      if (inner->type.id != outer.type.id || !has_one_form(inner->type)) continue;
      ExprPtr& place = stand_in[index_.at(outer.column)];
      if (place || expr::any_leaf(*inner, is_outer)) continue;
      place = inner;
      taken = true;
    }
    if (!taken) rest.push_back(conjunct);
  }
  if (std::count(stand_in.begin(), stand_in.end(), nullptr) > 0) return std::nullopt;
  const uint32_t first = width(node.inputs[0]);
  Projection tagged(node.inputs[0]);
  tagged.keep_all();
  for (ExprPtr& conjunct : rest) conjunct = resolved(conjunct, first);
  for (uint32_t i = 0; i < size(); ++i) {
    const ExprPtr column = expr::column_ref(first + i, stand_in[i]->type);
    rest.push_back(expr::make(ExprKind::kIsNotNull, TypeId::kBool, {column}));
    tagged.append(std::move(stand_in[i]), fmt::format("outer{}", i + 1));
  }
  return Dependent{push_filter(tagged.make(), expr::conjunction(std::move(rest))), true};
}

Result<Dependent> Decorrelator::filter(const Node& node) {
  if (std::optional<Dependent> equal = by_equality(node)) return std::move(*equal);
  const Dependent input = TRY(push(node.inputs[0]));
  const ExprPtr predicate =
      resolved(std::get<FilterSpec>(node.spec).predicate, width(node.inputs[0]));
  return Dependent{push_filter(input.node, predicate), input.never_null};
}

// Groups by the domain too: the groups, the calls, then the domain's columns.
Result<Dependent> Decorrelator::push_groups(const NodePtr& node) {
  const Dependent input = TRY(push(node->inputs[0]));
  AggregateSpec spec = std::get<AggregateSpec>(node->spec);
  const auto groups = static_cast<uint32_t>(spec.groups.size());
  const auto calls = static_cast<uint32_t>(spec.calls.size());
  std::vector<std::string> names;
  for (const Field& field : node->schema.fields) names.push_back(field.name);
  for (uint32_t i = 0; i < size(); ++i) {
    spec.groups.push_back(width(node->inputs[0]) + i);
    names.insert(names.begin() + groups + i, fmt::format("outer{}", i + 1));
  }
  const NodePtr grouped = make_aggregate(input.node, std::move(spec), std::move(names));
  const Columns order = joined(joined(range(0, groups), range(groups + size(), calls)),
                               range(groups, size()));
  return Dependent{select_columns(grouped, order), input.never_null};
}

Result<Dependent> Decorrelator::aggregate(const Node& node) {
  const auto& spec = std::get<AggregateSpec>(node.spec);
  Dependent grouped = TRY(push_groups(std::make_shared<const Node>(node)));
  if (!spec.groups.empty()) return grouped;
  // A global aggregate answers for values of the domain that have no rows, too.
  const auto calls = static_cast<uint32_t>(spec.calls.size());
  JoinSpec join{JoinKind::kLeft, range(0, size()), range(calls, size()), nullptr,
                !grouped.never_null};
  const NodePtr all = make_join(domain(), grouped.node, std::move(join));
  Projection answers(all);
  for (uint32_t i = 0; i < calls; ++i)
    answers.append(call_or_empty(spec.calls[i], size() + i), node.schema.fields[i].name);
  return Dependent{answers.keep(0, size()).make(), false};
}

Result<Dependent> Decorrelator::join(const Node& node) {
  JoinSpec spec = std::get<JoinSpec>(node.spec);
  const bool inner = spec.kind == JoinKind::kInner;
  const bool right_depends = depends(node.inputs[1]) || spec.kind == JoinKind::kFull;
  const bool left_depends = !inner || depends(node.inputs[0]) || !right_depends;
  const uint32_t a = width(node.inputs[0]);
  const uint32_t b = width(node.inputs[1]);
  const uint32_t k = size();
  const Dependent left = left_depends ? TRY(push(node.inputs[0])) : Dependent{node.inputs[0]};
  const Dependent right = right_depends ? TRY(push(node.inputs[1])) : Dependent{node.inputs[1]};
  const uint32_t right_first = left_depends ? a + k : a;
  if (spec.residual) {
    Columns map = joined(range(0, a), range(right_first, b));
    spec.residual = expr::remap_columns(spec.residual, map);
    spec.residual = resolved(spec.residual, left_depends ? a : right_first + b);
  }
  const bool nulls = !left.never_null && !right.never_null;
  if (left_depends && right_depends) {
    if (nulls && !spec.nulls_match) {
      // Keys of the join's own compare by plain equality all the same.
      std::vector<ExprPtr> residual;
      if (spec.residual) residual.push_back(spec.residual);
      for (const uint32_t c : spec.left_keys) {
        const ExprPtr key = expr::column_ref(c, node.inputs[0]->schema.fields[c].type);
        residual.push_back(expr::make(ExprKind::kIsNotNull, TypeId::kBool, {key}));
      }
      spec.residual = expr::conjunction(std::move(residual));
      spec.nulls_match = true;
    }
    for (uint32_t i = 0; i < k; ++i) {
      spec.left_keys.push_back(a + i);
      spec.right_keys.push_back(b + i);
    }
  }
  const JoinKind kind = spec.kind;
  const NodePtr all = make_join(left.node, right.node, std::move(spec));
  if (answers_left_only(kind)) return Dependent{all, left.never_null};
  if (!left_depends) return Dependent{all, right.never_null};
  if (kind != JoinKind::kFull) {
    const Columns order = joined(joined(range(0, a), range(right_first, b)), range(a, k));
    return Dependent{select_columns(all, order), left.never_null || (inner && right.never_null)};
  }
  Projection both(all);
  both.keep(0, a).keep(right_first, b);
  for (uint32_t i = 0; i < k; ++i) {
    const Field& field = all->schema.fields[a + i];
    const ExprPtr other = expr::column_ref(right_first + b + i, field.type);
    both.append(expr::make(ExprKind::kCoalesce, field.type,
                           {expr::column_ref(a + i, field.type), other}),
                field.name);
  }
  return Dependent{both.make(), false};
}

Result<Dependent> Decorrelator::both_inputs(const Node& node) {
  std::vector<NodePtr> inputs;
  bool never_null = true;
  for (const NodePtr& input : node.inputs) {
    Dependent pushed = TRY(push(input));
    never_null = never_null && pushed.never_null;
    inputs.push_back(std::move(pushed.node));
  }
  return Dependent{with_inputs(node, std::move(inputs)), never_null};
}

// Nodes that hand their input's columns on, with more behind them or none.
Result<Dependent> Decorrelator::one_input(const Node& node) {
  const Dependent input = TRY(push(node.inputs[0]));
  const uint32_t n = width(node.inputs[0]);
  const uint32_t added = static_cast<uint32_t>(node.schema.size()) - n;
  Node changed = node;
  if (auto* top = std::get_if<TopNSpec>(&changed.spec)) {
    top->partition = joined(top->partition, range(n, size()));
  } else if (auto* over = std::get_if<OverSpec>(&changed.spec)) {
    over->partition = joined(over->partition, range(n, size()));
  } else if (auto* session = std::get_if<SessionSpec>(&changed.spec)) {
    session->keys = joined(session->keys, range(n, size()));
  }
  const NodePtr all = with_inputs(changed, {input.node});
  const Columns order = joined(joined(range(0, n), range(n + size(), added)), range(n, size()));
  return Dependent{select_columns(all, order), input.never_null};
}

}  // namespace

void visit_leaves(const Node& root, const std::function<void(const Expr& leaf)>& visit) {
  for_each_node(root, [&](const Node& node) { visit_own_leaves(node, visit); });
}

std::vector<uint32_t> outer_columns(const Node& node, uint32_t level) {
  Columns columns;
  visit_leaves(node, [&](const Expr& leaf) {
    if (leaf.kind == ExprKind::kOuter && leaf.level == level) columns.push_back(leaf.column);
  });
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

NodePtr replace_in_plan(const NodePtr& root, const expr::Replacement& replace) {
  return rewrite_nodes(root, [&](const NodePtr& node, std::vector<NodePtr> inputs) {
    if (inputs.empty()) return node;
    Node changed = *node;
    if (auto* project = std::get_if<ProjectSpec>(&changed.spec)) {
      for (ExprPtr& e : project->exprs) e = expr::replace_leaves(e, replace);
    } else if (auto* filter = std::get_if<FilterSpec>(&changed.spec)) {
      filter->predicate = expr::replace_leaves(filter->predicate, replace);
    } else if (auto* join = std::get_if<JoinSpec>(&changed.spec); join && join->residual) {
      join->residual = expr::replace_leaves(join->residual, replace);
    }
    return with_inputs(changed, std::move(inputs));
  });
}

namespace {

bool is_safe_call(std::string_view name) {
  constexpr std::string_view kSafe[] = {"=", "<>", "<", "<=", ">", ">=", "is distinct from",
                                        "is not distinct from", "||"};
  return std::find(std::begin(kSafe), std::end(kSafe), name) != std::end(kSafe);
}

bool is_failing_call(std::string_view name) {
  constexpr std::string_view kFailing[] = {"/", "%", "mod", "div", "sqrt", "ln", "log", "power",
                                           "^"};
  return std::find(std::begin(kFailing), std::end(kFailing), name) != std::end(kFailing);
}

bool may_fail(const Expr& e, bool any) {
  if (e.kind == ExprKind::kCall &&
      (any ? !is_safe_call(e.function->name) : is_failing_call(e.function->name)))
    return true;
  if (e.kind == ExprKind::kCast &&
      !cast_exists(e.args[0]->type, e.type, CastContext::kImplicit))
    return true;
  return std::any_of(e.args.begin(), e.args.end(),
                     [&](const ExprPtr& arg) { return may_fail(*arg, any); });
}

bool own_expressions_may_fail(const Node& node, bool any) {
  const auto fails = [&](const ExprPtr& e) { return e && may_fail(*e, any); };
  if (const auto* project = std::get_if<ProjectSpec>(&node.spec))
    return std::any_of(project->exprs.begin(), project->exprs.end(), fails);
  if (const auto* filter = std::get_if<FilterSpec>(&node.spec)) return fails(filter->predicate);
  if (const auto* join = std::get_if<JoinSpec>(&node.spec)) return fails(join->residual);
  if (const auto* aggregate = std::get_if<AggregateSpec>(&node.spec)) {
    return std::any_of(aggregate->calls.begin(), aggregate->calls.end(), [](const auto& call) {
      return call.kind == AggregateKind::kSingle;
    });
  }
  return false;
}

}  // namespace

bool may_fail(const Node& root, bool any) {
  bool fails = false;
  for_each_node(root,
                [&](const Node& node) { fails = fails || own_expressions_may_fail(node, any); });
  return fails;
}

Result<Dependent> decorrelate(const NodePtr& sub, Domain domain) {
  return Decorrelator(std::move(domain)).push(sub);
}

Result<Dependent> decorrelate_aggregate(const NodePtr& aggregate, Domain domain) {
  return Decorrelator(std::move(domain)).push_groups(aggregate);
}

bool is_row_wise(const Node& sub) {
  switch (sub.kind) {
    case NodeKind::kValues: return std::get<ValuesSpec>(sub.spec).rows.size() == 1;
    case NodeKind::kProject:
    case NodeKind::kFilter:
    case NodeKind::kTableFunction:
    case NodeKind::kWindow: return is_row_wise(*sub.inputs[0]);
    case NodeKind::kUnionAll:
      return std::all_of(sub.inputs.begin(), sub.inputs.end(),
                         [](const NodePtr& input) { return is_row_wise(*input); });
    default: return false;
  }
}

Result<NodePtr> run_on_outer(const NodePtr& sub, uint32_t level, const NodePtr& outer) {
  Decorrelator rows = Decorrelator::over_rows(level, outer);
  return TRY(rows.push(sub)).node;
}

ExprPtr call_or_empty(const AggregateCall& call, uint32_t column) {
  ExprPtr value = expr::column_ref(column, call.result);
  const auto or_else = [&](Value empty) {
    empty.type = call.result;
    return expr::make(ExprKind::kCoalesce, call.result,
                      {std::move(value), expr::literal(std::move(empty))});
  };
  switch (call.kind) {
    case AggregateKind::kCountStar:
    case AggregateKind::kCount:
    case AggregateKind::kRegrCount:
    case AggregateKind::kApproxCountDistinct: return or_else(Value::of(int64_t{0}));
    case AggregateKind::kRank:
    case AggregateKind::kDenseRank: return or_else(Value::of(int64_t{1}));
    case AggregateKind::kPercentRank: return or_else(Value::of(0.0));
    case AggregateKind::kCumeDist: return or_else(Value::of(1.0));
    default: return value;
  }
}

}  // namespace weir::plan
