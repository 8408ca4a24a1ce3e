#include <fmt/core.h>

#include "base/edit_distance.h"
#include "expr/function.h"
#include "plan/binder.h"
#include "plan/build.h"
#include "plan/rewrite.h"

namespace weir::plan {

namespace {

void split(const expr::ExprPtr& e, std::vector<expr::ExprPtr>& out) {
  if (e->kind != expr::ExprKind::kAnd) {
    out.push_back(e);
    return;
  }
  for (const expr::ExprPtr& arg : e->args) split(arg, out);
}

std::vector<uint32_t> all_columns(size_t n) {
  std::vector<uint32_t> columns(n);
  for (uint32_t i = 0; i < n; ++i) columns[i] = i;
  return columns;
}

// The name of a table that stands on both sides.
std::optional<std::string> table_of_both(const Scope& left, const Scope& right) {
  const std::vector<std::string> names = left.tables();
  for (const std::string& name : right.tables()) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end()) return name;
  }
  return std::nullopt;
}

}  // namespace

Result<Binder::Source> Binder::bind_from_list(const sql::Select& select) {
  Source all = TRY(bind_from(select.from[0]));
  for (size_t i = 1; i < select.from.size(); ++i) {
    Source next = TRY(bind_from(select.from[i]));
    const auto offset = static_cast<uint32_t>(all.node->schema.size());
    if (const auto twice = table_of_both(all.scope, next.scope)) {
      return error(1247, "42712", fmt::format("table name \"{}\" specified more than once", *twice),
                   select.from[i].location);
    }
    all.node = TRY(join_on(all, next, JoinKind::kInner, {}));
    for (ScopeColumn column : next.scope.columns) {
      column.column += offset;
      all.scope.columns.push_back(std::move(column));
    }
  }
  return all;
}

Result<Binder::Source> Binder::bind_from(const sql::From& from) {
  if (from.lateral) return unsupported("LATERAL", from.location);
  Source source;
  switch (from.kind) {
    case sql::FromKind::kTable: source = TRY(bind_table(from)); break;
    case sql::FromKind::kFunction: source = TRY(bind_window(from)); break;
    case sql::FromKind::kJoin: return bind_join(from);
    case sql::FromKind::kSubquery: {
      source.node = TRY(bind_query(*from.select)).node;
      source.scope.add(from.alias, source.node->schema);
      break;
    }
  }
  for (size_t i = 0; i < from.column_aliases.size(); ++i) {
    if (i >= source.scope.columns.size()) {
      return error(1231, "42P10",
                   fmt::format("table \"{}\" has {} columns available but {} columns specified",
                               from.alias, source.scope.columns.size(), from.column_aliases.size()),
                   from.location);
    }
    source.scope.columns[i].name = from.column_aliases[i];
  }
  return source;
}

Result<Binder::Source> Binder::named_relation(const std::string& name, int32_t location) {
  for (auto level = common_tables_.rbegin(); level != common_tables_.rend(); ++level) {
    const auto it = level->find(name);
    if (it == level->end()) continue;
    Source source{it->second, {}};
    source.scope.add(name, it->second->schema);
    return source;
  }
  const Schema* schema = catalog_.find(name);
  if (!schema) {
    Error missing =
        error(1210, "42P01", fmt::format("relation \"{}\" does not exist", name), location);
    const auto nearest = nearest_spelling(name, catalog_.names());
    if (nearest) return std::move(missing).hint(fmt::format("did you mean \"{}\"?", *nearest));
    return std::move(missing).hint("name a source, a seed or a model of the project");
  }
  Source source{make_scan(name, *schema, catalog_.find_stream(name), all_columns(schema->size())),
                {}};
  const size_t dot = name.rfind('.');
  source.scope.add(dot == std::string::npos ? name : name.substr(dot + 1), *schema);
  return source;
}

Result<Binder::Source> Binder::bind_table(const sql::From& from) {
  std::string name = from.name;
  if (!from.schema.empty() && from.schema != "public") name = from.schema + "." + from.name;
  Source source = TRY(named_relation(name, from.location));
  if (!from.alias.empty()) {
    for (ScopeColumn& column : source.scope.columns) column.table = from.alias;
  }
  return source;
}

