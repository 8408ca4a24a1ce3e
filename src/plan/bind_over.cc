// Window functions: OVER clauses and named windows are resolved, arguments bound over the rows of
// the SELECT (after GROUP BY, where there is one), and a kOver node is made for each distinct
// partition and order, one on top of the other.
#include <fmt/core.h>

#include "plan/build.h"
#include "plan/over_binder.h"

namespace weir::plan {

namespace {

using expr::ExprPtr;

// Calls stand behind any column that a SELECT can have.
constexpr uint32_t kFirstCall = 1u << 20;

std::optional<OverKind> window_function(std::string_view name) {
  static constexpr std::pair<std::string_view, OverKind> kNames[] = {
      {"row_number", OverKind::kRowNumber},     {"rank", OverKind::kRank},
      {"dense_rank", OverKind::kDenseRank},     {"percent_rank", OverKind::kPercentRank},
      {"cume_dist", OverKind::kCumeDist},       {"ntile", OverKind::kNtile},
      {"lag", OverKind::kLag},                  {"lead", OverKind::kLead},
      {"first_value", OverKind::kFirstValue},   {"last_value", OverKind::kLastValue},
      {"nth_value", OverKind::kNthValue}};
  for (const auto& [known, kind] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

bool same(const ExprPtr& a, const ExprPtr& b) {
  return (!a && !b) || (a && b && expr::equal(*a, *b));
}

bool same(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ExprPtr& x, const ExprPtr& y) { return same(x, y); });
}

bool same(const FrameBound& a, const FrameBound& b) { return a.kind == b.kind && a.rows == b.rows; }

bool same(const OverCalls::Call& a, const OverCalls::Call& b) {
  return a.window == b.window && a.kind == b.kind && same(a.arguments, b.arguments) &&
         a.aggregate.kind == b.aggregate.kind &&
         same(a.aggregate.arguments, b.aggregate.arguments) &&
         a.aggregate.direct == b.aggregate.direct &&
         same(a.aggregate.filter, b.aggregate.filter) && a.frame.mode == b.frame.mode &&
         same(a.frame.start, b.frame.start) && same(a.frame.end, b.frame.end) &&
         a.frame.exclusion == b.frame.exclusion && same(a.start_limit, b.start_limit) &&
         same(a.end_limit, b.end_limit);
}

// Columns become other expressions.
ExprPtr substitute(const ExprPtr& e, const std::vector<ExprPtr>& columns) {
  if (!e) return e;
  if (e->kind == expr::ExprKind::kColumn) return columns[e->column];
  auto copy = std::make_shared<expr::Expr>(*e);
  for (ExprPtr& arg : copy->args) arg = substitute(arg, columns);
  return copy;
}

bool same(const OverCalls::By& a, const OverCalls::By& b) {
  return same(a.expr, b.expr) && a.descending == b.descending && a.nulls_first == b.nulls_first;
}

bool same(const OverCalls::Window& a, const OverCalls::Window& b) {
  return same(a.partition, b.partition) &&
         std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(),
                    [](const OverCalls::By& x, const OverCalls::By& y) { return same(x, y); });
}

const sql::WindowDefinition* find_window(const sql::Select& select, std::string_view name,
                                         size_t before) {
  for (size_t i = 0; i < std::min(before, select.windows.size()); ++i) {
    if (select.windows[i].name == name) return &select.windows[i];
  }
  return nullptr;
}

// Literals stay as they are: some functions look at them.
bool is_literal(const sql::Expr& e) {
  return e.kind == sql::ExprKind::kString || e.kind == sql::ExprKind::kInteger ||
         e.kind == sql::ExprKind::kDecimal || e.kind == sql::ExprKind::kBool ||
         e.kind == sql::ExprKind::kNull;
}

sql::ExprPtr copy_of_literal(const sql::Expr& e) {
  auto copy = std::make_unique<sql::Expr>();
  copy->kind = e.kind;
  copy->location = e.location;
  copy->text = e.text;
  copy->flag = e.flag;
  return copy;
}

}  // namespace

ExprPtr place_calls(const ExprPtr& e, const std::vector<uint32_t>& places) {
  return expr::replace_leaves(e, [&](const expr::Expr& leaf) -> ExprPtr {
    if (leaf.kind != expr::ExprKind::kColumn || leaf.column < kFirstCall) return nullptr;
    return expr::column_ref(places[leaf.column - kFirstCall], leaf.type);
  });
}

