// Set-returning functions: in FROM they are relations (of the items to their left, where they name
// them), in the select list they multiply the rows of the query, several of them in step.
#include <fmt/core.h>

#include "expr/table_function.h"
#include "plan/argument_binder.h"
#include "plan/build.h"
#include "plan/projection.h"
#include "plan/record_binder.h"
#include "sql/parser.h"

namespace weir::plan {

// The function and its arguments, each of the type that it takes.
Result<RowsCall> Binder::resolve_rows(std::string_view name, std::vector<ExprPtr> args,
                                              int32_t location) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  Result<expr::ResolvedTableFunction> resolved = expr::resolve_table_function(name, types);
  if (!resolved) return std::move(resolved).error().at(sql::place_of(text_, location, start_));
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i]->type.id == resolved->arg_types[i].id) continue;
    args[i] = TRY(coerce(std::move(args[i]), resolved->arg_types[i], location));
  }
  return RowsCall{resolved->function, std::move(args), std::move(resolved->columns)};
}

// `calls` in step over the rows of `node`; their columns come behind its own.
NodePtr Binder::rows_node(NodePtr node, const std::vector<RowsCall>& calls, bool ordinality) {
  TableFunctionSpec spec;
  spec.ordinality = ordinality;
  Projection with_arguments(node);
  with_arguments.keep_all();
  uint32_t next = with_arguments.size();
  for (const RowsCall& call : calls) {
    for (const ExprPtr& arg : call.args) with_arguments.append(arg, "argument");
  }
  std::vector<std::string> names;
  for (const RowsCall& call : calls) {
    TableFunctionCall out{call.function, {}, {}};
    for (size_t i = 0; i < call.args.size(); ++i) out.arguments.push_back(next++);
    for (const Field& field : call.columns.fields) {
      out.results.push_back(field.type);
      names.push_back(field.name);
    }
    spec.calls.push_back(std::move(out));
  }
  if (ordinality) names.emplace_back("ordinality");
  return make_table_function(with_arguments.make(), std::move(spec), names);
}

// A scalar function in FROM: one row of one value.
Binder::Source Binder::one_value(NodePtr base, const std::string& function, ExprPtr value,
                                 const std::string& alias) {
  const std::string& name = alias.empty() ? function : alias;
  Source source{make_project(std::move(base), {std::move(value)}, {name}), {}};
  source.scope.add(name, source.node->schema);
  return source;
}

// The columns that the calls put behind those of their arguments.
Binder::Source Binder::rows_source(const NodePtr& rows, const std::vector<RowsCall>& calls,
                                   const sql::From& from, const std::string& name) {
  size_t added = from.ordinality ? 1 : 0;
  for (const RowsCall& call : calls) added += call.columns.size();
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (size_t i = rows->schema.size() - added; i < rows->schema.size(); ++i) {
    exprs.push_back(
        expr::column_ref(static_cast<uint32_t>(i), rows->schema.fields[i].type));
    names.push_back(rows->schema.fields[i].name);
  }
  // A single column is called as the item is.
  if (calls.size() == 1 && calls[0].columns.size() == 1 && !from.alias.empty())
    names[0] = from.alias;
  Source source{make_project(rows, std::move(exprs), std::move(names)), {}};
  source.scope.add(from.alias.empty() ? name : from.alias, source.node->schema);
  return source;
}

Result<Binder::Source> Binder::bind_function(const sql::From& from) {
  struct Named {
    const std::string* name;
    const sql::Expr* call;  // null: the arguments are the item's
    int32_t location;
  };
  if (!from.column_definitions.empty() || is_record_function(from.name)) {
    return RecordBinder(*this).function_of_from(from);
  }
  std::vector<Named> functions;
  if (from.calls.empty()) functions.push_back({&from.name, nullptr, from.location});
  for (const sql::ExprPtr& call : from.calls) {
    if (call->kind == sql::ExprKind::kUnsupported) return unsupported(call->name, call->location);
    if (call->kind != sql::ExprKind::kCall)
      return unsupported("this expression as an item of FROM", call->location);
    functions.push_back({&call->name, call.get(), call->location});
  }
  ArgumentBinder arguments(*this);
  std::vector<RowsCall> calls;
  NodePtr base = one_row();
  for (const Named& function : functions) {
    std::vector<ExprPtr> args = function.call
                                    ? TRY(arguments.bind(*function.call, Scope(), nullptr))
                                    : TRY(bind_all(from.args, Scope(), nullptr));
    for (ExprPtr& arg : args) {
      TRY_VOID(no_rows(arg));
      arg = TRY(attach_all(base, arg));
    }
    if (!expr::is_table_function(*function.name)) {
      if (functions.size() > 1 || from.ordinality)
        return unsupported("a scalar function in ROWS FROM", function.location);
      const bool variadic = function.call && function.call->variadic;
      ExprPtr value = variadic ? TRY(arguments.bind_variadic(*function.call, std::move(args)))
                               : TRY(bind_function(*function.name, std::move(args),
                                                   function.location));
      return one_value(std::move(base), *function.name, std::move(value), from.alias);
    }
    calls.push_back(TRY(resolve_rows(*function.name, std::move(args), function.location)));
  }
  const NodePtr rows = rows_node(std::move(base), calls, from.ordinality);
  return rows_source(rows, calls, from, *functions[0].name);
}

// In the select list: pending until the rows of the query have a plan.
Result<expr::ExprPtr> Binder::pend_rows(const sql::Expr& e, const Scope& scope,
                                        Grouping* grouping) {
  if (may_query_ == 0) {
    return error(1257, "0A000", "set-returning functions are not allowed here", e.location);
  }
  std::vector<ExprPtr> args = TRY(ArgumentBinder(*this).bind(e, scope, grouping));
  RowsCall call = TRY(resolve_rows(e.name, std::move(args), e.location));
  if (call.columns.size() != 1)
    return unsupported(fmt::format("{} in the select list", e.name), e.location);
  const Type type = call.columns.fields[0].type;
  Pending pending;
  pending.kind = SubqueryKind::kRows;
  pending.location = e.location;
  pending.rows = std::move(call);
  return pend(std::move(pending), type);
}

Status Binder::attach_rows(NodePtr& node, std::vector<Item>& items) {
  std::vector<uint32_t> asked;
  const auto is_rows = [&](const expr::Expr& leaf) {
    return leaf.kind == expr::ExprKind::kPending &&
           pending_[leaf.column].kind == SubqueryKind::kRows;
  };
  for (const Item& item : items) {
    expr::any_leaf(*item.expr, [&](const expr::Expr& leaf) {
      const bool known = std::find(asked.begin(), asked.end(), leaf.column) != asked.end();
      if (is_rows(leaf) && !known) asked.push_back(leaf.column);
      return false;
    });
  }
  if (asked.empty()) return {};
  std::vector<RowsCall> calls;
  for (const uint32_t id : asked) {
    calls.push_back(pending_[id].rows);
    for (ExprPtr& arg : calls.back().args) {
      TRY_VOID(no_rows(arg));
      arg = TRY(attach_all(node, arg));
    }
  }
  node = rows_node(std::move(node), calls, false);
  const auto first = static_cast<uint32_t>(node->schema.size() - asked.size());
  for (Item& item : items) {
    item.expr = expr::replace_leaves(item.expr, [&](const expr::Expr& leaf) -> ExprPtr {
      if (!is_rows(leaf)) return nullptr;
      const auto at = std::find(asked.begin(), asked.end(), leaf.column) - asked.begin();
      return expr::column_ref(first + static_cast<uint32_t>(at), leaf.type);
    });
  }
  return {};
}

}  // namespace weir::plan
