// CREATE, ALTER and DROP of tables and views, and the statements of a transaction.
#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

std::vector<std::string> strings_at(Json body, const char* key) {
  std::vector<std::string> out;
  each(body, key, [&](Json item) { out.push_back(string_of(item)); });
  return out;
}

ReferentialAction action_of(std::string_view letter) {
  return letter == "r"   ? ReferentialAction::kRestrict
         : letter == "c" ? ReferentialAction::kCascade
         : letter == "n" ? ReferentialAction::kSetNull
         : letter == "d" ? ReferentialAction::kSetDefault
                         : ReferentialAction::kNoAction;
}

void read_references(Json body, TableConstraint& constraint) {
  constraint.kind = ConstraintKind::kForeignKey;
  Json table;
  if (!body["pktable"].get(table)) constraint.references = relation_name(table);
  constraint.referenced = strings_at(body, "pk_attrs");
  if (has(body, "fk_attrs")) constraint.columns = strings_at(body, "fk_attrs");
  constraint.on_delete = action_of(text_at(body, "fk_del_action"));
  constraint.on_update = action_of(text_at(body, "fk_upd_action"));
  if (text_at(body, "fk_matchtype") == "f") constraint.unsupported = "MATCH FULL";
}

// What only columns have. False: it is a constraint of the table.
bool read_column_part(std::string_view type, Json body, ColumnDefinition& column) {
  Json raw;
  const bool has_expression = !body["raw_expr"].get(raw);
  if (type == "CONSTR_NOTNULL") {
    column.not_null = true;
  } else if (type == "CONSTR_NULL") {
    column.null = true;
  } else if (type == "CONSTR_DEFAULT" && has_expression) {
    column.twice = column.default_value != nullptr;
    column.default_value = read_expr(raw);
  } else if (type == "CONSTR_GENERATED" && has_expression) {
    column.generated = read_expr(raw);
  } else if (type == "CONSTR_IDENTITY") {
    const bool always = text_at(body, "generated_when") == "a";
    column.not_null = true;
    column.identity =
        always ? ColumnDefinition::Identity::kAlways : ColumnDefinition::Identity::kByDefault;
  } else {
    return false;
  }
  return true;
}

void read_constraint(Json node, TableElements& elements, ColumnDefinition* column) {
  const Json body = tagged(node).body;
  const std::string_view type = text_at(body, "contype");
  if (column && read_column_part(type, body, *column)) return;
  TableConstraint constraint;
  constraint.name = text_at(body, "conname");
  constraint.location = static_cast<int32_t>(number_at(body, "location"));
  constraint.columns = column ? std::vector<std::string>{column->name} : strings_at(body, "keys");
  Json raw;
  if (type == "CONSTR_PRIMARY" || type == "CONSTR_UNIQUE") {
    const bool primary = type == "CONSTR_PRIMARY";
    constraint.kind = primary ? ConstraintKind::kPrimaryKey : ConstraintKind::kUnique;
    if (flag_at(body, "nulls_not_distinct")) constraint.unsupported = "NULLS NOT DISTINCT";
  } else if (type == "CONSTR_CHECK" && !body["raw_expr"].get(raw)) {
    constraint.kind = ConstraintKind::kCheck;
    constraint.check = read_expr(raw);
  } else if (type == "CONSTR_FOREIGN") {
    read_references(body, constraint);
  } else if (type == "CONSTR_EXCLUSION") {
    constraint.unsupported = "EXCLUDE";
  } else if (type == "CONSTR_ATTR_DEFERRABLE" || type == "CONSTR_ATTR_DEFERRED") {
    constraint.unsupported = "DEFERRABLE";
  } else {
    return;  // NOT DEFERRABLE: as it is in any case
  }
  if (flag_at(body, "deferrable")) constraint.unsupported = "DEFERRABLE";
  elements.constraints.push_back(std::move(constraint));
}

void read_column(Json body, TableElements& elements) {
  ColumnDefinition column = read_field(body);
  each(body, "constraints", [&](Json c) { read_constraint(c, elements, &column); });
  elements.columns.push_back(std::move(column));
}