bool contains_call(const ExprPtr& e) {
  return expr::any_leaf(*e, [](const expr::Expr& leaf) {
    return leaf.kind == expr::ExprKind::kColumn && leaf.column >= kFirstCall;
  });
}

bool contains_over(const sql::Expr& e) {
  if (e.has_over) return true;
  if (e.filter && contains_over(*e.filter)) return true;
  return std::any_of(e.args.begin(), e.args.end(),
                     [](const auto& arg) { return contains_over(*arg); });
}

bool is_window_function(std::string_view name) { return window_function(name).has_value(); }

Status Binder::refuse_over(const sql::Expr& e, const char* clause) const {
  if (!contains_over(e)) return {};
  return error(1262, "42P20", fmt::format("window functions are not allowed in {}", clause),
               e.location);
}

Result<expr::ExprPtr> Binder::bind_over(const sql::Expr& e, const Scope& scope,
                                        Grouping* grouping) {
  if (!e.has_over) {
    return error(1265, "42809", fmt::format("window function {} requires an OVER clause", e.name),
                 e.location);
  }
  if (!over_) return error(1262, "42P20", "window functions are not allowed here", e.location);
  std::vector<ExprPtr> guards = std::exchange(guards_, {});  // it is computed whatever the branch
  Result<ExprPtr> call = OverBinder(*this, *over_, scope, grouping).bind(e);
  guards_ = std::move(guards);
  return call;
}

Status OverBinder::check_call(const sql::Expr& e, bool is_aggregate) {
  for (const sql::ExprPtr& arg : e.args) {
    if (contains_over(*arg))
      return binder_.error(1263, "42P20", "window function calls cannot be nested", e.location);
  }
  if (e.filter) TRY_VOID(binder_.refuse_over(*e.filter, "FILTER"));
  if (e.filter && contains_aggregate(*e.filter)) {
    return binder_.error(1224, "42803", "aggregate functions are not allowed in FILTER",
                         e.filter->location);
  }
  if (e.within_group)
    return binder_.unsupported("OVER of an ordered-set aggregate", e.location);
  if (!e.order.empty())
    return binder_.unsupported("ORDER BY inside of a window function", e.location);
  if (e.distinct) return binder_.unsupported("DISTINCT in a window function", e.location);
  if (!is_aggregate && !is_window_function(e.name)) {
    TRY(binder_.bind_function(e.name, TRY(binder_.bind_all(e.args, scope_, grouping_)),
                              e.location));
    return binder_.error(1264, "42809",
                         fmt::format("OVER specified, but {} is not a window function nor an "
                                     "aggregate function",
                                     e.name),
                         e.location);
  }
  if (!is_aggregate && e.filter) {
    return binder_.unsupported("FILTER of a window function that is no aggregate", e.location);
  }
  return {};
}

Result<OverBinder::Resolved> OverBinder::resolve(const sql::WindowDefinition& definition,
                                                 bool is_over, size_t before) const {
  const bool by_name = is_over && !definition.name.empty();
  const std::string& name = by_name ? definition.name : definition.base;
  Resolved resolved{&definition.partition, &definition.order, &definition};
  if (name.empty()) return resolved;
  const std::vector<sql::WindowDefinition>& windows = calls_.select->windows;
  const sql::WindowDefinition* base = find_window(*calls_.select, name, before);
  if (!base) {
    return binder_.error(1266, "42704", fmt::format("window \"{}\" does not exist", name),
                         definition.location);
  }
  const Resolved of_base = TRY(resolve(*base, false, static_cast<size_t>(base - windows.data())));
  if (by_name) return of_base;
  const auto refused = [&](std::string_view what) {
    return binder_.error(1267, "42P20", fmt::format("{} of window \"{}\"", what, name),
                         definition.location);
  };
  if (!definition.partition.empty()) return refused("cannot override PARTITION BY clause");
  if (!definition.order.empty() && !of_base.order->empty())
    return refused("cannot override ORDER BY clause");
  if (base->has_frame) return refused("cannot copy the frame clause");
  resolved.partition = of_base.partition;
  if (definition.order.empty()) resolved.order = of_base.order;
  return resolved;
}

