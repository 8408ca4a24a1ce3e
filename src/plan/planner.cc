#include "plan/planner.h"

#include <fmt/core.h>

#include "plan/binder.h"
#include "plan/build.h"
#include "plan/clock_filter.h"
#include "plan/plan_statement.h"
#include "plan/rewrite.h"
#include "plan/walk.h"
#include "sql/parser.h"

namespace weir::plan {

namespace {

// All but the working tables of recursive queries, which are the queries' own.
void collect_relations(const Node& root, std::vector<std::string>& out) {
  for_each_node(root, [&](const Node& node) {
    if (node.kind != NodeKind::kScan) return;
    const std::string& name = std::get<ScanSpec>(node.spec).relation;
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  });
  for_each_node(root, [&](const Node& node) {
    if (node.kind != NodeKind::kRecursive) return;
    std::erase(out, std::get<RecursiveSpec>(node.spec).relation);
  });
}

// Moves a place within the statement's text to its place in the file.
Error moved(Error error, const SourceSpan& start) {
  const SourceSpan& at = error.span();
  if (!at.known() || !start.known() || !at.file.empty()) return error;
  SourceSpan place = start;
  place.line = start.line + at.line - 1;
  place.column = at.line == 1 ? start.column + at.column - 1 : at.column;
  place.end_line = place.end_column = 0;
  Error fresh = Error(error.kind(), error.code(), error.primary())
                    .detail(error.detail()).hint(error.hint()).sqlstate(error.sqlstate()).at(place);
  return fresh;
}

Error invalid(const catalog::ViewDefinition& definition, uint16_t code, std::string message) {
  return Error(ErrorKind::kInvalidProject, code, std::move(message)).at(definition.sql_start);
}

Status find_key(const catalog::ViewDefinition& definition, View& view) {
  const auto& keys = view.root->properties.keys;
  if (definition.key.empty()) {
    if (!keys.empty()) {
      view.key = *std::min_element(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
        return a.size() < b.size();
      });
    }
    return {};
  }
  for (const std::string& name : definition.key) {
    const int column = view.root->schema.find(name);
    if (column < 0) {
      return invalid(definition, 1250,
                     fmt::format("key column \"{}\" is not a column of view \"{}\"", name,
                                 definition.name))
          .hint("name columns that the SELECT answers")
          .sqlstate("42703");
    }
    view.key.push_back(static_cast<uint32_t>(column));
  }
  const bool proven = std::any_of(keys.begin(), keys.end(), [&](const std::vector<uint32_t>& key) {
    return std::all_of(key.begin(), key.end(), [&](uint32_t c) {
      return std::find(view.key.begin(), view.key.end(), c) != view.key.end();
    });
  });
  if (proven) return {};
  return invalid(definition, 1251,
                 fmt::format("the key ({}) of view \"{}\" is not provably unique",
                             comma_list(definition.key), definition.name))
      .detail("A key follows from GROUP BY, DISTINCT, or a unique key of the source.")
      .hint("group by the key's columns, or leave `key` out")
      .sqlstate("42P10");
}

Status find_closing(const catalog::ViewDefinition& definition, View& view) {
  const bool on_close = definition.emit == catalog::EmitMode::kOnClose;
  if (!on_close && !definition.retain) return {};
  const auto& columns = view.root->properties.closing_columns;
  if (columns.empty()) {
    return invalid(
               definition, 1252,
               fmt::format("view \"{}\" has no column by which the watermark could close its rows",
                           definition.name))
        .detail(fmt::format("{} needs window_end of tumble or hop over the event time, or the "
                            "event time, itself or cut by date_trunc or date_bin, among the "
                            "columns.",
                            on_close ? "emit: on_close" : "retain"))
        .hint("add window_end to the SELECT (and to GROUP BY, PARTITION BY and the conditions of "
              "joins)")
        .sqlstate("42P10");
  }
  // That which closes first: of several, the last.
  const auto first = std::min_element(
      columns.rbegin(), columns.rend(), [](const ClosingColumn& a, const ClosingColumn& b) {
        return std::pair(a.ending.longest(), a.ending.steps()) <
               std::pair(b.ending.longest(), b.ending.steps());
      });
  view.close_column = first->column;
  view.close_ending = first->ending;
  return {};
}

// As many as a row of PostgreSQL's protocol can have.
constexpr size_t kMostColumns = INT16_MAX;

Error too_many_columns() {
  return Error(ErrorKind::kInvalidStatement, 1741,
               fmt::format("target lists can have at most {} entries", kMostColumns))
      .sqlstate("54000");
}

}  // namespace

