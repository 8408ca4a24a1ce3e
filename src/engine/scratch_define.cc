#include "engine/scratch_define.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "flow/graph.h"
#include "plan/plan_statement.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

class NoSide final : public flow::ViewSideOutput {
 public:
  void dead(const std::string&, const Schema&, const Batch&, const RowError&) override {}
  void late(const std::string&, const Schema&, flow::LateRow) override {}
};

std::string_view text_of(std::string_view text, const sql::Statement& statement) {
  return text.substr(static_cast<size_t>(statement.location),
                     static_cast<size_t>(statement.length));
}

// The SELECT's text, for people: what stands behind AS.
std::string select_text(std::string_view whole) {
  for (size_t i = 0; i + 4 < whole.size(); ++i) {
    const bool as = std::isspace(static_cast<unsigned char>(whole[i])) &&
                    lower(whole[i + 1]) == 'a' && lower(whole[i + 2]) == 's' &&
                    std::isspace(static_cast<unsigned char>(whole[i + 3]));
    if (as) return std::string(whole.substr(i + 4));
  }
  return std::string(whole);
}

Error is_not(const std::string& name, const std::string& kind) {
  return Error(ErrorKind::kInvalidStatement, 1680,
               fmt::format("\"{}\" is not a {}", name, kind))
      .sqlstate("42809");
}

}  // namespace

Error unknown_schema(const std::string& schema) {
  return Error(ErrorKind::kNotFound, 1720, fmt::format("schema \"{}\" does not exist", schema))
      .hint("all relations are in schema public")
      .sqlstate("3F000");
}

Status ScratchDefine::refuse_unsupported() const {
  const bool creates = statement_.kind != sql::StatementKind::kDrop &&
                       statement_.kind != sql::StatementKind::kAlter;
  std::string what = creates ? statement_.value : "";
  if (statement_.temporary) what = "temporary tables and views";
  if (!what.empty()) {
    return Error(ErrorKind::kNotSupported, 1672, what + " are not supported yet")
        .sqlstate("0A000");
  }
  if (statement_.schema.empty() || statement_.schema == "public") return {};
  return unknown_schema(statement_.schema);
}

Result<bool> ScratchDefine::is_there_already() {
  if (relations().catalog.find_type(statement_.name)) return type_exists(statement_.name);
  if (!relations().catalog.find(statement_.name)) return false;
  const std::string told = fmt::format("relation \"{}\" already exists", statement_.name);
  if (!statement_.if_exists) {
    return Error(ErrorKind::kAlreadyExists, 1676, told).sqlstate("42P07");
  }
  notices_.push_back(told + ", skipping");
  return true;
}

Result<StatementResult> ScratchDefine::run() {
  TRY_VOID(refuse_unsupported());
  switch (statement_.kind) {
    case sql::StatementKind::kCreateTable: return create_table();
    case sql::StatementKind::kCreateTableAs: return create_table_as();
    case sql::StatementKind::kAlter: return alter();
    case sql::StatementKind::kCreateType: return create_type();
    case sql::StatementKind::kAlterType: return alter_enum();
    case sql::StatementKind::kDrop: return statement_.value == "TYPE" ? drop_types() : drop();
    case sql::StatementKind::kRefresh: return refresh();
    default: return create_view();
  }
}

Result<StatementResult> ScratchDefine::create_table() {
  StatementResult result;
  result.tag = "CREATE TABLE";
  if (TRY(is_there_already())) return result;
  transaction_.put_table(TRY(defined_table()));
  return result;
}

Result<StatementResult> ScratchDefine::create_table_as() {
  StatementResult result;
  result.tag = "CREATE TABLE AS";
  if (TRY(is_there_already())) return result;
  const std::vector<Value> none;
  const plan::View view =
      TRY(plan::plan_select(text_, *statement_.select, transaction_.catalog(), none));
  StatementResult rows = TRY(transaction_.query(view));
  if (statement_.columns.size() > rows.schema.size()) {
    return Error(ErrorKind::kInvalidStatement, 1726, "too many column names were specified")
        .sqlstate("42601");
  }
  TableDefinition table;
  table.name = statement_.name;
  for (size_t i = 0; i < rows.schema.size(); ++i) {
    const Field& field = rows.schema.fields[i];
    sql::ColumnDefinition column;
    column.name = i < statement_.columns.size() ? statement_.columns[i] : field.name;
    const Type type = field.type.id == TypeId::kUnknown ? Type(TypeId::kText) : field.type;
    TRY_VOID(add_column(column, type, table));
  }
  const ScratchTable& made = transaction_.put_table(std::move(table));
  if (!statement_.with_data) return result;
  result.tag = fmt::format("SELECT {}", rows.batches[0].rows);
  Batch filled = std::move(rows.batches[0]);
  for (size_t i = 0; i < filled.columns.size(); ++i) {
    filled.columns[i] = Column::retype(filled.columns[i], made.definition().schema.fields[i].type);
  }
  TRY_VOID(transaction_.add(made, std::move(filled)));
  return result;
}