Result<expr::ExprPtr> OverBinder::bind_in_window(const sql::Expr& e) {
  TRY_VOID(binder_.refuse_over(e, "window definitions"));
  ExprPtr bound = expr::fold_constants(TRY(binder_.bind(e, scope_, grouping_)));
  if (bound->type.id != TypeId::kUnknown) return bound;
  return binder_.coerce(std::move(bound), TypeId::kText, e.location);
}

// The number of the window among those of the SELECT.
Result<size_t> OverBinder::bind_window(const Resolved& window, Call& call) {
  OverCalls::Window bound;
  for (const sql::ExprPtr& e : *window.partition) {
    ExprPtr by = TRY(bind_in_window(*e));
    const auto known = [&](const ExprPtr& other) { return same(other, by); };
    if (std::none_of(bound.partition.begin(), bound.partition.end(), known))
      bound.partition.push_back(std::move(by));
  }
  for (const sql::SortItem& item : *window.order) {
    ExprPtr by = TRY(bind_in_window(*item.expr));
    bound.order.push_back(
        {std::move(by), item.descending, item.nulls_first.value_or(item.descending)});
  }
  TRY_VOID(bind_frame(*window.frame, bound, call));
  std::vector<OverCalls::Window>& windows = calls_.windows;
  const auto known = std::find_if(
      windows.begin(), windows.end(),
      [&](const OverCalls::Window& other) { return same(other, bound); });
  const auto index = static_cast<size_t>(known - windows.begin());
  if (known == windows.end()) windows.push_back(std::move(bound));
  return index;
}

Status OverBinder::check_windows() {
  const std::vector<sql::WindowDefinition>& windows = calls_.select->windows;
  OverCalls unused{calls_.select, {}, {}};
  OverBinder other(binder_, unused, scope_, grouping_);
  for (size_t i = 0; i < windows.size(); ++i) {
    if (find_window(*calls_.select, windows[i].name, i)) {
      return binder_.error(1267, "42P20",
                           fmt::format("window \"{}\" is already defined", windows[i].name),
                           windows[i].location);
    }
    Call call;
    TRY(other.bind_window(TRY(other.resolve(windows[i], false, i)), call));
  }
  return {};
}

Result<expr::ExprPtr> OverBinder::bind(const sql::Expr& e) {
  const bool is_aggregate = is_aggregate_name(e.name);
  TRY_VOID(check_call(e, is_aggregate));
  Call call;
  if (is_aggregate) {
    call.kind = OverKind::kAggregate;
    call.aggregate = TRY(bind_aggregate(e));
    call.result = call.aggregate.result;
  } else {
    call.kind = *window_function(e.name);
    TRY_VOID(bind_arguments(e, call));
  }
  const Resolved window = TRY(resolve(*e.over, true, calls_.select->windows.size()));
  call.window = TRY(bind_window(window, call));
  const auto known = std::find_if(calls_.calls.begin(), calls_.calls.end(),
                                  [&](const Call& other) { return same(other, call); });
  const auto index = static_cast<uint32_t>(known - calls_.calls.begin());
  if (known == calls_.calls.end()) calls_.calls.push_back(call);
  return expr::column_ref(kFirstCall + index, call.result);
}

// The aggregate is bound as in GROUP BY, over columns that stand for its bound arguments: those may
// be aggregates themselves.
Result<Grouping::Call> OverBinder::bind_aggregate(const sql::Expr& e) {
  std::vector<ExprPtr> bound;
  Scope arguments;
  const auto stand_in = [&](const sql::Expr& arg) -> Result<sql::ExprPtr> {
    if (is_literal(arg)) return copy_of_literal(arg);
    ExprPtr value = TRY(binder_.bind(arg, scope_, grouping_));
    auto reference = std::make_unique<sql::Expr>();
    reference->kind = sql::ExprKind::kColumn;
    reference->location = arg.location;
    reference->names = {fmt::format("argument{}", bound.size())};
    arguments.columns.push_back(
        {"", reference->names[0], value->type, static_cast<uint32_t>(bound.size())});
    bound.push_back(std::move(value));
    return reference;
  };
  sql::Expr over_arguments;
  over_arguments.kind = sql::ExprKind::kCall;
  over_arguments.location = e.location;
  over_arguments.name = e.name;
  over_arguments.star = e.star;
  for (const sql::ExprPtr& arg : e.args) over_arguments.args.push_back(TRY(stand_in(*arg)));
  if (e.filter) over_arguments.filter = TRY(stand_in(*e.filter));
  Grouping only;
  TRY(binder_.bind_aggregate(over_arguments, arguments, only));
  Grouping::Call call = only.calls[0];
  for (ExprPtr& argument : call.arguments) argument = substitute(argument, bound);
  call.filter = substitute(call.filter, bound);
  return call;
}

