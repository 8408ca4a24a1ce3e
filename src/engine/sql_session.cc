#include "engine/sql_session.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/time_zone.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

Error in_failed_block() {
  return Error(ErrorKind::kAborted, 1670,
               "current transaction is aborted, commands ignored until end of transaction block")
      .sqlstate("25P02");
}

struct Setting {
  const char* name;
  const char* value;
};
// What clients set and ask for on connecting. Others are accepted when set, and unknown when shown.
constexpr Setting kSettings[] = {
    {"application_name", ""},
    {"bytea_output", "hex"},
    {"client_encoding", "UTF8"},
    {"client_min_messages", "notice"},
    {"datestyle", "ISO, MDY"},
    {"default_transaction_isolation", "read committed"},
    {"extra_float_digits", "1"},
    {"integer_datetimes", "on"},
    {"intervalstyle", "postgres"},
    {"max_identifier_length", "63"},
    {"search_path", "public"},
    {"server_encoding", "UTF8"},
    {"server_version", "15.0 (weir)"},
    {"server_version_num", "150000"},
    {"standard_conforming_strings", "on"},
    {"statement_timeout", "0"},
    {"timezone", "UTC"},
    {"transaction_isolation", "read committed"},
};

const char* default_of(const std::string& name) {
  for (const Setting& setting : kSettings) {
    if (name == setting.name) return setting.value;
  }
  return nullptr;
}

// A name, or hours to the east; null: UTC.
Result<std::shared_ptr<const TimeZone>> zone_of_setting(const std::string& value) {
  if (value.empty() || lower(value) == "default") return std::shared_ptr<const TimeZone>();
  double hours = 0;
  const auto parsed = std::from_chars(value.data() + (value[0] == '+' ? 1 : 0),
                                      value.data() + value.size(), hours);
  std::optional<TimeZone> zone;
  if (parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()) {
    if (std::abs(hours) > 167) hours = 0;
    const auto whole = static_cast<int>(hours);
    zone = TimeZone::fixed(static_cast<int32_t>(hours * 3600),
                           fmt::format("<{:+03}>{:+03}", whole, -whole));
  } else {
    zone = TimeZone::named(value);
  }
  if (zone) return std::make_shared<const TimeZone>(std::move(*zone));
  return Error(ErrorKind::kInvalidStatement, 1674,
               fmt::format("invalid value for parameter \"TimeZone\": \"{}\"", value))
      .hint("take a name such as Europe/Berlin, or hours to the east")
      .sqlstate("22023");
}

bool changes_data(sql::StatementKind kind) {
  switch (kind) {
    case sql::StatementKind::kInsert:
    case sql::StatementKind::kUpdate:
    case sql::StatementKind::kDelete:
    case sql::StatementKind::kCreateTable:
    case sql::StatementKind::kCreateView:
    case sql::StatementKind::kCreateMaterializedView:
    case sql::StatementKind::kCreateTableAs:
    case sql::StatementKind::kAlter:
    case sql::StatementKind::kRefresh:
    case sql::StatementKind::kDrop:
    case sql::StatementKind::kCreateType:
    case sql::StatementKind::kAlterType:
    case sql::StatementKind::kTruncate: return true;
    default: return false;
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

uint64_t StatementResult::rows() const {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  return rows;
}

StatementResult text_rows(const std::string& column, const std::vector<std::string>& lines,
                          const std::string& tag) {
  StatementResult result;
  result.has_rows = true;
  result.schema.fields.push_back({column, TypeId::kText});
  BatchBuilder rows(result.schema);
  for (const std::string& line : lines) {
    rows.column(0).append_text(line);
    rows.end_row();
  }
  result.batches.push_back(rows.finish());
  result.tag = tag;
  return result;
}

size_t parameter_count(std::string_view sql) {
  size_t most = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'' || sql[i] == '"') {
      const size_t end = sql.find(sql[i], i + 1);
      if (end == std::string_view::npos) return most;
      i = end;
    } else if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      i = std::min(sql.find("*/", i), sql.size());
    } else if (sql[i] == '$') {
      size_t number = 0;
      const auto [end, code] = std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
      if (code == std::errc() && number <= UINT16_MAX) most = std::max(most, number);
    }
  }
  return most;
}

// Statements of one text that no BEGIN encloses are one transaction.
Status SqlSession::execute(std::string_view sql, const OnResult& on_result) {
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  const bool implicit = statements.size() > 1 && state_ == TransactionState::kIdle;
  if (implicit) TRY_VOID(begin());
  const auto end_implicit = [&](bool good) -> Status {
    if (!implicit || state_ != TransactionState::kIdle) return {};
    if (good) return commit();
    rollback();
    return {};
  };
  for (sql::Statement& statement : statements) {
    Result<StatementResult> result = run(sql, statement, {});
    Status told;
    if (result) told = on_result(std::move(*result));
    if (!result || !told) {
      TRY_VOID(end_implicit(false));
      return result ? std::move(told).error() : std::move(result).error();
    }
  }
  return end_implicit(true);
}

Result<StatementResult> SqlSession::execute_prepared(std::string_view sql,
                                                     const std::vector<Value>& parameters) {
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  if (statements.empty()) return StatementResult();
  if (statements.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1671,
                 "cannot insert multiple commands into a prepared statement")
        .sqlstate("42601");
  }
  return run(sql, statements[0], parameters);
}

