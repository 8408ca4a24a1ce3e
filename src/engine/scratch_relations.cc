#include "engine/scratch_relations.h"

#include "plan/build.h"
#include "plan/plan_statement.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const KnownRelation* known_as(const ScratchView& view, const std::string& name) {
  for (const KnownRelation& known : view.known) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

// The relation as the view's text knows it. Keys and NOT NULL are those of now.
void add_known(const KnownRelation& known, const Relations& relations, catalog::Catalog& catalog) {
  const Schema& now = *relations.catalog.find(known.now);
  Schema schema = known.schema;
  for (size_t i = 0; i < schema.size(); ++i) {
    schema.fields[i].type = now.fields[known.columns[i]].type;
    schema.fields[i].nullable = now.fields[known.columns[i]].nullable;
  }
  const ScratchTable* table = relations.find_table(known.now);
  if (!table) return catalog.add_view(known.name, std::move(schema));
  catalog::StreamDefinition stream = table->stream();
  std::vector<std::string> key;
  for (const std::string& name : stream.key) {
    const auto column = static_cast<uint32_t>(now.find(name));
    const auto it = std::find(known.columns.begin(), known.columns.end(), column);
    if (it != known.columns.end())
      key.push_back(schema.fields[static_cast<size_t>(it - known.columns.begin())].name);
  }
  if (key.size() != stream.key.size()) key.clear();
  stream.name = known.name;
  stream.schema = std::move(schema);
  stream.key = std::move(key);
  catalog.add_stream(std::move(stream));
}

plan::NodePtr over_relations_of_now(const plan::NodePtr& node, const ScratchView& view,
                                    const Relations& relations) {
  if (node->kind == plan::NodeKind::kScan) {
    const auto& scan = std::get<plan::ScanSpec>(node->spec);
    const KnownRelation* known = known_as(view, scan.relation);
    if (!known) return node;
    std::vector<uint32_t> columns;
    for (const uint32_t column : scan.columns) columns.push_back(known->columns[column]);
    return plan::make_scan(known->now, *relations.catalog.find(known->now),
                           relations.catalog.find_stream(known->now), std::move(columns));
  }
  std::vector<plan::NodePtr> inputs;
  for (const plan::NodePtr& input : node->inputs)
    inputs.push_back(over_relations_of_now(input, view, relations));
  return inputs == node->inputs ? node : plan::with_inputs(*node, std::move(inputs));
}

// The names of `schema`, whatever the columns below are called by now.
plan::NodePtr with_names(plan::NodePtr node, const Schema& schema) {
  std::vector<std::string> names;
  std::vector<expr::ExprPtr> columns;
  bool same = true;
  for (uint32_t i = 0; i < schema.size(); ++i) {
    names.push_back(schema.fields[i].name);
    columns.push_back(expr::column_ref(i, node->schema.fields[i].type));
    same = same && node->schema.fields[i].name == names.back();
  }
  return same ? node : plan::make_project(std::move(node), std::move(columns), std::move(names));
}

void collect_scans(const plan::NodePtr& node, std::vector<const plan::ScanSpec*>& scans) {
  if (node->kind == plan::NodeKind::kScan) {
    scans.push_back(&std::get<plan::ScanSpec>(node->spec));
  }
  for (const plan::NodePtr& input : node->inputs) collect_scans(input, scans);
}

}  // namespace

// SELECT * FROM (select) AS name (columns)
sql::SelectPtr with_column_names(sql::SelectPtr select, const std::string& name,
                                 const std::vector<std::string>& columns) {
  auto outer = std::make_unique<sql::Select>();
  outer->location = select->location;
  outer->items.emplace_back();
  outer->items[0].expr = std::make_unique<sql::Expr>();
  outer->items[0].expr->kind = sql::ExprKind::kColumn;
  outer->items[0].expr->names = {"*"};
  outer->items[0].expr->location = select->location;
  outer->from.emplace_back();
  outer->from[0].kind = sql::FromKind::kSubquery;
  outer->from[0].location = select->location;
  outer->from[0].alias = name;
  outer->from[0].column_aliases = columns;
  outer->from[0].select = std::move(select);
  return outer;
}