namespace {

std::pair<size_t, size_t> argument_counts(OverKind kind) {
  switch (kind) {
    case OverKind::kNtile:
    case OverKind::kFirstValue:
    case OverKind::kLastValue: return {1, 1};
    case OverKind::kNthValue: return {2, 2};
    case OverKind::kLag:
    case OverKind::kLead: return {1, 3};
    default: return {0, 0};
  }
}

Type number_type(OverKind kind) {
  if (kind == OverKind::kNtile) return TypeId::kInt4;
  const bool fraction = kind == OverKind::kPercentRank || kind == OverKind::kCumeDist;
  return fraction ? TypeId::kFloat8 : TypeId::kInt8;
}

}  // namespace

Status OverBinder::bind_arguments(const sql::Expr& e, Call& call) {
  std::vector<ExprPtr> args = TRY(binder_.bind_all(e.args, scope_, grouping_));
  std::vector<std::string> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type.name());
  const bool has_value = !args.empty() && call.kind != OverKind::kNtile;
  if (has_value && args.size() < 3 && args[0]->type.id == TypeId::kUnknown) {
    return binder_.error(1215, "42804", fmt::format("the type of {}'s argument is unknown", e.name),
                         e.location)
        .hint("cast it");
  }
  const auto [least, most] = argument_counts(call.kind);
  if (most == 0 && call.kind != OverKind::kRowNumber && !args.empty()) {
    return binder_.error(1265, "42809",
                         fmt::format("{} with arguments is an ordered-set aggregate", e.name),
                         e.location);
  }
  if (args.size() >= least && args.size() <= most && !e.star) {
    Status coerced = coerce_arguments(e, std::move(args), call);
    if (coerced || coerced.error().sqlstate().starts_with("22")) return coerced;
  }
  return binder_.error(1226, "42883",
                       fmt::format("function {}({}) does not exist", e.name, comma_list(types)),
                       e.location);
}

// Numbers are integers; a value and what stands for it outside of the partition are of one type.
Status OverBinder::coerce_arguments(const sql::Expr& e, std::vector<ExprPtr> args, Call& call) {
  call.result = number_type(call.kind);
  const bool has_value = !args.empty() && call.kind != OverKind::kNtile;
  if (has_value) {
    std::vector<ExprPtr> values{args[0]};
    if (args.size() > 2) values.push_back(args[2]);
    call.result = TRY(binder_.common_type(values, e.name.c_str(), e.location));
  }
  for (size_t i = 0; i < args.size(); ++i) {
    const bool is_number = i == 1 || !has_value;
    const Type type = is_number ? Type(TypeId::kInt4) : call.result;
    args[i] = TRY(binder_.coerce(args[i], type, e.location));
  }
  call.arguments = std::move(args);
  return {};
}

namespace {

// The columns that the node's input has to have: its own, and what is computed for the calls.
class OverInput {
 public:
  explicit OverInput(NodePtr node) : node_(std::move(node)) {
    for (uint32_t i = 0; i < node_->schema.size(); ++i) {
      exprs_.push_back(expr::column_ref(i, node_->schema.fields[i].type));
      names_.push_back(node_->schema.fields[i].name);
    }
  }
  uint32_t column(const ExprPtr& e) {
    for (uint32_t i = 0; i < exprs_.size(); ++i) {
      if (same(exprs_[i], e)) return i;
    }
    exprs_.push_back(e);
    names_.push_back(fmt::format("expr{}", exprs_.size()));
    return static_cast<uint32_t>(exprs_.size() - 1);
  }
  NodePtr finish() {
    if (exprs_.size() == node_->schema.size()) return node_;
    return make_project(node_, std::move(exprs_), std::move(names_));
  }

