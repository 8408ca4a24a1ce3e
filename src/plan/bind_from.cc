#include <fmt/core.h>

#include "base/edit_distance.h"
#include "expr/function.h"
#include "plan/asof.h"
#include "plan/build.h"
#include "plan/decorrelate.h"
#include "plan/join_keys.h"
#include "plan/outer_join_binder.h"
#include "plan/projection.h"
#include "plan/rewrite.h"
#include "sql/parser.h"

namespace weir::plan {

namespace {

bool is_time_window(const std::string& name) {
  return name == "tumble" || name == "hop" || name == "cumulate" || name == "session";
}

bool has_pending(const expr::Expr& e) {
  return expr::any_leaf(
      e, [](const expr::Expr& leaf) { return leaf.kind == expr::ExprKind::kPending; });
}

bool is_always_true(const std::vector<expr::ExprPtr>& conjuncts) {
  return std::all_of(conjuncts.begin(), conjuncts.end(), [](const expr::ExprPtr& e) {
    return e->kind == expr::ExprKind::kLiteral && e->literal == Value::of(true);
  });
}

// A set-returning function that a left join on true may run on the left rows themselves: as one
// that answers a row of NULLs where it has none. Null: it may not.
NodePtr outer_rows(const NodePtr& node, const std::vector<expr::ExprPtr>& conjuncts) {
  if (!is_always_true(conjuncts)) return nullptr;
  if (node->kind == NodeKind::kProject) {  // of columns only: NULLs stay NULLs
    for (const expr::ExprPtr& e : std::get<ProjectSpec>(node->spec).exprs) {
      if (e->kind != expr::ExprKind::kColumn) return nullptr;
    }
    const NodePtr below = outer_rows(node->inputs[0], {});
    return below ? with_inputs(*node, {below}) : nullptr;
  }
  if (node->kind != NodeKind::kTableFunction) return nullptr;
  TableFunctionSpec spec = std::get<TableFunctionSpec>(node->spec);
  spec.outer = true;
  std::vector<std::string> names;
  for (size_t i = node->inputs[0]->schema.size(); i < node->schema.size(); ++i)
    names.push_back(node->schema.fields[i].name);
  return make_table_function(node->inputs[0], std::move(spec), names);
}

}  // namespace

// Levels of FROM items to the left are seen by LATERAL items only.
struct Binder::HideLateral {
  explicit HideLateral(Binder& binder) : binder(binder), base(binder.query_base_) {
    for (size_t i = base; i < binder.levels_.size(); ++i) {
      were_visible.push_back(binder.levels_[i].visible);
      binder.levels_[i].visible = false;
    }
  }
  ~HideLateral() {
    for (size_t i = 0; i < were_visible.size(); ++i)
      binder.levels_[base + i].visible = were_visible[i];
  }
  Binder& binder;
  const size_t base;
  std::vector<bool> were_visible;
};

Result<Binder::Source> Binder::bind_from_list(const sql::Select& select) {
  Source all = TRY(bind_from(select.from[0]));
  for (size_t i = 1; i < select.from.size(); ++i) {
    all = TRY(bind_pair(std::move(all), select.from[i], {}));
  }
  return all;
}

Result<Binder::Source> Binder::bind_subselect(const sql::From& from) {
  std::optional<HideLateral> hide;
  if (!from.lateral) hide.emplace(*this);
  Bound bound = TRY(bind_query(*from.select));
  Source source{std::move(bound.node), {}};
  source.scope.add(from.alias, source.node->schema);
  return source;
}

Result<Binder::Source> Binder::bind_from(const sql::From& from) {
  if (from.alias == "asof") {  // to PostgreSQL's grammar `trades asof join quotes` has an alias
    return error(1275, "0A000", "ASOF JOIN is not in PostgreSQL's grammar", from.location)
        .hint("write left join lateral (select * from b where b.k = a.k and b.ts <= a.ts order by "
              "b.ts desc limit 1) b on true");
  }
  Source source;
  switch (from.kind) {
    case sql::FromKind::kTable: source = TRY(bind_table(from)); break;
    case sql::FromKind::kFunction:
      source = TRY(is_time_window(from.name) ? bind_window(from) : bind_function(from));
      break;
    case sql::FromKind::kJoin: source = TRY(bind_join(from)); break;
    case sql::FromKind::kSubquery: source = TRY(bind_subselect(from)); break;
    case sql::FromKind::kGiven: source = *given_; break;
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
  const std::vector<uint32_t> all = range(0, static_cast<uint32_t>(schema->size()));
  NodePtr scan = make_scan(name, *schema, catalog_.find_stream(name), all);
  if (const auto rows = catalog_.rows_of(name)) scan = with_rows(*scan, *rows);
  Source source{std::move(scan), {}};
  const size_t dot = name.rfind('.');
  source.scope.add(dot == std::string::npos ? name : name.substr(dot + 1), *schema);
  mark_key(source, catalog_.find_stream(name));
  return source;
}

// So that grouping by the primary key groups by every column.
void Binder::mark_key(Source& source, const catalog::StreamDefinition* stream) {
  if (!stream || stream->key.empty() || source.node->properties.keys.empty()) return;
  const uint32_t id = ++last_level_;
  for (ScopeColumn& column : source.scope.columns) {
    column.table_id = id;
    column.in_key =
        std::find(stream->key.begin(), stream->key.end(), column.name) != stream->key.end();
  }
}

Result<Binder::Source> Binder::bind_table(const sql::From& from) {
  std::string name = from.name;
  if (!from.schema.empty() && from.schema != "public") name = from.schema + "." + from.name;
  Source source = TRY(named_relation(name, from.location));
  if (catalog_.find_stream(name) && source.node->kind == NodeKind::kScan) {
    for (ScopeColumn& column : source.scope.columns) {
      column.not_null = !source.node->schema.fields[column.column].nullable;
    }
  }
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

// tumble(relation, time, size [, offset]), hop(relation, time, slide, size [, offset]),
// cumulate(relation, time, step, size [, offset]), session(relation, time, gap [, key ...]).
Result<Binder::Source> Binder::bind_window(const sql::From& from) {
  if (from.ordinality) return unsupported("WITH ORDINALITY of a window of time", from.location);
  const bool tumble = from.name == "tumble";
  const bool session = from.name == "session";
  const size_t least = tumble || session ? 3 : 4;
  if (from.args.size() < least || (!session && from.args.size() > least + 1)) {
    return error(1234, "42883",
                 fmt::format("{} takes a relation, its time column, {}", from.name,
                             tumble    ? "the size and an optional offset"
                             : session ? "the gap and the columns of the key"
                             : from.name == "hop" ? "the slide, the size and an optional offset"
                                                  : "the step, the size and an optional offset"),
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
  const std::string alias = !from.alias.empty()            ? from.alias
                            : source.scope.columns.empty() ? name
                                                           : source.scope.columns[0].table;
  Source result;
  result.node = session ? TRY(session_node(from, source, time->column))
                        : TRY(window_node(from, source, time->column));
  result.scope.add(alias, result.node->schema);
  return result;
}

Result<NodePtr> Binder::session_node(const sql::From& from, const Source& source, uint32_t time) {
  SessionSpec spec;
  spec.time_column = time;
  spec.gap = TRY(bind_duration(*from.args[2], "gap"));
  if (spec.gap <= 0)
    return error(1237, "22023", "the gap of a session must be positive", from.args[2]->location);
  for (size_t i = 3; i < from.args.size(); ++i) {
    const ExprPtr key = TRY(bind(*from.args[i], source.scope));
    if (key->kind != expr::ExprKind::kColumn) {
      return error(1236, "42804", "the keys of a session are columns", from.args[i]->location);
    }
    spec.keys.push_back(key->column);
  }
  return make_session(source.node, spec);
}

Result<NodePtr> Binder::window_node(const sql::From& from, const Source& source, uint32_t time) {
  const bool tumble = from.name == "tumble";
  const bool hop = from.name == "hop";
  const size_t least = tumble ? 3 : 4;
  WindowSpec spec;
  spec.kind = tumble ? WindowKind::kTumble : hop ? WindowKind::kHop : WindowKind::kCumulate;
  spec.time_column = time;
  spec.slide = TRY(bind_duration(*from.args[2], tumble ? "size" : hop ? "slide" : "step"));
  spec.size = tumble ? spec.slide : TRY(bind_duration(*from.args[3], "size"));
  if (from.args.size() > least) spec.offset = TRY(bind_duration(*from.args[least], "offset"));
  if (spec.slide <= 0 || spec.size <= 0) {
    return error(1237, "22023",
                 fmt::format("{} and size of a window must be positive", hop ? "slide" : "step"),
                 from.args[2]->location);
  }
  if (spec.kind == WindowKind::kCumulate && spec.size % spec.slide != 0) {
    return error(1237, "22023", "the size of cumulating windows must be a multiple of the step",
                 from.args[3]->location);
  }
  if (spec.size / spec.slide > 10'000) {
    return error(1238, "54000", "a row would stand in more than 10000 windows",
                 from.args[2]->location);
  }
  return make_window(source.node, spec);
}

// Conjuncts that compare the sides become keys; those of one side filter it where the join allows;
// the rest is the residual.
Result<NodePtr> Binder::join_on(Source& left, Source& right, JoinKind kind,
                                std::vector<ExprPtr> conjuncts) {
  if (kind == JoinKind::kInner) {
    const NodePtr cross = make_join(left.node, right.node, {kind, {}, {}, nullptr});
    if (conjuncts.empty()) return cross;
    return push_filter(cross, expr::conjunction(std::move(conjuncts)));
  }
  const auto n = static_cast<uint32_t>(left.node->schema.size());
  std::vector<uint32_t> to_right(n + right.node->schema.size(), 0);
  for (uint32_t i = n; i < to_right.size(); ++i) to_right[i] = i - n;
  const auto of_right_alone = [&](const ExprPtr& conjunct) {
    std::vector<uint32_t> used;
    expr::collect_columns(*conjunct, used);
    return !used.empty() && used.front() >= n;
  };
  NodePtr right_node = right.node;
  if (kind == JoinKind::kLeft) {
    for (const ExprPtr& conjunct : conjuncts) {
      if (!of_right_alone(conjunct)) continue;
      right_node = push_filter(right_node, expr::remap_columns(conjunct, to_right));
    }
    std::erase_if(conjuncts, of_right_alone);
  }
  JoinKeys keys(left.node, std::move(right_node));
  std::erase_if(conjuncts, [&](const ExprPtr& conjunct) { return keys.take(conjunct); });
  return keys.join({kind, {}, {}, expr::conjunction(std::move(conjuncts))});
}

namespace {

std::vector<std::string> common_names(const Scope& left, const Scope& right) {
  std::vector<std::string> names;
  for (const ScopeColumn& a : left.columns) {
    if (a.hidden) continue;
    const bool shared = std::any_of(right.columns.begin(), right.columns.end(), [&](const auto& b) {
      return !b.hidden && b.name == a.name;
    });
    if (shared) names.push_back(a.name);
  }
  return names;
}

Scope side_by_side(const Scope& left, const Scope& right, uint32_t width) {
  Scope both = left;
  for (ScopeColumn column : right.columns) {
    column.column += width;
    both.columns.push_back(std::move(column));
  }
  return both;
}

}  // namespace

// Columns of USING and of NATURAL stand once, first, under no table's name; the tables' own are
// reached by the table's name. The join gets the equalities.
Status Binder::bind_using(Joining& joining, const Source& left, const Source& right,
                          Scope& scope) {
  const sql::From& from = *joining.join;
  const std::vector<std::string> names =
      from.natural ? common_names(joining.swapped ? right.scope : left.scope,
                                  joining.swapped ? left.scope : right.scope)
                   : from.using_columns;
  const auto width = static_cast<uint32_t>(left.node->schema.size());
  std::vector<ScopeColumn> merged;
  for (const std::string& name : names) {
    const auto in_left = find_column(left.scope, {name});
    const auto in_right = find_column(right.scope, {name});
    for (const auto* side : {&in_left, &in_right}) {
      const NameError* wrong = std::get_if<NameError>(side);
      if (!wrong) continue;
      if (wrong->code == 1212)
        return error(wrong->code, wrong->sqlstate, wrong->message, from.location);
      return error(1239, "42703",
                   fmt::format("column \"{}\" of USING is not on both sides of the join", name),
                   from.location);
    }
    const size_t left_index = std::get<size_t>(in_left);
    const size_t right_index = std::get<size_t>(in_right);
    const ScopeColumn& a = left.scope.columns[left_index];
    const ScopeColumn& b = right.scope.columns[right_index];
    joining.conjuncts.push_back(TRY(bind_function(
        "=", {expr::column_ref(a.column, a.type), expr::column_ref(b.column + width, b.type)},
        from.location)));
    ScopeColumn one = a;
    one.table.clear();
    merged.push_back(std::move(one));
    joining.merged.push_back(b.column + width);
    scope.columns[left_index].hidden = true;
    scope.columns[left.scope.columns.size() + right_index].hidden = true;
  }
  scope.columns.insert(scope.columns.begin(), merged.begin(), merged.end());
  return {};
}

Result<Binder::Source> Binder::bind_join(const sql::From& from) {
  const bool swapped = from.join == sql::JoinKind::kRight;
  Source left = TRY(bind_from(*from.left));
  Joining joining;
  joining.kind = from.join == sql::JoinKind::kFull               ? JoinKind::kFull
                 : swapped || from.join == sql::JoinKind::kLeft ? JoinKind::kLeft
                                                                 : JoinKind::kInner;
  joining.join = &from;
  joining.swapped = swapped;
  Source joined = TRY(bind_pair(std::move(left), *from.right, std::move(joining)));
  if (!from.alias.empty()) {
    Scope visible;
    for (ScopeColumn& column : joined.scope.columns) {
      if (column.hidden) continue;
      column.table = from.alias;
      column.optional = false;  // the row of the join is there
      visible.columns.push_back(std::move(column));
    }
    joined.scope = std::move(visible);
  }
  return joined;
}

// `left` with one more item of FROM, which may be LATERAL.
Result<Binder::Source> Binder::bind_pair(Source left, const sql::From& item, Joining joining) {
  joining.level = ++last_level_;
  joining.location = item.location;
  const bool sees_left = !joining.swapped && joining.kind != JoinKind::kFull;
  levels_.push_back({joining.level, &left.scope, nullptr, nullptr, true, true, !sees_left});
  Result<Source> bound = bind_from(item);
  levels_.pop_back();
  Source right = TRY(std::move(bound));
  const std::vector<std::string> tables = left.scope.tables();
  for (const std::string& table : right.scope.tables()) {
    if (table.empty() || std::find(tables.begin(), tables.end(), table) == tables.end()) continue;
    return error(1247, "42712", fmt::format("table name \"{}\" specified more than once", table),
                 item.location);
  }
  if (joining.swapped) std::swap(left, right);
  return join_sources(left, right, joining);
}

Result<Binder::Source> Binder::join_sources(Source& left, Source& right, Joining& joining) {
  const auto width = static_cast<uint32_t>(left.node->schema.size());
  Source joined;
  joined.scope = side_by_side(left.scope, right.scope, width);
  for (size_t i = 0; i < joined.scope.columns.size(); ++i) {
    const bool of_right = i >= left.scope.columns.size();
    const bool may_lack = of_right ? joining.kind != JoinKind::kInner
                                   : joining.kind == JoinKind::kFull;
    if (may_lack) joined.scope.columns[i].optional = true;
  }
  if (joining.join) {
    TRY_VOID(bind_using(joining, left, right, joined.scope));
    if (const sql::Expr* on = joining.join->on.get()) {
      TRY_VOID(refuse_over(*on, "JOIN conditions"));
      const HideLateral hide(*this);
      const size_t first = std::exchange(first_pending_, pending_.size());
      Result<ExprPtr> condition = bind_boolean(*on, joined.scope, "JOIN/ON");
      first_pending_ = first;
      expr::split_conjuncts(TRY(std::move(condition)), joining.conjuncts);
    }
  }
  joined.node = TRY(join_pair(left, right, joining));
  TRY_VOID(merge_columns(joined, joining));
  if (joining.swapped) {  // the columns of the text's left side come first again
    const auto merged = static_cast<long>(joined.scope.columns.size() -
                                          left.scope.columns.size() - right.scope.columns.size());
    std::rotate(joined.scope.columns.begin() + merged,
                joined.scope.columns.begin() + merged +
                    static_cast<long>(left.scope.columns.size()),
                joined.scope.columns.end());
  }
  // Under an alias the merged columns are a table of their own too.
  for (size_t i = 0; i < joining.merged.size() && !joining.join->using_alias.empty(); ++i) {
    ScopeColumn column = joined.scope.columns[i];
    column.table = joining.join->using_alias;
    column.hidden = true;
    joined.scope.columns.push_back(std::move(column));
  }
  return joined;
}

// A merged column has the type that both sides share, and in a full join the value of the side that
// is there. The scope begins with these columns.
Status Binder::merge_columns(Source& joined, const Joining& joining) {
  Projection projection(joined.node);
  projection.keep_all();
  for (size_t i = 0; i < joining.merged.size(); ++i) {
    ScopeColumn& column = joined.scope.columns[i];
    const uint32_t other = joining.merged[i];
    std::vector<ExprPtr> sides{
        expr::column_ref(column.column, column.type),
        expr::column_ref(other, joined.node->schema.fields[other].type)};
    const Type type = TRY(common_type(sides, "JOIN/USING", joining.location));
    if (joining.kind != JoinKind::kFull && type == column.type) continue;
    for (ExprPtr& side : sides) side = TRY(coerce(std::move(side), type, joining.location));
    ExprPtr value = joining.kind == JoinKind::kFull
                        ? expr::make(expr::ExprKind::kCoalesce, type, std::move(sides))
                        : std::move(sides[0]);
    column.column = projection.append(std::move(value), column.name);
    column.type = type;
    column.table_id = 0;
  }
  joined.node = projection.make();
  return {};
}

Result<NodePtr> Binder::join_pair(Source& left, Source& right, Joining& joining) {
  std::vector<ExprPtr>& conjuncts = joining.conjuncts;
  std::vector<ExprPtr> asking;
  if (joining.kind == JoinKind::kInner) {  // sub-queries in ON are conditions behind the join
    const auto plain = std::stable_partition(
        conjuncts.begin(), conjuncts.end(), [](const ExprPtr& e) { return !has_pending(*e); });
    asking.assign(plain, conjuncts.end());
    conjuncts.erase(plain, conjuncts.end());
  }
  const bool lateral = !outer_columns(*right.node, joining.level).empty();
  if (std::any_of(conjuncts.begin(), conjuncts.end(),
                  [](const ExprPtr& e) { return has_pending(*e); })) {
    const auto b = static_cast<uint32_t>(right.node->schema.size());
    JoinSpec keys{joining.kind, {}, {}, nullptr, true};
    if (lateral) {
      keys.left_keys = outer_columns(*right.node, joining.level);
      right.node = TRY(decorrelate(right.node, {joining.level, left.node, keys.left_keys})).node;
      keys.right_keys = range(b, width(right.node) - b);
    }
    const NodePtr joined = TRY(OuterJoinBinder(*this, left, right, joining).join(std::move(keys)));
    return lateral ? select_columns(joined, range(0, width(left.node) + b)) : joined;
  }
  NodePtr node = lateral ? TRY(join_lateral(left, right, joining))
                         : TRY(join_on(left, right, joining.kind, std::move(conjuncts)));
  if (asking.empty()) return node;
  return where(std::move(node), expr::conjunction(std::move(asking)));
}

namespace {

// Null where it is none.
NodePtr asof_join(const NodePtr (&sides)[2], uint32_t level, JoinKind kind,
                  const std::vector<expr::ExprPtr>& on) {
  const bool inner = kind == JoinKind::kInner;
  if (!inner && !is_always_true(on)) return nullptr;
  const NodePtr joined = as_asof_join(sides[0], sides[1], level, !inner);
  return joined && inner && !on.empty() ? push_filter(joined, expr::conjunction(on)) : joined;
}

}  // namespace

// The right side takes values from the left rows.
Result<NodePtr> Binder::join_lateral(Source& left, Source& right, Joining& joining) {
  std::vector<ExprPtr>& conjuncts = joining.conjuncts;
  const uint32_t level = joining.level;
  const auto a = static_cast<uint32_t>(left.node->schema.size());
  const auto b = static_cast<uint32_t>(right.node->schema.size());
  const auto in_order = [&](const NodePtr& node, uint32_t first_left, uint32_t first_right) {
    return Projection(node).keep(first_left, a).keep(first_right, b).make();
  };
  const auto located = [&](Error error) {
    return std::move(error).at(sql::place_of(text_, joining.location, start_));
  };
  const bool inner = joining.kind == JoinKind::kInner;
  if (NodePtr asof = asof_join({left.node, right.node}, level, joining.kind, conjuncts))
    return asof;
  if (is_row_wise(*right.node) && (inner || outer_rows(right.node, conjuncts))) {
    if (!inner) right.node = outer_rows(right.node, conjuncts);
    Result<NodePtr> rows = run_on_outer(right.node, level, left.node);
    if (!rows) return located(std::move(rows).error());
    NodePtr node = in_order(*rows, b, 0);
    return conjuncts.empty() ? node : push_filter(node, expr::conjunction(std::move(conjuncts)));
  }
  const std::vector<uint32_t> columns = outer_columns(*right.node, level);
  Result<Dependent> tagged = decorrelate(right.node, {level, left.node, columns});
  if (!tagged) return located(std::move(tagged).error());
  JoinSpec spec{joining.kind, columns, {}, nullptr, !tagged->never_null};
  for (uint32_t i = 0; i < columns.size(); ++i) spec.right_keys.push_back(b + i);
  if (!inner) spec.residual = expr::conjunction(std::move(conjuncts));
  NodePtr node = in_order(make_join(left.node, tagged->node, std::move(spec)), 0, a);
  return !inner || conjuncts.empty()
             ? node
             : push_filter(node, expr::conjunction(std::move(conjuncts)));
}

}  // namespace weir::plan
