// What a session keeps by name: settings, prepared statements, cursors.
#include <fmt/core.h>

#include "engine/sql_session.h"
#include "plan/plan_statement.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

StatementResult done(std::string tag) {
  StatementResult result;
  result.tag = std::move(tag);
  return result;
}

Error only_in_block(const char* what) {
  return Error(ErrorKind::kInvalidStatement, 1717,
               fmt::format("{} can only be used in transaction blocks", what))
      .hint("say BEGIN first, or DECLARE ... CURSOR WITH HOLD")
      .sqlstate("25P01");
}

// The place of an error in another text than the one that the client has sent says nothing to it.
Error without_place(const Error& error) {
  return Error(error.kind(), error.code(), error.primary())
      .detail(error.detail())
      .hint(error.hint())
      .sqlstate(error.sqlstate());
}

Error wrong_type(size_t argument, const Type& wanted) {
  return Error(ErrorKind::kInvalidStatement, 1708,
               fmt::format("parameter ${} cannot be coerced to the expected type {}", argument + 1,
                           wanted.name()))
      .hint("rewrite or cast the expression")
      .sqlstate("42804");
}

Result<Value> value_of(const expr::Expr& value, Micros now) {
  if (value.kind == expr::ExprKind::kLiteral) return value.literal;
  Batch one;
  one.rows = 1;
  const expr::Evaluated result = expr::evaluate(value, one, {now});
  if (result.errors.empty()) return value_at(*result.column, 0);
  const RowError& error = result.errors[0];
  return Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate);
}

StatementResult all_settings(const std::vector<Settings::Shown>& settings) {
  StatementResult result;
  result.has_rows = true;
  result.tag = "SHOW";
  for (const char* name : {"name", "setting", "description"}) {
    result.schema.fields.push_back({name, TypeId::kText});
  }
  BatchBuilder rows(result.schema);
  for (const Settings::Shown& setting : settings) {
    rows.column(0).append_text(setting.name);
    rows.column(1).append_text(setting.value);
    rows.column(2).append_text(setting.description);
    rows.end_row();
  }
  result.batches.push_back(rows.finish());
  return result;
}

}  // namespace

Result<StatementResult> SqlSession::show(const sql::Statement& statement) const {
  if (statement.name == "all") return all_settings(settings_.all());
  const Settings::Shown shown = TRY(settings_.show(statement.name));
  return text_rows(shown.name, {shown.value}, "SHOW");
}

Result<StatementResult> SqlSession::set(const sql::Statement& statement) {
  using Scope = Settings::Scope;
  const bool resets = statement.set_kind == sql::SetKind::kReset ||
                      statement.set_kind == sql::SetKind::kResetAll;
  StatementResult result = done(resets ? "RESET" : "SET");
  if (statement.set_kind == sql::SetKind::kResetAll) {
    settings_.reset_all();
    return result;
  }
  if (statement.is_local && !in_block() && !implicit_) {
    result.notices.push_back("SET LOCAL can only be used in transaction blocks");
    return result;
  }
  const Scope scope = statement.is_local ? Scope::kTransaction : Scope::kSession;
  if (resets || statement.set_kind == sql::SetKind::kDefault) {
    TRY_VOID(settings_.reset(statement.name, scope));
  } else {
    TRY_VOID(settings_.set(statement.name, statement.value, scope));
  }
  return result;
}

Result<StatementResult> SqlSession::prepare(std::string_view text,
                                            const sql::Statement& statement) {
  const size_t end = static_cast<size_t>(statement.location) + statement.length;
  const auto begin = static_cast<size_t>(statement.select_location);
  PreparedStatement prepared;
  prepared.sql = std::string(text.substr(begin, end - begin));
  const catalog::Catalog types = named_types();
  for (const std::string& type : statement.types) {
    prepared.declared.push_back(type == "unknown" ? Type() : TRY(types.type_of(type)));
  }
  // Blanks instead of what stands before it, so that places in the text are the client's.
  std::string padded(text.substr(0, begin));
  for (char& c : padded) {
    if (c != '\n' && (static_cast<uint8_t>(c) & 0xc0) != 0x80) c = ' ';
  }
  std::erase_if(padded, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; });
  prepared.description = TRY(describe(padded + prepared.sql, prepared.declared));
  TRY_VOID(prepared_statements().add(statement.name, std::move(prepared)));
  return done("PREPARE");
}