Result<std::unique_ptr<ScratchView>> ScratchDefine::planned_view() {
  auto view = std::make_unique<ScratchView>();
  view->kept = statement_.kind == sql::StatementKind::kCreateMaterializedView;
  view->statement = text_of(text_, statement_);
  view->sql = select_text(view->statement);
  view->names = statement_.columns;
  catalog::ViewDefinition definition;
  definition.name = statement_.name;
  definition.sql_start = {"", 1, 1, 0, 0};
  const sql::SelectPtr& select = statement_.select;
  if (!statement_.columns.empty()) {
    const std::vector<Value> none;
    const plan::View inner = TRY(plan::plan_select(text_, *select, transaction_.catalog(), none));
    if (visible_schema(inner).size() < statement_.columns.size()) {
      return Error(ErrorKind::kInvalidStatement, 1726,
                   "CREATE VIEW specifies more column names than columns")
          .sqlstate("42601");
    }
    statement_.select = with_column_names(std::move(statement_.select), statement_.name,
                                          statement_.columns);
  }
  view->view = TRY(plan::plan_view_select(text_, *select, definition, transaction_.catalog()));
  for (const std::string& read : view->view.reads) {
    KnownRelation known{read, read, *relations().catalog.find(read), {}};
    for (uint32_t i = 0; i < known.schema.size(); ++i) known.columns.push_back(i);
    view->known.push_back(std::move(known));
  }
  return view;
}

Status ScratchDefine::refuse_other_columns(const Schema& old, const Schema& now) const {
  std::string wrong;
  if (now.size() < old.size()) wrong = "cannot drop columns from view";
  for (size_t i = 0; i < old.size() && wrong.empty(); ++i) {
    const Field& was = old.fields[i];
    if (was.name != now.fields[i].name) {
      wrong = fmt::format("cannot change name of view column \"{}\" to \"{}\"", was.name,
                          now.fields[i].name);
    } else if (!(was.type == now.fields[i].type)) {
      wrong = fmt::format("cannot change data type of view column \"{}\" from {} to {}", was.name,
                          was.type.name(), now.fields[i].type.name());
    }
  }
  if (wrong.empty()) return {};
  return Error(ErrorKind::kInvalidStatement, 1728, wrong)
      .hint("put new columns behind the others, or drop the view first")
      .sqlstate("42P16");
}

Result<StatementResult> ScratchDefine::create_view() {
  StatementResult result;
  const bool kept = statement_.kind == sql::StatementKind::kCreateMaterializedView;
  result.tag = kept ? "CREATE MATERIALIZED VIEW" : "CREATE VIEW";
  const ScratchView* old = relations().find_view(statement_.name);
  const char* kind = relations().kind_of(statement_.name);
  if (statement_.or_replace && kind && (!old || old->kept)) {
    return is_not(statement_.name, "view");
  }
  if (!statement_.or_replace && TRY(is_there_already())) return result;
  if (!statement_.with_data) {
    return Error(ErrorKind::kNotSupported, 1672, "views WITH NO DATA are not supported yet")
        .sqlstate("0A000");
  }
  std::unique_ptr<ScratchView> view = TRY(planned_view());
  if (old) TRY_VOID(refuse_other_columns(old->schema(), view->schema()));
  const int64_t rows = TRY(count_rows(view->view));  // tells whether it can be run at all, too
  if (kept) result.tag = fmt::format("SELECT {}", rows);
  const auto circular = [&](const plan::View& below) {
    return below.definition.name == statement_.name;
  };
  const std::vector<plan::View> below = relations().views_below(view->view.reads, true);
  if (old && std::any_of(below.begin(), below.end(), circular)) {
    return Error(ErrorKind::kInvalidStatement, 1729,
                 fmt::format("infinite recursion detected in rules for relation \"{}\"",
                             statement_.name))
        .sqlstate("42P17");
  }
  transaction_.put_view(std::move(view));
  return result;
}