Result<Micros> Binder::bind_duration(const sql::Expr& e, const char* what) {
  const ExprPtr bound = TRY(coerce(TRY(bind(e, Scope())), TypeId::kInterval, e.location));
  const ExprPtr folded = expr::fold_constants(bound);
  if (folded->kind != expr::ExprKind::kLiteral || folded->literal.is_null()) {
    return error(1232, "42P20", fmt::format("the {} of a window must be a constant interval", what),
                 e.location);
  }
  const auto& interval = std::get<Interval>(folded->literal.data);
  if (interval.months != 0) {
    return error(1233, "42P20", fmt::format("the {} of a window cannot have months or years", what),
                 e.location)
        .hint("for calendar windows group by date_trunc('month', ...)");
  }
  return int64_t{interval.days} * 86'400'000'000 + interval.micros;
}

// tumble(relation, time, size [, offset]) and hop(relation, time, slide, size [, offset]).
Result<Binder::Source> Binder::bind_window(const sql::From& from) {
  const bool hop = from.name == "hop";
  if (from.name == "session" || from.name == "cumulate") {
    return unsupported(fmt::format("the window function {}", from.name), from.location);
  }
  if (!hop && from.name != "tumble") {
    return unsupported(fmt::format("the table function {}", from.name), from.location);
  }
  const size_t least = hop ? 4 : 3;
  if (from.args.size() < least || from.args.size() > least + 1) {
    return error(1234, "42883",
                 fmt::format("{} takes a relation, its time column, {}and an optional offset",
                             from.name, hop ? "the slide, the size " : "the size "),
                 from.location);
  }
  const sql::Expr& relation = *from.args[0];
  if (relation.kind != sql::ExprKind::kColumn) {
    return error(1235, "42P20",
                 fmt::format("the first argument of {} is the name of a relation", from.name),
                 relation.location);
  }
  std::string name;
  for (const std::string& part : relation.names) name += (name.empty() ? "" : ".") + part;
  if (name.starts_with("public.")) name = name.substr(7);
  Source source = TRY(named_relation(name, relation.location));
  const ExprPtr time = TRY(bind(*from.args[1], source.scope));
  if (time->kind != expr::ExprKind::kColumn || !time->type.is_time()) {
    return error(1236, "42804",
                 fmt::format("the second argument of {} is a date or timestamp column", from.name),
                 from.args[1]->location);
  }
  WindowSpec spec;
  spec.kind = hop ? WindowKind::kHop : WindowKind::kTumble;
  spec.time_column = time->column;
  spec.slide = TRY(bind_duration(*from.args[2], hop ? "slide" : "size"));
  spec.size = hop ? TRY(bind_duration(*from.args[3], "size")) : spec.slide;
  if (from.args.size() > least) spec.offset = TRY(bind_duration(*from.args[least], "offset"));
  if (spec.slide <= 0 || spec.size <= 0) {
    return error(1237, "22023", "slide and size of a window must be positive",
                 from.args[2]->location);
  }
  if (spec.size / spec.slide > 10'000) {
    return error(1238, "54000", "a row would stand in more than 10000 windows",
                 from.args[2]->location);
  }
  Source result{make_window(source.node, spec), {}};
  const std::string alias = !from.alias.empty()            ? from.alias
                            : source.scope.columns.empty() ? name
                                                           : source.scope.columns[0].table;
  result.scope.add(alias, result.node->schema);
  return result;
}

