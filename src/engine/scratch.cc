#include "engine/scratch.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "engine/scratch_database.h"
#include "flow/consolidate.h"
#include "plan/plan_statement.h"

namespace weir::engine {

namespace {

Error already_exists(const std::string& name) {
  return Error(ErrorKind::kAlreadyExists, 1676, fmt::format("relation \"{}\" already exists", name))
      .sqlstate("42P07");
}

// Rows that a view's expressions refuse.
class Refusals final : public flow::ViewSideOutput {
 public:
  void dead(const std::string& view, const Schema&, const Batch&, const RowError& error) override {
    if (texts_.size() < 10)
      texts_.push_back(fmt::format("a row is missing in {}: {}", view, error.message));
  }
  void late(const std::string&, const Schema&, flow::LateRow) override {}
  std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

// The SELECT's text, for people: what stands behind AS.
std::string select_text(std::string_view text, const sql::Statement& statement) {
  const std::string_view whole = text.substr(static_cast<size_t>(statement.location),
                                             static_cast<size_t>(statement.length));
  for (size_t i = 0; i + 4 < whole.size(); ++i) {
    const bool as = std::isspace(static_cast<unsigned char>(whole[i])) &&
                    lower(whole[i + 1]) == 'a' && lower(whole[i + 2]) == 's' &&
                    std::isspace(static_cast<unsigned char>(whole[i + 3]));
    if (as) return std::string(whole.substr(i + 4));
  }
  return std::string(whole);
}

// The integer type behind serial; empty: it is none.
std::string type_of_serial(const std::string& type) {
  if (type == "serial" || type == "serial4") return "int4";
  if (type == "bigserial" || type == "serial8") return "int8";
  if (type == "smallserial" || type == "serial2") return "int2";
  return "";
}

Identity identity_of(const sql::ColumnDefinition& column, bool serial) {
  if (column.identity == sql::ColumnDefinition::Identity::kAlways) return Identity::kAlways;
  const bool by_default = column.identity == sql::ColumnDefinition::Identity::kByDefault;
  return by_default || serial ? Identity::kByDefault : Identity::kNone;
}

// t_a_check, then t_a_check1.
std::string check_name(const TableDefinition& table, const std::string& column) {
  const std::string base = table.name + (column.empty() ? "" : "_" + column) + "_check";
  std::string name = base;
  const auto taken = [&](const CheckRule& rule) { return rule.name == name; };
  for (int n = 1; std::any_of(table.checks.begin(), table.checks.end(), taken); ++n)
    name = base + std::to_string(n);
  return name;
}

Status refuse_unsupported(const sql::Statement& statement) {
  if (statement.value.empty()) return {};
  return Error(ErrorKind::kNotSupported, 1672, statement.value + " are not supported yet")
      .sqlstate("0A000");
}

}  // namespace

ScratchView* ScratchDatabase::Rep::find_view(const std::string& name) {
  for (const auto& view : views) {
    if (view->view.definition.name == name) return view.get();
  }
  return nullptr;
}

ScratchTable* ScratchDatabase::Rep::find_table(const std::string& name) {
  const auto it = tables.find(name);
  return it == tables.end() ? nullptr : it->second.get();
}

std::vector<plan::View> ScratchDatabase::Rep::plain_views(const std::vector<std::string>& names,
                                                          bool all) {
  std::vector<std::string> wanted = names;
  std::vector<plan::View> found;
  for (auto view = views.rbegin(); view != views.rend(); ++view) {
    const std::string& name = (*view)->view.definition.name;
    const bool asked = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (((*view)->rows && !all) || !asked) continue;
    found.push_back((*view)->view);
    wanted.insert(wanted.end(), (*view)->view.reads.begin(), (*view)->view.reads.end());
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Error ScratchDatabase::Rep::no_such_column(const std::string& column,
                                           const std::string& table) const {
  return Error(ErrorKind::kInvalidStatement, 1261,
               fmt::format("column \"{}\" of relation \"{}\" does not exist", column, table))
      .sqlstate("42703");
}

Result<std::vector<Batch>> ScratchDatabase::Rep::contents(const std::string& relation,
                                                          const Changes* own) {
  if (ScratchView* view = find_view(relation)) return view->rows->contents();
  ScratchTable* table = find_table(relation);
  if (!table) {
    return Error(ErrorKind::kNotFound, 1447,
                 fmt::format("relation \"{}\" does not exist", relation))
        .sqlstate("42P01");
  }
  std::vector<Batch> batches = table->contents();
  const auto changed = own ? own->find(relation) : Changes::const_iterator();
  if (!own || changed == own->end()) return batches;
  BatchBuilder all(table->definition().schema);
  for (const Batch& batch : batches) all.append(batch);
  for (const Batch& batch : changed->second.batches) all.append(batch);
  return std::vector<Batch>{flow::consolidate(all.finish())};
}

Result<TableDefinition> ScratchDatabase::Rep::define(std::string_view text,
                                                     const sql::Statement& statement) {
  TableDefinition table;
  table.name = statement.name;
  TRY_VOID(refuse_unsupported(statement));
  for (const sql::ColumnDefinition& column : statement.definitions) {
    if (column.name.empty()) continue;
    if (table.schema.find(column.name) >= 0) {
      return Error(ErrorKind::kInvalidStatement, 1677,
                   fmt::format("column \"{}\" specified more than once", column.name))
          .sqlstate("42701");
    }
    const std::string serial = type_of_serial(column.type_name);
    table.identity.push_back(identity_of(column, !serial.empty()));
    table.schema.fields.push_back(
        {column.name, TRY(parse_type(serial.empty() ? column.type_name : serial)),
         !column.not_null && serial.empty()});
  }
  const auto columns = [&](const std::vector<std::string>& names) -> Result<std::vector<uint32_t>> {
    std::vector<uint32_t> out;
    for (const std::string& name : names) {
      const int at = table.schema.find(name);
      if (at < 0) {
        return Error(ErrorKind::kInvalidStatement, 1678,
                     fmt::format("column \"{}\" named in key does not exist", name))
            .sqlstate("42703");
      }
      out.push_back(static_cast<uint32_t>(at));
    }
    return out;
  };
  if (!statement.columns.empty()) {
    table.primary_key = TRY(columns(statement.columns));
    for (const uint32_t column : table.primary_key) table.schema.fields[column].nullable = false;
    table.unique.push_back({table.name + "_pkey", table.primary_key});
  }
  for (const auto& names : statement.unique) {
    std::string joined;
    for (const std::string& name : names) joined += "_" + name;
    table.unique.push_back({table.name + joined + "_key", TRY(columns(names))});
  }
  TRY_VOID(define_values(text, statement, table));
  return table;
}

// Checks, defaults and generated columns.
Status ScratchDatabase::Rep::define_values(std::string_view text, const sql::Statement& statement,
                                           TableDefinition& table) {
  const Schema none;
  for (const sql::ColumnDefinition& column : statement.definitions) {
    if (column.check) {
      const Field condition{"check", TypeId::kBool};
      table.checks.push_back(
          {check_name(table, column.name),
           TRY(plan::plan_value(text, *column.check, table.schema, condition, {}))});
    }
    if (column.name.empty()) continue;
    const Field& field = table.schema.fields[table.defaults.size()];
    const auto value_of = [&](const sql::ExprPtr& e, const Schema& over) -> Result<expr::ExprPtr> {
      if (!e) return expr::ExprPtr();
      return plan::plan_value(text, *e, over, field, {});
    };
    table.defaults.push_back(TRY(value_of(column.default_value, none)));
    table.generated.push_back(TRY(value_of(column.generated, table.schema)));
  }
  return {};
}

Status ScratchDatabase::Rep::create_table(std::string_view text, sql::Statement& statement) {
  if (catalog.find(statement.name)) {
    if (statement.if_exists) return {};
    return already_exists(statement.name);
  }
  auto table = std::make_unique<ScratchTable>(TRY(define(text, statement)));
  catalog.add_stream(table->stream());
  tables[statement.name] = std::move(table);
  return {};
}

Status ScratchDatabase::Rep::create_view(std::string_view text, const sql::Statement& statement) {
  TRY_VOID(refuse_unsupported(statement));
  const bool kept = statement.kind == sql::StatementKind::kCreateMaterializedView;
  if (catalog.find(statement.name)) {
    if (statement.if_exists) return {};
    const ScratchView* old = find_view(statement.name);
    if (!statement.or_replace || !old || old->rows) return already_exists(statement.name);
  }
  catalog::ViewDefinition definition;
  definition.name = statement.name;
  definition.sql_start = {"", 1, 1, 0, 0};
  auto view = std::make_unique<ScratchView>();
  view->view = TRY(plan::plan_view_select(text, *statement.select, definition, catalog));
  view->sql = select_text(text, statement);
  if (kept) {
    view->rows.emplace(view->view.root->schema, view->view.key);
    TRY_VOID(fill(*view));
  }
  if (catalog.find(statement.name)) {
    TRY_VOID(refuse_dependents({statement.name}));
    remove(statement.name);
  }
  catalog.add_view(statement.name, view->view.root->schema);
  views.push_back(std::move(view));
  return {};
}

// A side graph with the view and what it reads runs once over the tables, then joins the others.
Result<Batch> ScratchDatabase::Rep::graft_view(const plan::View& view) {
  flow::Graph whole;
  std::vector<std::string> wanted = view.reads;
  for (auto other = views.rbegin(); other != views.rend(); ++other) {
    const plan::View& one = (*other)->view;
    if (std::find(wanted.begin(), wanted.end(), one.definition.name) == wanted.end()) continue;
    wanted.insert(wanted.end(), one.reads.begin(), one.reads.end());
  }
  for (const auto& other : views) {
    if (std::find(wanted.begin(), wanted.end(), other->view.definition.name) != wanted.end()) {
      TRY_VOID(whole.add_view(other->view));
    }
  }
  TRY_VOID(whole.add_view(view));
  Refusals refusals;
  whole.begin(Epoch(++epoch), epoch_clock(), {}, refusals);
  for (const auto& [relation, columns] : whole.relations()) {
    for (const Batch& batch : TRY(contents(relation, nullptr))) whole.push(relation, batch);
  }
  whole.finish({});
  Batch all = whole.take_change(view.definition.name);
  whole.clear_dirty();
  TRY_VOID(graph.graft(std::move(whole)));
  return all;
}

Status ScratchDatabase::Rep::fill(ScratchView& view) {
  TRY_VOID(view.rows->apply(TRY(graft_view(view.view))));
  view.rows->clear_dirty();
  return {};
}

Status ScratchDatabase::Rep::refuse_dependents(const std::vector<std::string>& names) {
  const auto listed = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& view : views) {
    if (listed(view->view.definition.name)) continue;
    for (const std::string& read : view->view.reads) {
      if (!listed(read)) continue;
      return Error(ErrorKind::kInvalidStatement, 1679,
                   fmt::format("cannot drop {} because other objects depend on it", read))
          .detail(fmt::format("view {} depends on {}", view->view.definition.name, read))
          .hint("drop the view first")
          .sqlstate("2BP01");
    }
  }
  return {};
}

void ScratchDatabase::Rep::remove(const std::string& name) {
  end_followers_of(name);
  if (graph.has_view(name)) graph.remove_view(name);
  std::erase_if(views, [&](const auto& view) { return view->view.definition.name == name; });
  tables.erase(name);
  catalog.remove(name);
}

Status ScratchDatabase::Rep::drop(const sql::Statement& statement) {
  std::vector<std::string> there;
  for (const std::string& name : statement.drops) {
    const ScratchView* view = find_view(name);
    const bool right = statement.value == "TABLE"
                           ? find_table(name) != nullptr
                           : view && (statement.value == "VIEW") == !view->rows;
    if (right) {
      there.push_back(name);
    } else if (catalog.find(name)) {
      const std::string kind = lower(statement.value);
      return Error(ErrorKind::kInvalidStatement, 1680,
                   fmt::format("\"{}\" is not a {}", name, kind))
          .sqlstate("42809");
    } else if (!statement.if_exists) {
      const std::string kind = lower(statement.value);
      return Error(ErrorKind::kNotFound, 1681, fmt::format("{} \"{}\" does not exist", kind, name))
          .sqlstate("42P01");
    }
  }
  TRY_VOID(refuse_dependents(there));
  for (const std::string& name : there) remove(name);
  return {};
}

std::vector<std::string> ScratchDatabase::Rep::apply(Changes changes) {
  Refusals refusals;
  graph.begin(Epoch(++epoch), epoch_clock(), {}, refusals);
  for (auto& [name, change] : changes) {
    ScratchTable& table = *find_table(name);
    BatchBuilder all(table.definition().schema);
    for (const Batch& batch : change.batches) all.append(batch);
    const Batch net = flow::consolidate(all.finish());
    if (net.rows == 0) continue;
    graph.push(name, net);
    table.apply(net);
  }
  graph.finish({});
  for (const auto& view : views) {
    if (!view->rows || !graph.changed(view->view.definition.name)) continue;
    const Status applied = view->rows->apply(graph.take_change(view->view.definition.name));
    WEIR_CHECK(applied.has_value());
    view->rows->clear_dirty();
  }
  tell_followers();
  graph.clear_dirty();
  return refusals.take();
}

std::vector<std::string> ScratchDatabase::Rep::catch_up() {
  const std::optional<Micros> wake = graph.next_wake();
  if (!wake || *wake > epoch_clock()) return {};
  return apply({});
}

Micros ScratchDatabase::Rep::epoch_clock() {
  last_clock = std::max(clock.now(), last_clock);
  return last_clock;
}

ScratchDatabase::ScratchDatabase(Clock& clock) : rep_(std::make_unique<Rep>(clock)) {}
ScratchDatabase::~ScratchDatabase() = default;

}  // namespace weir::engine