Result<StatementResult> SqlSession::run(std::string_view text, sql::Statement& statement,
                                        const Parameters& parameters) {
  const bool ends_block = statement.kind == sql::StatementKind::kCommit ||
                          statement.kind == sql::StatementKind::kRollback ||
                          statement.kind == sql::StatementKind::kRollbackTo;
  if (state_ == TransactionState::kFailed && !ends_block) return in_failed_block();
  Result<StatementResult> result = run_in_block(text, statement, parameters);
  const std::vector<std::string> told = take_notices();
  if (!result) fail_block();
  if (!result) return result;
  result->zone = zone_;
  result->notices.insert(result->notices.end(), told.begin(), told.end());
  return result;
}

Status SqlSession::refuse_in_failed_block() const {
  if (state_ == TransactionState::kFailed) return in_failed_block();
  return {};
}

Result<StatementResult> SqlSession::run_in_block(std::string_view text, sql::Statement& statement,
                                                 const Parameters& parameters) {
  switch (statement.kind) {
    case sql::StatementKind::kSelect: return query(text, *statement.select, parameters);
    case sql::StatementKind::kExplain: return explained(text, statement, parameters);
    case sql::StatementKind::kShow: return show(statement);
    case sql::StatementKind::kSet: return set(statement);
    case sql::StatementKind::kCopy: return copy_to(text, statement, parameters);
    case sql::StatementKind::kBegin:
    case sql::StatementKind::kCommit:
    case sql::StatementKind::kRollback:
    case sql::StatementKind::kSetTransaction:
    case sql::StatementKind::kSavepoint:
    case sql::StatementKind::kRelease:
    case sql::StatementKind::kRollbackTo: return transaction(statement);
    default: break;
  }
  if (changes_data(statement.kind)) {
    TRY_VOID(refuse_in_read_only(statement));
    return change(text, statement, parameters);
  }
  return Error(ErrorKind::kNotSupported, 1672,
               fmt::format("{} is not supported yet", statement.name))
      .sqlstate("0A000")
      .at(sql::place_of(text, statement.location, {"", 1, 1, 0, 0}));
}

SystemQuery SqlSession::system_query() {
  return {[this] { return relations(); },
          [this](const std::string& name) { return setting(lower(name)); }};
}

Result<StatementResult> SqlSession::query(std::string_view text, sql::Select& select,
                                          const Parameters& parameters) {
  SystemQuery system = system_query();
  if (TRY(system.prepare(text, select))) return system.run(text, select, parameters, now());
  return this->select(text, select, parameters);
}

std::optional<std::string> SqlSession::setting(const std::string& name) const {
  const auto own = settings_.find(name);
  if (own != settings_.end()) return own->second;
  if (const char* value = default_of(name)) return value;
  return std::nullopt;
}

Result<StatementResult> SqlSession::show(const sql::Statement& statement) const {
  const std::string name = lower(statement.name);
  if (const auto value = setting(name)) return text_rows(name, {*value}, "SHOW");
  return Error(ErrorKind::kInvalidStatement, 1673,
               fmt::format("unrecognized configuration parameter \"{}\"", statement.name))
      .sqlstate("42704");
}

Result<StatementResult> SqlSession::set(const sql::Statement& statement) {
  const std::string name = lower(statement.name);
  if (name == "timezone") {
    zone_ = TRY(zone_of_setting(statement.value));
    settings_[name] = zone_ ? zone_->name() : "UTC";
  } else {
    settings_[name] = statement.value;
  }
  StatementResult result;
  result.tag = "SET";
  return result;
}

Result<StatementResult> SqlSession::explained(std::string_view text,
                                              const sql::Statement& statement,
                                              const Parameters& parameters) {
  const sql::Statement& inner = *statement.inner;
  if (!inner.select || statement.analyze) {
    return Error(ErrorKind::kNotSupported, 1672,
                 statement.analyze ? "EXPLAIN ANALYZE is not supported yet"
                                   : "EXPLAIN of anything but a SELECT is not supported yet")
        .sqlstate("0A000");
  }
  return text_rows("QUERY PLAN", lines_of(TRY(explain(text, *inner.select, parameters))),
                   "EXPLAIN");
}

Result<StatementDescription> SqlSession::describe(std::string_view sql,
                                                  const std::vector<Type>& types) {
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  StatementDescription description;
  if (statements.empty()) return description;
  if (statements.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1671,
                 "cannot insert multiple commands into a prepared statement")
        .sqlstate("42601");
  }
  Parameters parameters;
  for (size_t i = 0; i < std::max(parameter_count(sql), types.size()); ++i) {
    parameters.push_back(Value::null(i < types.size() ? types[i] : Type()));
    description.parameters.push_back(parameters[i].type);
  }
  sql::Statement& statement = statements[0];
  if (statement.kind == sql::StatementKind::kSelect) {
    SystemQuery system = system_query();
    description = TRY(system.prepare(sql, *statement.select))
                      ? TRY(system.describe(sql, *statement.select, parameters))
                      : TRY(describe_select(sql, *statement.select, parameters));
  } else if (changes_data(statement.kind)) {
    description = TRY(describe_change(sql, statement, parameters));
  } else if (statement.kind == sql::StatementKind::kShow) {
    description.has_rows = true;
    description.schema = TRY(show(statement)).schema;
  } else if (statement.kind == sql::StatementKind::kExplain) {
    description.has_rows = true;
    description.schema.fields.push_back({"QUERY PLAN", TypeId::kText});
  }
  description.parameters.resize(parameters.size());
  for (Type& type : description.parameters) {
    if (type.id == TypeId::kUnknown) type = TypeId::kText;
  }
  return description;
}

}  // namespace weir::engine