// Conjuncts that compare the sides become keys; those of one side filter it where the join allows;
// the rest is the residual.
Result<NodePtr> Binder::join_on(Source& left, Source& right, JoinKind kind,
                                std::vector<ExprPtr> conjuncts) {
  if (kind == JoinKind::kInner) {
    const NodePtr cross = make_join(left.node, right.node, {kind, {}, {}, nullptr});
    if (conjuncts.empty()) return cross;
    return push_filter(cross, conjuncts.size() == 1
                                  ? conjuncts[0]
                                  : expr::make(expr::ExprKind::kAnd, TypeId::kBool, conjuncts));
  }
  const auto width = static_cast<uint32_t>(left.node->schema.size());
  JoinSpec spec{kind, {}, {}, nullptr};
  std::vector<ExprPtr> residual;
  std::vector<uint32_t> to_right(width + right.node->schema.size(), 0);
  for (uint32_t i = width; i < to_right.size(); ++i) to_right[i] = i - width;
  NodePtr right_node = right.node;
  for (const ExprPtr& conjunct : conjuncts) {
    std::vector<uint32_t> used;
    expr::collect_columns(*conjunct, used);
    const bool equality = conjunct->kind == expr::ExprKind::kCall &&
                          conjunct->function->name == "=" &&
                          conjunct->args[0]->kind == expr::ExprKind::kColumn &&
                          conjunct->args[1]->kind == expr::ExprKind::kColumn;
    if (!used.empty() && used.front() >= width) {
      right_node = push_filter(right_node, expr::remap_columns(conjunct, to_right));
    } else if (equality && used.size() == 2 && used[0] < width && used[1] >= width) {
      spec.left_keys.push_back(used[0]);
      spec.right_keys.push_back(used[1] - width);
    } else {
      residual.push_back(conjunct);
    }
  }
  if (residual.size() == 1) spec.residual = residual[0];
  if (residual.size() > 1)
    spec.residual = expr::make(expr::ExprKind::kAnd, TypeId::kBool, std::move(residual));
  return make_join(left.node, std::move(right_node), std::move(spec));
}

Result<Binder::Source> Binder::bind_join(const sql::From& from) {
  if (from.natural) return unsupported("NATURAL JOIN", from.location);
  if (from.join == sql::JoinKind::kFull) return unsupported("FULL JOIN", from.location);
  const bool right_join = from.join == sql::JoinKind::kRight;
  Source left = TRY(bind_from(right_join ? *from.right : *from.left));
  Source right = TRY(bind_from(right_join ? *from.left : *from.right));
  if (const auto twice = table_of_both(left.scope, right.scope)) {
    return error(1247, "42712", fmt::format("table name \"{}\" specified more than once", *twice),
                 from.location);
  }
  const auto width = static_cast<uint32_t>(left.node->schema.size());
  Source joined;
  joined.scope = left.scope;
  for (ScopeColumn column : right.scope.columns) {
    column.column += width;
    joined.scope.columns.push_back(std::move(column));
  }
  std::vector<ExprPtr> conjuncts;
  for (const std::string& name : from.using_columns) {
    const auto in_left = find_column(left.scope, {name});
    const auto in_right = find_column(right.scope, {name});
    if (!std::holds_alternative<size_t>(in_left) || !std::holds_alternative<size_t>(in_right)) {
      return error(1239, "42703",
                   fmt::format("column \"{}\" of USING is not on both sides of the join", name),
                   from.location);
    }
    const ScopeColumn& a = left.scope.columns[std::get<size_t>(in_left)];
    const size_t right_index = std::get<size_t>(in_right);
    const ScopeColumn& b = right.scope.columns[right_index];
    std::vector<ExprPtr> sides{expr::column_ref(a.column, a.type),
                               expr::column_ref(b.column + width, b.type)};
    conjuncts.push_back(TRY(bind_function("=", std::move(sides), from.location)));
    joined.scope.columns[left.scope.columns.size() + right_index].hidden = true;
  }
  if (from.on) split(TRY(bind_boolean(*from.on, joined.scope, "JOIN/ON")), conjuncts);
  const bool outer = right_join || from.join == sql::JoinKind::kLeft;
  joined.node =
      TRY(join_on(left, right, outer ? JoinKind::kLeft : JoinKind::kInner, std::move(conjuncts)));
  if (right_join) {
    // The columns of the text's left side come first again.
    std::rotate(joined.scope.columns.begin(),
                joined.scope.columns.begin() + static_cast<long>(left.scope.columns.size()),
                joined.scope.columns.end());
  }
  if (!from.alias.empty()) {
    for (ScopeColumn& column : joined.scope.columns) column.table = from.alias;
  }
  return joined;
}

}  // namespace weir::plan