Result<SqlSession::Parameters> SqlSession::arguments_of(std::string_view text,
                                                        const sql::Statement& statement,
                                                        const PreparedStatement& prepared,
                                                        const Parameters& parameters) {
  const std::vector<Type>& types = prepared.description.parameters;
  if (types.size() != statement.arguments.size()) {
    return Error(ErrorKind::kInvalidStatement, 1709,
                 fmt::format("wrong number of parameters for prepared statement \"{}\"",
                             statement.name))
        .detail(fmt::format("Expected {} parameters but got {}.", types.size(),
                            statement.arguments.size()))
        .sqlstate("42601");
  }
  const catalog::Catalog known = named_types();
  Parameters arguments;
  for (size_t i = 0; i < types.size(); ++i) {
    const sql::Expr& argument = *statement.arguments[i];
    if (plan::contains_subquery(argument)) {
      return Error(ErrorKind::kNotSupported, 1672,
                   "sub-queries as arguments of EXECUTE are not supported yet")
          .at(sql::place_of(text, argument.location, {"", 1, 1, 0, 0}))
          .sqlstate("0A000");
    }
    const Field field{"parameter", types[i]};
    Result<expr::ExprPtr> planned =
        plan::plan_value({text, known, parameters}, argument, Schema(), field);
    if (!planned && planned.error().code() == 1260) return wrong_type(i, types[i]);
    Value value = TRY(value_of(*TRY(std::move(planned)), now()));
    if (prepared.is_untyped(i)) value.type = Type();
    arguments.push_back(std::move(value));
  }
  return arguments;
}

Result<StatementResult> SqlSession::execute_by_name(std::string_view text,
                                                    const sql::Statement& statement,
                                                    const Parameters& parameters) {
  const auto prepared = TRY(prepared_statements().find(statement.name));
  const Parameters arguments = TRY(arguments_of(text, statement, *prepared, parameters));
  std::vector<sql::Statement> statements = TRY(sql::parse(prepared->sql));
  if (statements.empty()) return StatementResult();
  Result<StatementResult> result = run_in_block(prepared->sql, statements[0], arguments);
  if (!result) return without_place(result.error());
  return result;
}

Result<StatementResult> SqlSession::deallocate(const sql::Statement& statement) {
  if (statement.name.empty()) {
    prepared_statements().clear();
    return done("DEALLOCATE ALL");
  }
  TRY_VOID(prepared_statements().find(statement.name));
  prepared_statements().remove(statement.name);
  return done("DEALLOCATE");
}

Result<StatementResult> SqlSession::discard(const sql::Statement& statement) {
  if (statement.name != "ALL") return done("DISCARD " + statement.name);
  if (in_block() || implicit_) {
    return Error(ErrorKind::kInvalidStatement, 1711,
                 "DISCARD ALL cannot run inside a transaction block")
        .sqlstate("25001");
  }
  cursors_.close_all();
  prepared_statements().clear();
  settings_.reset_all();
  return done("DISCARD ALL");
}

Result<StatementResult> SqlSession::declare(std::string_view text, sql::Statement& statement,
                                            const Parameters& parameters) {
  const sql::CursorUse& use = *statement.cursor;
  if (!use.hold && !in_block() && !implicit_) return only_in_block("DECLARE CURSOR");
  if (use.scroll && use.no_scroll) {
    return Error(ErrorKind::kInvalidStatement, 1718, "cannot specify both SCROLL and NO SCROLL")
        .sqlstate("42P11");
  }
  if (use.binary) {
    return Error(ErrorKind::kNotSupported, 1672, "BINARY cursors are not supported yet")
        .hint("ask for the binary form in the extended protocol")
        .sqlstate("0A000");
  }
  StatementResult rows = statement.subscribe
                             ? TRY(subscribe(text, *statement.select, *statement.subscribe))
                             : TRY(query(text, *statement.select, parameters));
  TRY_VOID(cursors_.declare(statement.name, use, std::move(rows)));
  return done("DECLARE CURSOR");
}

Result<StatementResult> SqlSession::close_cursor(const sql::Statement& statement) {
  if (statement.name.empty()) {
    cursors_.close_all();
    return done("CLOSE CURSOR ALL");
  }
  TRY_VOID(cursors_.close(statement.name));
  return done("CLOSE CURSOR");
}

}  // namespace weir::engine