 private:
  NodePtr node_;
  std::vector<ExprPtr> exprs_;
  std::vector<std::string> names_;
};

// Whether each row is in its own frame, so that its arguments are evaluated in any case.
bool holds_its_row(const Frame& frame) {
  const bool others_only = frame.exclusion == FrameExclusion::kCurrentRow ||
                           frame.exclusion == FrameExclusion::kGroup;
  return !others_only && frame.start.kind != BoundKind::kFollowing &&
         frame.start.kind != BoundKind::kUnboundedFollowing &&
         frame.end.kind != BoundKind::kPreceding &&
         frame.end.kind != BoundKind::kUnboundedPreceding;
}

// Numbers of their own row are looked at always.
bool is_lazy(OverKind kind, size_t argument) {
  return argument != 1 || (kind != OverKind::kNthValue && kind != OverKind::kLag &&
                           kind != OverKind::kLead);
}

// A column with the value, where there is one, and beside it one with the error of the others: it
// is the row's only once somebody looks.
uint32_t lazy_column(const ExprPtr& e, OverInput& input, OverCall& out) {
  out.errors.emplace_back();
  if (!expr::may_fail(*e)) return input.column(e);
  const ExprPtr error = expr::make(expr::ExprKind::kErrorOf, TypeId::kText, {e});
  out.errors.back() = input.column(error);
  const ExprPtr none = expr::make(expr::ExprKind::kIsNull, TypeId::kBool, {error});
  return input.column(expr::only_where(none, e));
}

// What FILTER keeps out is not evaluated.
void add_aggregate(const OverCalls::Call& call, OverInput& input, OverCall& out) {
  const bool lazy = !holds_its_row(call.frame);
  const auto column = [&](const ExprPtr& e) {
    return lazy ? lazy_column(e, input, out) : input.column(e);
  };
  const ExprPtr& filter = call.aggregate.filter;
  out.aggregate.kind = call.aggregate.kind;
  out.aggregate.direct = call.aggregate.direct;
  out.aggregate.result = call.aggregate.result;
  for (const ExprPtr& e : call.aggregate.arguments) {
    const bool guarded = filter && expr::may_fail(*e);
    out.aggregate.arguments.push_back(column(guarded ? expr::only_where(filter, e) : e));
  }
  if (filter) out.aggregate.filter = column(filter);
}

OverCall over_call(const OverCalls::Call& call, OverInput& input) {
  OverCall out;
  out.kind = call.kind;
  out.frame = call.frame;
  out.result = call.result;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const ExprPtr& e = call.arguments[i];
    out.arguments.push_back(is_lazy(call.kind, i) ? lazy_column(e, input, out) : input.column(e));
    out.errors.resize(i + 1);
  }
  if (call.start_limit) out.frame.start.limit_column = input.column(call.start_limit);
  if (call.end_limit) out.frame.end.limit_column = input.column(call.end_limit);
  if (call.kind == OverKind::kAggregate) add_aggregate(call, input, out);
  if (std::none_of(out.errors.begin(), out.errors.end(), [](const auto& e) { return e; }))
    out.errors.clear();
  return out;
}

}  // namespace

NodePtr build_over(NodePtr node, const OverCalls& calls, std::vector<uint32_t>& places) {
  if (calls.calls.empty()) return node;
  OverInput input(std::move(node));
  std::vector<OverSpec> specs(calls.windows.size());
  for (size_t w = 0; w < specs.size(); ++w) {
    for (const ExprPtr& e : calls.windows[w].partition)
      specs[w].partition.push_back(input.column(e));
    for (const OverCalls::By& by : calls.windows[w].order)
      specs[w].order.push_back({input.column(by.expr), by.descending, by.nulls_first});
  }
  for (const OverCalls::Call& call : calls.calls)
    specs[call.window].calls.push_back(over_call(call, input));
  node = input.finish();
  places.resize(calls.calls.size());
  for (size_t w = 0; w < specs.size(); ++w) {
    std::vector<std::string> names;
    for (size_t i = 0; i < calls.calls.size(); ++i) {
      if (calls.calls[i].window != w) continue;
      places[i] = static_cast<uint32_t>(node->schema.size() + names.size());
      names.push_back(fmt::format("over{}", i + 1));
    }
    node = make_over(std::move(node), std::move(specs[w]), names);
  }
  return node;
}

}  // namespace weir::plan