// How many rows the view has now; of one that nobody keeps: whether it can be run at all.
Result<int64_t> ScratchDefine::count_rows(const plan::View& view) const {
  flow::Graph graph;
  for (const plan::View& below : relations().views_below(view.reads, true)) {
    TRY_VOID(graph.add_view(below));
  }
  TRY_VOID(graph.add_view(view));
  if (statement_.kind == sql::StatementKind::kCreateView || commits_at_once_) return 0;
  NoSide side;
  graph.begin(Epoch(1), transaction_.now(), {}, side);
  for (const auto& [relation, columns] : graph.relations()) {
    for (const Batch& batch : TRY(transaction_.contents(relation))) graph.push(relation, batch);
  }
  graph.finish({});
  const Batch rows = graph.take_change(view.definition.name);
  int64_t count = 0;
  for (uint32_t row = 0; row < rows.rows; ++row) count += rows.weight(row);
  return count;
}

Result<StatementResult> ScratchDefine::refresh() {
  const ScratchView* view = relations().find_view(statement_.name);
  const char* kind = relations().kind_of(statement_.name);
  if (!kind) {
    return Error(ErrorKind::kNotFound, 1683,
                 fmt::format("relation \"{}\" does not exist", statement_.name))
        .sqlstate("42P01");
  }
  if (!view || !view->kept) {
    return Error(ErrorKind::kInvalidStatement, 1680,
                 fmt::format("\"{}\" is not a materialized view", statement_.name))
        .sqlstate("0A000");
  }
  if (!statement_.with_data) {
    return Error(ErrorKind::kNotSupported, 1672, "REFRESH ... WITH NO DATA is not supported yet")
        .sqlstate("0A000");
  }
  StatementResult result;
  result.tag = "REFRESH MATERIALIZED VIEW";
  return result;
}

Result<bool> ScratchDefine::is_to_drop(const std::string& name) {
  const std::string kind = lower(statement_.value);
  const char* is = relations().kind_of(name);
  if (is && kind == is) return true;
  if (is) return is_not(name, kind);
  const size_t dot = name.find('.');
  const std::string told =
      dot == std::string::npos
          ? fmt::format("{} \"{}\" does not exist", kind, name)
          : fmt::format("schema \"{}\" does not exist", name.substr(0, dot));
  if (statement_.if_exists) {
    notices_.push_back(told + ", skipping");
    return false;
  }
  if (dot != std::string::npos) return unknown_schema(name.substr(0, dot));
  return Error(ErrorKind::kNotFound, 1681, told).sqlstate("42P01");
}

// DETAIL tells all that depends, each with what it depends on.
Status ScratchDefine::refuse_dependents(const std::vector<std::string>& names) const {
  std::vector<std::string> going = names;
  std::string detail;
  for (size_t i = 0; i < going.size(); ++i) {
    for (const auto& view : relations().readers(going[i])) {
      if (std::find(going.begin(), going.end(), view->name()) != going.end()) continue;
      detail += fmt::format("{}{} {} depends on {} {}", detail.empty() ? "" : "\n",
                            view->kept ? "materialized view" : "view", view->name(),
                            relations().kind_of(going[i]), going[i]);
      going.push_back(view->name());
    }
  }
  if (detail.empty()) return {};
  const std::string what =
      names.size() == 1
          ? fmt::format("cannot drop {} {} because other objects depend on it",
                        relations().kind_of(names[0]), names[0])
          : "cannot drop desired object(s) because other objects depend on them";
  return Error(ErrorKind::kInvalidStatement, 1679, what)
      .detail(detail)
      .hint("DROP ... CASCADE drops them too")
      .sqlstate("2BP01");
}

void ScratchDefine::drop_with_dependents(const std::string& name) {
  const auto readers = relations().readers(name);
  for (const auto& view : readers) {
    if (!relations().kind_of(view->name())) continue;
    notices_.push_back(fmt::format("drop cascades to {} {}",
                                   view->kept ? "materialized view" : "view", view->name()));
    drop_with_dependents(view->name());
  }
  transaction_.define().remove(name);
}

Result<StatementResult> ScratchDefine::drop() {
  StatementResult result;
  result.tag = "DROP " + statement_.value;
  if (statement_.value.starts_with("OBJECT_")) {
    std::string kind = lower(statement_.value.substr(sizeof("OBJECT_") - 1));
    return Error(ErrorKind::kNotSupported, 1672, "DROP of a " + kind + " is not supported yet")
        .sqlstate("0A000");
  }
  std::vector<std::string> there;
  for (const std::string& name : statement_.drops) {
    if (TRY(is_to_drop(name))) there.push_back(name);
  }
  if (!statement_.cascade) TRY_VOID(refuse_dependents(there));
  if (!statement_.cascade) {
    for (const std::string& name : there) transaction_.define().remove(name);
    return result;
  }
  for (const std::string& name : there) {
    if (relations().kind_of(name)) drop_with_dependents(name);
  }
  return result;
}

}  // namespace weir::engine