LikeClause read_like(Json body, size_t place) {
  enum : int64_t {
    kConstraints = 4, kDefaults = 8, kGenerated = 16, kIdentity = 32, kIndexes = 64
  };
  const int64_t options = number_at(body, "options");
  LikeClause like;
  Json relation;
  if (!body["relation"].get(relation)) like.table = relation_name(relation);
  like.place = place;
  like.constraints = (options & kConstraints) != 0;
  like.defaults = (options & kDefaults) != 0;
  like.generated = (options & kGenerated) != 0;
  like.identity = (options & kIdentity) != 0;
  like.indexes = (options & kIndexes) != 0;
  return like;
}

void read_new_relation(Statement& statement, Json body, const char* key) {
  read_relation(statement, body, key);
  Json relation;
  if (!body[key].get(relation)) {
    statement.temporary = text_at(relation, "relpersistence") == "t";
  }
}

std::string kind_of(std::string_view type) {
  return type == "OBJECT_TABLE"     ? "TABLE"
         : type == "OBJECT_MATVIEW" ? "MATERIALIZED VIEW"
         : type == "OBJECT_VIEW"    ? "VIEW"
         : type == "OBJECT_TYPE"    ? "TYPE"
                                    : std::string(type);
}

AlterKind alter_kind_of(std::string_view type) {
  return type == "AT_AddColumn"        ? AlterKind::kAddColumn
         : type == "AT_DropColumn"     ? AlterKind::kDropColumn
         : type == "AT_ColumnDefault"  ? AlterKind::kDefault
         : type == "AT_SetNotNull"     ? AlterKind::kSetNotNull
         : type == "AT_DropNotNull"    ? AlterKind::kDropNotNull
         : type == "AT_AlterColumnType" ? AlterKind::kType
         : type == "AT_AddConstraint"  ? AlterKind::kAddConstraint
         : type == "AT_DropConstraint" ? AlterKind::kDropConstraint
                                       : AlterKind::kUnsupported;
}

AlterAction read_action(Json body) {
  AlterAction action;
  action.kind = alter_kind_of(text_at(body, "subtype"));
  action.name = text_at(body, "name");
  action.if_exists = flag_at(body, "missing_ok");
  action.cascade = text_at(body, "behavior") == "DROP_CASCADE";
  if (action.kind == AlterKind::kUnsupported) {
    action.name = "ALTER TABLE ... " + std::string(text_at(body, "subtype").substr(3));
  }
  Json def;
  if (body["def"].get(def)) return action;
  const Tagged t = tagged(def);
  if (action.kind == AlterKind::kDefault) {
    action.value = read_expr(def);
  } else if (action.kind == AlterKind::kAddConstraint) {
    read_constraint(def, action.elements, nullptr);
  } else if (action.kind == AlterKind::kAddColumn) {
    read_column(t.body, action.elements);
    action.name = action.elements.columns[0].name;
  } else if (action.kind == AlterKind::kType) {
    Json part;
    if (!t.body["typeName"].get(part)) action.type_name = read_type_name(part);
    if (!t.body["raw_default"].get(part)) action.value = read_expr(part);
  }
  return action;
}

}  // namespace

void read_create_table(Statement& statement, Json body) {
  statement.kind = StatementKind::kCreateTable;
  statement.if_exists = flag_at(body, "if_not_exists");
  read_new_relation(statement, body, "relation");
  if (has(body, "inhRelations")) statement.value = "inherited tables";
  if (has(body, "partspec")) statement.value = "partitioned tables";
  TableElements& elements = statement.elements;
  each(body, "tableElts", [&](Json node) {
    const Tagged element = tagged(node);
    if (element.tag == "TableLikeClause")
      elements.likes.push_back(read_like(element.body, elements.columns.size()));
    if (element.tag == "Constraint") read_constraint(node, elements, nullptr);
    if (element.tag == "ColumnDef") read_column(element.body, elements);
  });
}

void read_view(Statement& statement, Json body) {
  statement.kind = StatementKind::kCreateView;
  statement.or_replace = flag_at(body, "replace");
  read_new_relation(statement, body, "view");
  statement.columns = strings_at(body, "aliases");
  if (text_at(body, "withCheckOption").ends_with("CHECK_OPTION") &&
      text_at(body, "withCheckOption") != "NO_CHECK_OPTION") {
    statement.value = "views WITH CHECK OPTION";
  }
  statement.select = read_select(tagged(body["query"].value_unsafe()).body);
}

