// A side of a comparison that moves with the clock is floor_unit(now + inner) + outer, where the
// unit is of date_trunc() or the day of a date, or none. The other side, x, is the row's. With
// y = x - outer, and floor and next of the unit (of none: a microsecond),
//
//   y >= floor(now + inner)   while now <  next(floor(y)) - inner
//   y >  floor(now + inner)   while now <  next(floor(y - 1 us)) - inner
//   y <= floor(now + inner)   from  now >= next(floor(y - 1 us)) - inner
//   y <  floor(now + inner)   from  now >= next(floor(y)) - inner
//
// Intervals with months do not go: now() - '1 month' stands still at the end of some months, so a
// time x does not leave at x + '1 month'. A condition on x + '1 month' does, since that is a value
// of the row.
#include "plan/clock_filter.h"

#include <fmt/core.h>

#include "expr/function.h"
#include "plan/build.h"

namespace weir::plan {

namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;

bool is_now(const Expr& leaf) { return leaf.kind == ExprKind::kNow; }
bool has_now(const ExprPtr& e) { return e && expr::any_leaf(*e, is_now); }

int32_t place_of_now(const Expr& e) {
  if (is_now(e)) return static_cast<int32_t>(e.column);
  for (const ExprPtr& arg : e.args) {
    if (has_now(arg)) return place_of_now(*arg);
  }
  return -1;
}

ExprPtr called(std::string_view name, std::vector<ExprPtr> args) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  const Result<expr::Resolved> resolved = expr::resolve_function(name, types);
  WEIR_CHECK(resolved.has_value());
  return expr::call(*resolved->function, std::move(args), resolved->result);
}

ExprPtr cast(const ExprPtr& e, TypeId type) {
  if (e->type.id == type) return e;
  return expr::make(ExprKind::kCast, type, {e});
}

ExprPtr moved(const ExprPtr& time, std::string_view sign, const Interval& by) {
  if (by == Interval()) return time;
  if (by.days <= 0 && by.micros <= 0 && by.months == 0) {
    const Interval back{0, -by.days, -by.micros};
    return called(sign == "+" ? "-" : "+",
                  {time, expr::literal(Value{TypeId::kInterval, back})});
  }
  return called(sign, {time, expr::literal(Value{TypeId::kInterval, by})});
}

struct Clock {
  Interval inner;
  std::string unit;
  Interval outer;
};

const Interval* constant_interval(const Expr& e) {
  if (e.kind != ExprKind::kLiteral) return nullptr;
  const auto* interval = std::get_if<Interval>(&e.literal.data);
  return interval && interval->months == 0 ? interval : nullptr;
}

std::optional<Interval> shift_of(const Expr& e) {
  if (const Interval* interval = constant_interval(e)) return *interval;
  if (e.kind != ExprKind::kLiteral || e.type.id != TypeId::kInt4) return std::nullopt;
  const auto* days = std::get_if<int64_t>(&e.literal.data);
  if (!days) return std::nullopt;
  return Interval{0, static_cast<int32_t>(*days), 0};
}

Clock with_shift(Clock clock, const Interval& by, int sign) {
  Interval& to = clock.unit.empty() ? clock.inner : clock.outer;
  to.days += sign * by.days;
  to.micros += sign * by.micros;
  return clock;
}

// Of date_trunc: the interval from one multiple to the next. Empty: not one that is known here.
std::optional<Interval> length_of(std::string_view unit) {
  constexpr Micros kMinute = 60'000'000;
  if (unit.empty()) return Interval{0, 0, 1};
  if (unit == "second") return Interval{0, 0, 1'000'000};
  if (unit == "minute") return Interval{0, 0, kMinute};
  if (unit == "hour") return Interval{0, 0, 60 * kMinute};
  if (unit == "day") return Interval{0, 1, 0};
  if (unit == "week") return Interval{0, 7, 0};
  if (unit == "month") return Interval{1, 0, 0};
  if (unit == "quarter") return Interval{3, 0, 0};
  if (unit == "year") return Interval{12, 0, 0};
  return std::nullopt;
}