bool ScratchView::reads(const std::string& relation) const {
  return contains(view.reads, relation);
}

ScratchView* Relations::find_view(const std::string& name) const {
  for (const auto& view : views) {
    if (view->name() == name) return view;
  }
  return nullptr;
}

ScratchTable* Relations::find_table(const std::string& name) const {
  const auto it = tables.find(name);
  return it == tables.end() ? nullptr : it->second;
}

const char* Relations::kind_of(const std::string& name) const {
  if (find_table(name)) return "table";
  const ScratchView* view = find_view(name);
  if (!view) return nullptr;
  return view->kept ? "materialized view" : "view";
}

std::vector<ScratchView*> Relations::readers(const std::string& name) const {
  std::vector<ScratchView*> found;
  for (ScratchView* view : views) {
    if (view->reads(name)) found.push_back(view);
  }
  return found;
}

std::vector<plan::View> Relations::views_below(const std::vector<std::string>& names,
                                               bool all) const {
  std::vector<std::string> wanted = names;
  std::vector<plan::View> found;
  for (auto view = views.rbegin(); view != views.rend(); ++view) {
    if (((*view)->kept && !all) || !contains(wanted, (*view)->name())) continue;
    found.push_back((*view)->view);
    wanted.insert(wanted.end(), (*view)->view.reads.begin(), (*view)->view.reads.end());
  }
  std::reverse(found.begin(), found.end());
  return found;
}

void Relations::put(ScratchTable& table) {
  catalog.add_stream(table.stream());
  catalog.set_rows(table.definition().name, table.rows());
  tables[table.definition().name] = &table;
}

void Relations::put(ScratchView& view) {
  catalog.add_view(view.name(), view.schema());
  if (view.rows) catalog.set_rows(view.name(), view.rows->rows());
  const auto same = std::find_if(views.begin(), views.end(),
                                 [&](const auto& one) { return one->name() == view.name(); });
  if (same == views.end()) {
    views.push_back(&view);
  } else {
    *same = &view;
    sort_views();
  }
}

void Relations::remove(const std::string& name) {
  std::erase_if(views, [&](const auto& view) { return view->name() == name; });
  tables.erase(name);
  catalog.remove(name);
}

// A view that was replaced may read one that was made after it. There are no circles.
void Relations::sort_views() {
  std::vector<ScratchView*> left = std::move(views);
  views.clear();
  while (!left.empty()) {
    const auto next = std::find_if(left.begin(), left.end(), [&](const auto& view) {
      return std::none_of(left.begin(), left.end(),
                          [&](const auto& other) { return view->reads(other->name()); });
    });
    WEIR_CHECK(next != left.end());
    views.push_back(*next);
    left.erase(next);
  }
}

Result<std::unique_ptr<ScratchView>> planned_again(const ScratchView& view,
                                                   const Relations& relations) {
  auto again = std::make_unique<ScratchView>();
  again->statement = view.statement;
  again->sql = view.sql;
  again->known = view.known;
  again->kept = view.kept;
  catalog::Catalog catalog = relations.catalog;
  for (const KnownRelation& known : view.known) add_known(known, relations, catalog);
  again->names = view.names;
  std::vector<sql::Statement> statements = TRY(sql::parse(view.statement));
  sql::SelectPtr select = std::move(statements[0].select);
  if (!view.names.empty()) select = with_column_names(std::move(select), view.name(), view.names);
  again->view = TRY(
      plan::plan_view_select(view.statement, *select, view.view.definition, catalog));
  again->view.root = with_names(over_relations_of_now(again->view.root, view, relations),
                                view.schema());
  for (std::string& read : again->view.reads) {
    if (const KnownRelation* known = known_as(view, read)) read = known->now;
  }
  return again;
}

std::vector<uint32_t> columns_read(const ScratchView& view, const std::string& relation) {
  std::vector<const plan::ScanSpec*> scans;
  collect_scans(view.view.root, scans);
  std::vector<uint32_t> columns;
  for (const plan::ScanSpec* scan : scans) {
    if (scan->relation == relation)
      columns.insert(columns.end(), scan->columns.begin(), scan->columns.end());
  }
  return columns;
}

}  // namespace weir::engine
