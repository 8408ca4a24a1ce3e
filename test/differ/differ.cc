// The prefix differ: the same random changes go to the scratch engine and to PostgreSQL; after each
// of them every materialized view must hold exactly the rows that PostgreSQL answers to its SELECT.
// usage: differ --postgres SOCKET_DIR [--seed N] [--comparisons N] [--only TEXT] [--verbose]
#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "base/clock.h"
#include "base/log.h"
#include "data/text_form.h"
#include "differ/cases.h"
#include "engine/scratch.h"

namespace {

using namespace weir;
using differ::ViewCase;
using Rows = std::vector<std::string>;

struct Options {
  std::string postgres;
  uint64_t seed = 1;
  uint64_t comparisons = 10'000;
  std::string only;
  bool verbose = false;
};

class Postgres {
 public:
  explicit Postgres(const std::string& dir)
      : connection_(PQconnectdb(fmt::format("host={} user=weir dbname=postgres", dir).c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) {
      std::fprintf(stderr, "%s", PQerrorMessage(connection_));
      std::exit(2);
    }
  }
  ~Postgres() { PQfinish(connection_); }

  // The rows as text, sorted; or the SQLSTATE.
  std::string run(const std::string& sql, Rows* rows) {
    PGresult* result = PQexec(connection_, sql.c_str());
    std::string error;
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      error = fmt::format("{} {}", state ? state : "?", PQerrorMessage(connection_));
    } else if (rows) {
      for (int row = 0; row < PQntuples(result); ++row) rows->push_back(line(result, row));
      std::sort(rows->begin(), rows->end());
    }
    PQclear(result);
    return error;
  }

 private:
  static std::string line(PGresult* result, int row) {
    std::string text;
    for (int column = 0; column < PQnfields(result); ++column) {
      text += column > 0 ? "|" : "";
      text += PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column);
    }
    return text;
  }
  PGconn* connection_;
};

class Weir {
 public:
  Weir() : database_(clock_), session_(std::move(database_.connect("differ", "differ")).value()) {}

  std::string run(const std::string& sql, Rows* rows) {
    const Status status = session_->execute(sql, [&](engine::StatementResult result) -> Status {
      for (const Batch& batch : result.batches) {
        for (uint32_t row = 0; rows && row < batch.rows; ++row) rows->push_back(line(batch, row));
      }
      return {};
    });
    if (rows) std::sort(rows->begin(), rows->end());
    return status ? "" : status.error().sqlstate() + " " + status.error().to_string();
  }

 private:
  static std::string line(const Batch& batch, uint32_t row) {
    std::string text;
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      text += column > 0 ? "|" : "";
      if (batch.columns[column]->is_null(row)) {
        text += "NULL";
      } else {
        append_text_form(text, *batch.columns[column], row);
      }
    }
    return text;
  }
  RealClock clock_;
  engine::ScratchDatabase database_;
  std::unique_ptr<engine::Session> session_;
};

class Differ {
 public:
  explicit Differ(Options options)
      : options_(std::move(options)), postgres_(options_.postgres), random_(options_.seed) {}

  int run() {
    const std::vector<ViewCase> fixed = differ::fixed_views();
    while (compared_ < options_.comparisons && failed_ < 10) {
      std::vector<ViewCase> views = fixed;
      for (int i = 0; i < 30; ++i) views.push_back(differ::random_view(random_, i));
      round(views);
    }
    std::printf("seed %lu: %lu comparisons in %d rounds\n", options_.seed, compared_, rounds_);
    std::printf("%lu passed, %d failed\n", compared_ - static_cast<uint64_t>(failed_), failed_);
    return failed_ == 0 && compared_ > 0 ? 0 : 1;
  }

 private:
  // New tables, all views, and some sixty changes.
  void round(std::vector<ViewCase> views) {
    ++rounds_;
    Weir weir;
    history_.clear();
    postgres_.run(
        "set client_min_messages = error; set timezone = 'UTC'; set extra_float_digits = 1;"
        "drop schema if exists differ cascade; create schema differ; set search_path = differ",
        nullptr);
    for (const std::string& sql : differ::tables()) both(weir, sql);
    std::erase_if(views, [&](const ViewCase& view) { return !make(weir, view); });
    differ::Stream stream(random_);
    for (int step = 0; step < 60 && compared_ < options_.comparisons; ++step) {
      const std::string sql = stream.next();
      both(weir, sql);
      for (const ViewCase& view : views) {
        compare(weir, view);
        if (failed_ >= 10) return;
      }
    }
  }

  void both(Weir& weir, const std::string& sql) {
    history_.push_back(sql);
    const std::string theirs = postgres_.run(sql, nullptr);
    const std::string ours = weir.run(sql, nullptr);
    if (theirs.substr(0, 5) == ours.substr(0, 5)) return;
    fail(fmt::format("{}\n  PostgreSQL: {}\n  weir: {}", sql, theirs, ours));
  }

  bool make(Weir& weir, const ViewCase& view) {
    if (!options_.only.empty() && view.sql.find(options_.only) == std::string::npos) return false;
    const std::string error =
        weir.run(fmt::format("create materialized view {} as {}", view.name, view.sql), nullptr);
    if (error.empty()) return true;
    Rows rows;
    const std::string theirs = postgres_.run(view.postgres, &rows);
    // A generated query that both refuse says nothing; one that PostgreSQL answers must be
    // answered.
    if (theirs.empty()) fail(fmt::format("{}\n  weir: {}", view.sql, error));
    return false;
  }

  void compare(Weir& weir, const ViewCase& view) {
    Rows theirs, ours;
    const std::string refused = postgres_.run(view.postgres, &theirs);
    if (!refused.empty()) return;  // an overflow or the like: a dead letter here, an error there
    const std::string error = weir.run("select * from " + view.name, &ours);
    ++compared_;
    if (error.empty() && theirs == ours) return;
    std::string text = view.sql + "\n";
    if (!error.empty()) text += "  weir: " + error + "\n";
    for (const std::string& row : theirs) {
      if (!std::binary_search(ours.begin(), ours.end(), row)) text += "  missing:  " + row + "\n";
    }
    for (const std::string& row : ours) {
      if (!std::binary_search(theirs.begin(), theirs.end(), row))
        text += "  too many: " + row + "\n";
    }
    if (theirs.size() != ours.size())
      text += fmt::format("  {} rows, not {}\n", ours.size(), theirs.size());
    fail(text);
  }

  void fail(const std::string& text) {
    ++failed_;
    std::printf("FAILED (seed %lu, round %d, step %zu)\n%s\n", options_.seed, rounds_,
                history_.size(), text.c_str());
    if (!options_.verbose) return;
    for (const std::string& sql : history_) std::printf("    %s;\n", sql.c_str());
  }

  const Options options_;
  Postgres postgres_;
  Random random_;
  std::vector<std::string> history_;
  uint64_t compared_ = 0;
  int rounds_ = 0;
  int failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (name == "--postgres") options.postgres = value();
    if (name == "--seed") options.seed = std::strtoull(value().c_str(), nullptr, 10);
    if (name == "--comparisons") options.comparisons = std::strtoull(value().c_str(), nullptr, 10);
    if (name == "--only") options.only = value();
    if (name == "--verbose") options.verbose = true;
  }
  set_log_level(LogLevel::kOff);
  return Differ(options).run();
}