std::optional<Clock> clock_of(const Expr& e);

std::optional<Clock> cut(const Expr& inner, std::string unit) {
  std::optional<Clock> clock = clock_of(inner);
  if (!clock || !clock->unit.empty() || !length_of(unit)) return std::nullopt;
  clock->unit = std::move(unit);
  return clock;
}

std::optional<Clock> clock_of_call(const Expr& e) {
  const std::string_view name = e.function->name;
  if (name == "date_trunc" && e.args.size() == 2) {
    const auto* unit = std::get_if<std::string>(&e.args[0]->literal.data);
    if (e.args[0]->kind != ExprKind::kLiteral || !unit) return std::nullopt;
    return cut(*e.args[1], *unit);
  }
  if ((name != "+" && name != "-") || e.args.size() != 2) return std::nullopt;
  const bool swapped = name == "+" && has_now(e.args[1]);
  const std::optional<Clock> clock = clock_of(*e.args[swapped ? 1 : 0]);
  const std::optional<Interval> by = shift_of(*e.args[swapped ? 0 : 1]);
  if (!clock || !by) return std::nullopt;
  return with_shift(*clock, *by, name == "+" ? 1 : -1);
}

std::optional<Clock> clock_of(const Expr& e) {
  if (is_now(e)) return Clock{};
  if (e.kind == ExprKind::kCall) return clock_of_call(e);
  if (e.kind != ExprKind::kCast) return std::nullopt;
  if (e.type.id == TypeId::kDate) {
    if (e.args[0]->type.id == TypeId::kDate) return clock_of(*e.args[0]);
    return cut(*e.args[0], "day");
  }
  const bool keeps = (e.type.id == TypeId::kTimestamp || e.type.id == TypeId::kTimestamptz) &&
                     e.type.name() == e.type.plain().name();
  return keeps ? clock_of(*e.args[0]) : std::nullopt;
}

// What a row waits for: an instant to come in at, or one to leave at.
struct Wait {
  ExprPtr at;
  bool leaves = false;
};

std::string_view mirrored(std::string_view op) {
  if (op == "<") return ">";
  if (op == "<=") return ">=";
  if (op == ">") return "<";
  return op == ">=" ? "<=" : op;
}
std::string_view negated(std::string_view op) {
  if (op == "<") return ">=";
  if (op == "<=") return ">";
  if (op == ">") return "<=";
  return op == ">=" ? "<" : "";
}

ExprPtr bound_of(const ExprPtr& x, const Clock& clock, bool of_the_one_before) {
  ExprPtr at = moved(cast(x, TypeId::kTimestamptz), "-", clock.outer);
  const Interval tick{0, 0, 1};
  if (clock.unit.empty()) {
    at = of_the_one_before ? at : moved(at, "+", tick);
  } else {
    if (of_the_one_before) at = moved(at, "-", tick);
    const ExprPtr unit = expr::literal(Value{TypeId::kText, clock.unit});
    at = moved(called("date_trunc", {unit, at}), "+", *length_of(clock.unit));
  }
  return moved(at, "-", clock.inner);
}

// x op clock.
std::optional<Wait> wait_of(const ExprPtr& x, std::string_view op, const ExprPtr& side) {
  if (has_now(x) || !x->type.is_time()) return std::nullopt;
  const std::optional<Clock> clock = clock_of(*side);
  if (!clock) return std::nullopt;
  if (op == ">=" || op == ">") return Wait{bound_of(x, *clock, op == ">"), true};
  if (op == "<=" || op == "<") return Wait{bound_of(x, *clock, op == "<="), false};
  return std::nullopt;
}

// A comparison of times, of which one may be a distance: now() - x < interval.
std::vector<Wait> waits_of(const ExprPtr& e, bool negate);