void read_into(Statement& statement, Json into) {
  read_new_relation(statement, into, "rel");
  statement.columns = strings_at(into, "colNames");
  statement.with_data = !flag_at(into, "skipData");
}

void read_create_as(Statement& statement, Json body) {
  const bool view = text_at(body, "objtype") == "OBJECT_MATVIEW";
  statement.kind =
      view ? StatementKind::kCreateMaterializedView : StatementKind::kCreateTableAs;
  statement.if_exists = flag_at(body, "if_not_exists");
  read_into(statement, body["into"].value_unsafe());
  const Tagged query = tagged(body["query"].value_unsafe());
  if (query.tag == "SelectStmt") {
    statement.select = read_select(query.body);
  } else {
    statement.kind = StatementKind::kUnsupported;
    statement.name = "CREATE TABLE AS EXECUTE";
  }
}

void read_alter(Statement& statement, Json body) {
  statement.kind = StatementKind::kAlter;
  statement.value = kind_of(text_at(body, "objtype"));
  statement.if_exists = flag_at(body, "missing_ok");
  read_relation(statement, body, "relation");
  each(body, "cmds",
       [&](Json command) { statement.actions.push_back(read_action(tagged(command).body)); });
}

void read_rename(Statement& statement, Json body) {
  statement.kind = StatementKind::kAlter;
  const std::string_view type = text_at(body, "renameType");
  const bool column = type == "OBJECT_COLUMN";
  statement.value = kind_of(column ? text_at(body, "relationType") : type);
  statement.if_exists = flag_at(body, "missing_ok");
  read_relation(statement, body, "relation");
  AlterAction action;
  action.kind = column ? AlterKind::kRenameColumn : AlterKind::kRename;
  action.name = text_at(body, "subname");
  action.new_name = text_at(body, "newname");
  if (type == "OBJECT_TABCONSTRAINT") {
    action.kind = AlterKind::kUnsupported;
    action.name = "ALTER TABLE ... RENAME CONSTRAINT";
    statement.value = "TABLE";
  }
  statement.actions.push_back(std::move(action));
}

void read_drop(Statement& statement, Json body) {
  statement.kind = StatementKind::kDrop;
  statement.if_exists = flag_at(body, "missing_ok");
  statement.cascade = text_at(body, "behavior") == "DROP_CASCADE";
  statement.value = kind_of(text_at(body, "removeType"));
  each(body, "objects", [&](Json object) {
    std::string name;
    const Tagged named = tagged(object);
    const bool is_type = named.tag == "TypeName";
    const std::vector<std::string> parts = strings_at(named.body, is_type ? "names" : "items");
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i + 1 < parts.size() && parts[i] == "public") continue;
      name += (name.empty() ? "" : ".") + parts[i];
    }
    statement.drops.push_back(name);
  });
}

void read_transaction_modes(Statement& statement, Json body, const char* key) {
  each(body, key, [&](Json option) {
    const Json mode = tagged(option).body;
    if (text_at(mode, "defname") != "transaction_read_only") return;
    Json value;
    if (!mode["arg"].get(value)) statement.transaction.read_only = read_expr(value)->text == "1";
  });
}

void read_transaction(Statement& statement, Json body) {
  const std::string_view kind = text_at(body, "kind").substr(sizeof("TRANS_STMT_") - 1);
  statement.kind = kind == "BEGIN" || kind == "START" ? StatementKind::kBegin
                   : kind == "COMMIT"                 ? StatementKind::kCommit
                   : kind == "ROLLBACK"               ? StatementKind::kRollback
                   : kind == "SAVEPOINT"              ? StatementKind::kSavepoint
                   : kind == "RELEASE"                ? StatementKind::kRelease
                   : kind == "ROLLBACK_TO"            ? StatementKind::kRollbackTo
                                                      : StatementKind::kUnsupported;
  statement.name = kind == "START" ? "START TRANSACTION" : std::string(kind);
  if (kind.find("PREPARED") != std::string_view::npos || kind == "PREPARE") {
    statement.name = "two-phase commit";
  }
  statement.transaction.savepoint = text_at(body, "savepoint_name");
  statement.transaction.chain = flag_at(body, "chain");
  read_transaction_modes(statement, body, "options");
}

}  // namespace weir::sql