Result<View> plan_view(const catalog::ViewDefinition& definition, const catalog::Catalog& catalog) {
  Result<std::string> text = sql::substitute_references(definition.sql);
  if (!text) return moved(std::move(text).error(), definition.sql_start);
  Result<sql::SelectPtr> select = sql::parse_select(*text);
  if (!select) return moved(std::move(select).error(), definition.sql_start);
  return plan_view_select(*text, **select, definition, catalog);
}

Result<View> plan_view_select(std::string_view text, const sql::Select& select,
                              const catalog::ViewDefinition& definition,
                              const catalog::Catalog& catalog) {
  View view;
  view.definition = definition;
  Binder binder(text, definition.sql_start, catalog, nullptr, true);
  Binder::Bound bound = TRY(binder.bind_query(select));
  std::variant<NodePtr, ClockError> timed = wait_for_clock(bound.node);
  if (const ClockError* wrong = std::get_if<ClockError>(&timed)) {
    return binder.error(1274, "0A000", wrong->message, wrong->location).hint(wrong->hint);
  }
  view.root = limit_partitions(prune_columns(std::get<NodePtr>(timed)));
  for (size_t i = 0; i < view.root->schema.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (view.root->schema.fields[i].name != view.root->schema.fields[j].name) continue;
      return invalid(definition, 1253,
                     fmt::format("column \"{}\" stands twice in view \"{}\"",
                                 view.root->schema.fields[i].name, definition.name))
          .hint("give one of them an alias")
          .sqlstate("42701");
    }
  }
  collect_relations(*view.root, view.reads);
  view.append_only =
      view.root->properties.append_only || definition.emit == catalog::EmitMode::kOnClose;
  TRY_VOID(find_key(definition, view));
  TRY_VOID(find_closing(definition, view));
  return view;
}

Result<View> plan_query(std::string_view sql, const catalog::Catalog& catalog,
                        const std::vector<Value>& parameters) {
  const sql::SelectPtr select = TRY(sql::parse_select(sql));
  return plan_select(sql, *select, catalog, parameters);
}

Result<View> plan_select(std::string_view text, const sql::Select& select,
                         const catalog::Catalog& catalog, const std::vector<Value>& parameters) {
  Binder binder(text, {"", 1, 1, 0, 0}, catalog, &parameters, false);
  Binder::Bound bound = TRY(binder.bind_query(select));
  if (bound.node->schema.size() > kMostColumns) return too_many_columns();
  return query_view(std::move(bound.node), std::move(bound.order), bound.visible,
                    binder.parameter_types());
}

View query_view(NodePtr node, std::vector<SortColumn> order, size_t visible,
                std::vector<Type> parameters) {
  View view;
  view.definition.name = "query";
  view.root = limit_partitions(prune_columns(node));
  view.order = std::move(order);
  view.visible_columns = visible;
  view.parameters = std::move(parameters);
  collect_relations(*view.root, view.reads);
  return view;
}

Result<expr::ExprPtr> plan_expression(std::string_view sql, const Schema& schema) {
  constexpr std::string_view kPrefix = "select ";
  const std::string text = std::string(kPrefix) + std::string(sql);
  const sql::ExprPtr parsed = TRY(sql::parse_expression(sql));
  const catalog::Catalog nothing;
  Binder binder(text, {"", 1, 1, 0, 0}, nothing, nullptr, false);
  Scope scope;
  scope.add("", schema);
  expr::ExprPtr bound = TRY(binder.bind(*parsed, scope));
  if (bound->type.id == TypeId::kUnknown)
    bound = TRY(binder.coerce(std::move(bound), TypeId::kText, 0));
  return expr::fold_constants(bound);
}

}  // namespace weir::plan