std::vector<Wait> waits_of_comparison(std::string_view op, const ExprPtr& a, const ExprPtr& b) {
  if (has_now(b) && !has_now(a)) {
    if (op == "=") {
      const std::optional<Wait> from = wait_of(a, "<=", b);
      const std::optional<Wait> until = wait_of(a, ">=", b);
      if (!from || !until) return {};
      return {*from, *until};
    }
    const std::optional<Wait> wait = wait_of(a, op, b);
    return wait ? std::vector<Wait>{*wait} : std::vector<Wait>();
  }
  if (has_now(b)) return {};
  const Interval* distance = constant_interval(*b);
  const bool minus = a->kind == ExprKind::kCall && a->function->name == "-" &&
                     a->args.size() == 2 && a->type.id == TypeId::kInterval;
  if (!distance) return waits_of_comparison(mirrored(op), b, a);
  if (!minus || a->args[1]->type.id == TypeId::kInterval) return {};
  const ExprPtr& from = a->args[0];
  const ExprPtr& to = a->args[1];
  if (has_now(to)) return waits_of_comparison(op, moved(from, "-", *distance), to);
  return waits_of_comparison(mirrored(op), moved(to, "+", *distance), from);
}

std::vector<Wait> waits_of(const ExprPtr& e, bool negate) {
  if (e->kind == ExprKind::kNot) return waits_of(e->args[0], !negate);
  if (e->kind != ExprKind::kCall || e->args.size() != 2) return {};
  std::string_view op = e->function->name;
  if (op != "<" && op != "<=" && op != ">" && op != ">=" && op != "=") return {};
  if (negate) op = negated(op);
  if (op.empty()) return {};
  return waits_of_comparison(op, e->args[0], e->args[1]);
}

class ClockRewrite {
 public:
  NodePtr rewrite(const NodePtr& node);
  std::optional<ClockError> failed;

 private:
  void refuse(const Expr& e, std::string message, std::string hint) {
    if (!failed) failed = ClockError{place_of_now(e), std::move(message), std::move(hint)};
  }
  NodePtr wait(NodePtr input, const std::vector<ExprPtr>& conjuncts);
  NodePtr filter(const Node& node);
  NodePtr join(const Node& node);
  void check(const Node& node);
  int recursions_ = 0;
};

ExprPtr column_of(const NodePtr& node, uint32_t c) {
  return expr::column_ref(c, node->schema.fields[c].type);
}

NodePtr first_columns(const NodePtr& node, uint32_t n, const std::vector<ExprPtr>& more) {
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < n; ++i) {
    exprs.push_back(column_of(node, i));
    names.push_back(node->schema.fields[i].name);
  }
  for (const ExprPtr& e : more) {
    exprs.push_back(e);
    names.push_back(fmt::format("bound{}", exprs.size() - n));
  }
  return make_project(node, std::move(exprs), std::move(names));
}

// One filter a pair of bounds: a row stands while every one of them lets it.
NodePtr filtered_by(NodePtr node, const std::vector<std::pair<uint32_t, bool>>& bounds) {
  std::vector<TemporalFilterSpec> specs;
  for (const auto& [column, leaves] : bounds) {
    const auto open = std::find_if(specs.begin(), specs.end(), [&](const TemporalFilterSpec& s) {
      return leaves ? !s.until : !s.from;
    });
    TemporalFilterSpec& spec = open == specs.end() ? specs.emplace_back() : *open;
    (leaves ? spec.until : spec.from) = column;
  }
  for (const TemporalFilterSpec& spec : specs) node = make_temporal_filter(std::move(node), spec);
  return node;
}

