// What clients ask of a catalogue, where the answer is the same for every object: there is one
// user, who may do everything, all objects can be named without a schema, and nothing has a
// comment. In queries only.
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

ColumnPtr yes(const KernelCall& c) {
  return map<uint8_t>(c, [](uint32_t, Row&) -> uint8_t { return 1; });
}

ColumnPtr nothing(const KernelCall& c) { return Column::nulls(c.result, c.rows); }

class CatalogueFunctions {
 public:
  explicit CatalogueFunctions(FunctionList& out) : out_(out) {}

  void add(std::string_view name, std::vector<Type> args, Type result, std::string_view summary) {
    out_.push_back({.name = name, .args = std::move(args), .result = result,
                    .volatility = Volatility::kStable,
                    .kernel = result == Type(kBool) ? yes : nothing, .summary = summary,
                    .group = "catalogue"});
  }

  // has_x_privilege([user,] object, privilege): users and objects by name or object id.
  void privilege(std::string_view name, std::vector<Type> object) {
    std::vector<Type> args = std::move(object);
    args.emplace_back(kText);
    add(name, args, kBool, "true: there is one user");
    for (const TypeId user : {kText, kInt8}) {
      std::vector<Type> with_user = args;
      with_user.insert(with_user.begin(), Type(user));
      add(name, std::move(with_user), kBool, "true: there is one user");
    }
  }

 private:
  FunctionList& out_;
};

void add_user_rights(CatalogueFunctions& functions) {
  for (const std::string_view name :
       {"has_table_privilege", "has_any_column_privilege", "has_schema_privilege",
        "has_database_privilege", "has_function_privilege", "has_sequence_privilege",
        "has_type_privilege", "has_language_privilege", "has_tablespace_privilege",
        "has_foreign_data_wrapper_privilege", "has_server_privilege", "pg_has_role"}) {
    for (const TypeId object : {kText, kInt8}) functions.privilege(name, {object});
  }
  for (const TypeId object : {kText, kInt8}) {
    for (const TypeId column : {kText, kInt2}) {
      functions.privilege("has_column_privilege", {object, column});
    }
  }
}

void add_visibility(CatalogueFunctions& functions) {
  for (const std::string_view name :
       {"pg_type_is_visible", "pg_function_is_visible", "pg_operator_is_visible",
        "pg_collation_is_visible", "pg_conversion_is_visible", "pg_opclass_is_visible",
        "pg_opfamily_is_visible", "pg_statistics_obj_is_visible", "pg_ts_config_is_visible",
        "pg_ts_dict_is_visible", "pg_ts_parser_is_visible", "pg_ts_template_is_visible",
        "pg_relation_is_publishable"}) {
    functions.add(name, {kInt8}, kBool, "true");
  }
}

void add_what_is_not_there(CatalogueFunctions& functions) {
  for (const std::string_view name :
       {"pg_table_size", "pg_relation_size", "pg_total_relation_size", "pg_indexes_size",
        "pg_database_size", "pg_tablespace_size"}) {
    for (const TypeId object : {kInt8, kText}) functions.add(name, {object}, kInt8, "NULL");
  }
  for (const std::string_view name :
       {"pg_get_constraintdef", "pg_get_triggerdef", "pg_get_ruledef", "pg_get_partkeydef",
        "pg_get_functiondef", "pg_get_function_sqlbody", "pg_get_statisticsobjdef",
        "pg_get_partition_constraintdef", "pg_tablespace_location"}) {
    functions.add(name, {kInt8}, kText, "NULL");
  }
  for (const std::string_view name :
       {"pg_get_constraintdef", "pg_get_triggerdef", "pg_get_ruledef"}) {
    functions.add(name, {kInt8, kBool}, kText, "NULL");
  }
  functions.add("pg_get_expr", {kText, kInt8}, kText, "NULL");
  functions.add("pg_get_expr", {kText, kInt8, kBool}, kText, "NULL");
  functions.add("pg_get_serial_sequence", {kText, kText}, kText, "NULL");
  functions.add("obj_description", {kInt8}, kText, "NULL: nothing has a comment");
  functions.add("obj_description", {kInt8, kText}, kText, "NULL: nothing has a comment");
  functions.add("shobj_description", {kInt8, kText}, kText, "NULL: nothing has a comment");
  functions.add("col_description", {kInt8, kInt4}, kText, "NULL: nothing has a comment");
}

}  // namespace

void add_privileges(FunctionList& out) {
  CatalogueFunctions functions(out);
  add_user_rights(functions);
  add_visibility(functions);
  add_what_is_not_there(functions);
}

}  // namespace weir::expr
