#include "differ/postgres.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

namespace weir::differ {

namespace {

std::string line(const PGresult* result, int row) {
  std::string text;
  for (int column = 0; column < PQnfields(result); ++column) {
    text += column > 0 ? "|" : "";
    text += PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column);
  }
  return text;
}

std::string error_of(PGconn* connection, const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return "";
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return fmt::format("{} {}", state ? state : "?", PQerrorMessage(connection));
}

}  // namespace

Postgres::Postgres(const std::string& socket_dir)
    : connection_(
          PQconnectdb(fmt::format("host={} user=weir dbname=postgres", socket_dir).c_str())) {
  if (PQstatus(connection_) == CONNECTION_OK) return;
  std::fprintf(stderr, "%s", PQerrorMessage(connection_));
  std::exit(2);
}

Postgres::~Postgres() { PQfinish(connection_); }

std::string Postgres::run(const std::string& sql, Rows* rows) {
  PGresult* result = PQexec(connection_, sql.c_str());
  const std::string error = error_of(connection_, result);
  if (error.empty() && rows) {
    for (int row = 0; row < PQntuples(result); ++row) rows->push_back(line(result, row));
    std::sort(rows->begin(), rows->end());
  }
  PQclear(result);
  return error;
}

std::string Postgres::prepare(const std::string& name, const std::string& sql,
                              std::string* columns) {
  PGresult* result = PQprepare(connection_, name.c_str(), sql.c_str(), 0, nullptr);
  std::string error = error_of(connection_, result);
  PQclear(result);
  if (!error.empty()) return error;
  result = PQdescribePrepared(connection_, name.c_str());
  error = error_of(connection_, result);
  for (int i = 0; i < PQnfields(result); ++i) {
    *columns += fmt::format("{}{} {}", i > 0 ? ", " : "", PQfname(result, i), PQftype(result, i));
  }
  PQclear(result);
  return error;
}

std::vector<Postgres::Answer> Postgres::answers(const std::vector<std::string>& prepared) {
  PQenterPipelineMode(connection_);
  for (const std::string& name : prepared) {
    PQsendQueryPrepared(connection_, name.c_str(), 0, nullptr, nullptr, nullptr, 0);
    PQpipelineSync(connection_);
  }
  std::vector<Answer> out(prepared.size());
  for (Answer& answer : out) {
    while (PGresult* result = PQgetResult(connection_)) {
      const std::string error = error_of(connection_, result);
      if (!error.empty()) answer.error = error;
      for (int row = 0; row < PQntuples(result); ++row) answer.rows.push_back(line(result, row));
      PQclear(result);
    }
    PQclear(PQgetResult(connection_));  // the sync
    std::sort(answer.rows.begin(), answer.rows.end());
  }
  PQexitPipelineMode(connection_);
  return out;
}

void Postgres::fresh_schema() {
  const std::string name = fmt::format("differ_{}", getpid());  // others may be at it, too
  run(fmt::format("set client_min_messages = error; set timezone = 'UTC';"
                  "set extra_float_digits = 1;"
                  "drop schema if exists {0} cascade; create schema {0};"
                  "set search_path = {0}, pg_catalog;"
                  "create table clock_of_differ (at timestamptz);"
                  "insert into clock_of_differ values ('epoch');"
                  "create function now() returns timestamptz language sql stable as "
                  "'select at from clock_of_differ'",
                  name),
      nullptr);
}

std::string Postgres::set_now(int64_t micros) {
  return fmt::format(
      "update clock_of_differ set at = timestamptz 'epoch' + {} * interval '1 microsecond'",
      micros);
}

std::string quoted(const std::optional<std::string>& text) {
  if (!text) return "null";
  std::string out = "'";
  for (const char c : *text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string difference(const Rows& theirs, const Rows& ours) {
  Rows missing, extra;
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                      std::back_inserter(missing));
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      std::back_inserter(extra));
  std::string text;
  for (const std::string& row : missing) text += "  missing:  " + row + "\n";
  for (const std::string& row : extra) text += "  too many: " + row + "\n";
  return text;
}

}  // namespace weir::differ