NodePtr ClockRewrite::wait(NodePtr input, const std::vector<ExprPtr>& conjuncts) {
  std::vector<std::pair<uint32_t, bool>> bounds;
  std::vector<ExprPtr> computed;
  const auto width = static_cast<uint32_t>(input->schema.size());
  for (const ExprPtr& conjunct : conjuncts) {
    std::vector<Wait> waits = waits_of(conjunct, false);
    if (waits.empty()) {
      refuse(*conjunct, "this condition on now() cannot be kept up to date in a view",
             "compare a time of the row with now(), or with now() plus or minus a fixed interval, "
             "as a condition of its own among those of WHERE: ts > now() - interval '1 hour'");
      return input;
    }
    for (Wait& w : waits) {
      const ExprPtr at = expr::fold_constants(w.at);
      const bool plain = at->kind == ExprKind::kColumn;
      bounds.emplace_back(plain ? at->column : width + computed.size(), w.leaves);
      if (!plain) computed.push_back(at);
    }
  }
  if (recursions_ > 0) {
    refuse(*conjuncts[0], "now() within a recursive query of a view is not supported",
           "filter by now() before or after the recursion");
    return input;
  }
  if (computed.empty()) return filtered_by(std::move(input), bounds);
  return first_columns(filtered_by(first_columns(input, width, computed), bounds), width, {});
}

std::pair<std::vector<ExprPtr>, std::vector<ExprPtr>> parted(const ExprPtr& predicate) {
  std::vector<ExprPtr> conjuncts;
  std::pair<std::vector<ExprPtr>, std::vector<ExprPtr>> parts;
  if (predicate) expr::split_conjuncts(predicate, conjuncts);
  for (ExprPtr& e : conjuncts) {
    std::vector<ExprPtr> both{e};
    if (e->kind == ExprKind::kNot && e->args[0]->kind == ExprKind::kOr) {  // not (a or b)
      both.clear();
      for (const ExprPtr& arg : e->args[0]->args)
        both.push_back(expr::make(ExprKind::kNot, TypeId::kBool, {arg}));
    }
    for (ExprPtr& part : both) (has_now(part) ? parts.second : parts.first).push_back(part);
  }
  return parts;
}

NodePtr ClockRewrite::filter(const Node& node) {
  const auto [plain, clocked] = parted(std::get<FilterSpec>(node.spec).predicate);
  NodePtr input = node.inputs[0];
  if (!plain.empty()) input = make_filter(std::move(input), expr::conjunction(plain));
  return wait(std::move(input), clocked);
}

NodePtr ClockRewrite::join(const Node& node) {
  JoinSpec spec = std::get<JoinSpec>(node.spec);
  if (spec.kind != JoinKind::kInner) {
    refuse(*spec.residual, "now() in the condition of an outer join or of a sub-query that names "
                           "columns of both sides is not supported in a view",
           "filter one side by now() in a sub-query of its own");
    return std::make_shared<const Node>(node);
  }
  auto [plain, clocked] = parted(spec.residual);
  spec.residual = expr::conjunction(std::move(plain));
  return wait(make_join(node.inputs[0], node.inputs[1], std::move(spec)), clocked);
}

void ClockRewrite::check(const Node& node) {
  const auto* project = std::get_if<ProjectSpec>(&node.spec);
  if (!project) return;
  for (const ExprPtr& e : project->exprs) {
    if (!has_now(e)) continue;
    refuse(*e, "now() as a value is not supported in a view: it would change every row at every "
               "instant",
           "filter by now(), or select the event time");
  }
}

NodePtr ClockRewrite::rewrite(const NodePtr& root) {
  std::vector<NodePtr> inputs;
  for (size_t i = 0; i < root->inputs.size(); ++i) {
    const bool step = root->kind == NodeKind::kRecursive && i == 1;
    recursions_ += step;
    inputs.push_back(rewrite(root->inputs[i]));
    recursions_ -= step;
  }
  const NodePtr node =
      inputs == root->inputs ? root : with_inputs(*root, std::move(inputs));
  check(*node);
  if (const auto* spec = std::get_if<FilterSpec>(&node->spec); spec && has_now(spec->predicate))
    return filter(*node);
  if (const auto* spec = std::get_if<JoinSpec>(&node->spec); spec && has_now(spec->residual))
    return join(*node);
  return node;
}

}  // namespace

std::variant<NodePtr, ClockError> wait_for_clock(const NodePtr& root) {
  ClockRewrite rewrite;
  NodePtr node = rewrite.rewrite(root);
  if (rewrite.failed) return *rewrite.failed;
  return node;
}

}  // namespace weir::plan
