#include "sql/as_view.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "data/text_form.h"

namespace weir::test {

namespace {

constexpr const char* kView = "trial__view";

using Tables = std::map<std::string, Lines>;  // table -> its rows, as lists of VALUES

std::string literal(const Column& column, uint32_t row) {
  if (column.is_null(row)) return "null";
  std::string text;
  append_text_form(text, column, row);
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

Result<Lines> values_of(engine::Session& session, const std::string& table) {
  Lines values;
  const Status done = session.execute(
      fmt::format("select * from \"{}\"", table), [&](engine::StatementResult result) -> Status {
        for (const Batch& batch : result.batches) {
          for (uint32_t row = 0; row < batch.rows; ++row) {
            std::string line;
            for (const ColumnPtr& column : batch.columns)
              line += (line.empty() ? "(" : ",") + literal(*column, row);
            values.push_back(line + ")");
          }
        }
        return {};
      });
  if (!done) return done.error();
  return values;
}

Status execute(engine::Session& session, const std::string& sql) {
  return session.execute(sql, [](engine::StatementResult) -> Status { return {}; });
}

// One transaction that leaves the rows for which keep(index) is true.
template <class Keep>
Status leave(engine::Session& session, const Tables& tables, Keep keep) {
  TRY_VOID(execute(session, "begin"));
  for (const auto& [table, values] : tables) {
    TRY_VOID(execute(session, fmt::format("delete from \"{}\"", table)));
    std::string rows;
    for (size_t i = 0; i < values.size(); ++i) {
      if (keep(i)) rows += (rows.empty() ? "" : ",") + values[i];
    }
    if (rows.empty()) continue;
    TRY_VOID(execute(session, fmt::format("insert into \"{}\" values {}", table, rows)));
  }
  return execute(session, "commit");
}

std::string difference(const char* when, Lines expected, Lines got) {
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  if (expected == got) return "";
  std::string text = fmt::format("  as a view, {}: expected\n", when);
  for (const std::string& line : expected) text += "    " + line + "\n";
  text += "  got\n";
  for (const std::string& line : got) text += "    " + line + "\n";
  return text;
}

// Whatever order rows arrive in, PostgreSQL lists them in the order that it reads them.
bool depends_on_arrival(const std::string& query) {
  for (const char* name : {"string_agg(", "array_agg(", "json_agg(", "jsonb_agg(",
                           "json_object_agg(", "jsonb_object_agg("}) {
    if (query.find(name) != std::string::npos) return true;
  }
  return false;
}

std::string compare_steps(engine::Session& session, const std::string& query,
                          const Tables& tables, const Lines& expected) {
  const std::string view = fmt::format("select * from {}", kView);
  const auto compare = [&](const char* when, const Lines& right) -> std::string {
    Result<Lines> got = rows_of(session, view);
    return got ? difference(when, right, *got) : "  " + got.error().to_string() + "\n";
  };
  const auto all = [](size_t) { return true; };
  const auto without_a_third = [](size_t i) { return i % 3 != 0; };
  if (Status done = leave(session, tables, all); !done) return done.error().to_string() + "\n";
  if (std::string wrong = compare("with all rows", expected); !wrong.empty()) return wrong;
  if (Status done = leave(session, tables, without_a_third); !done)
    return done.error().to_string() + "\n";
  Result<Lines> fewer = rows_of(session, query);
  if (fewer) {  // else: an error over these rows, which is another matter
    if (std::string wrong = compare("without a third", *fewer); !wrong.empty()) return wrong;
  }
  if (Status done = leave(session, tables, all); !done) return done.error().to_string() + "\n";
  return compare("with all rows again", expected);
}

}  // namespace

Result<Lines> rows_of(engine::Session& session, const std::string& sql) {
  Lines rows;
  const Status done = session.execute(sql, [&](engine::StatementResult result) -> Status {
    for (const Batch& batch : result.batches) {
      for (uint32_t row = 0; row < batch.rows; ++row) {
        std::string line;
        for (size_t i = 0; i < batch.columns.size(); ++i) {
          std::string value = "NULL";
          if (!batch.columns[i]->is_null(row)) {
            value.clear();
            append_text_form(value, *batch.columns[i], row, {result.zone.get()});
            if (value.empty()) value = "(empty)";
          }
          for (size_t at = 0; (at = value.find('\n', at)) != std::string::npos;)
            value.replace(at, 1, "\\n");
          line += (i > 0 ? "\t" : "") + value;
        }
        rows.push_back(std::move(line));
      }
    }
    return {};
  });
  if (!done) return done.error();
  return rows;
}

Trial try_as_view(engine::Session& session, const std::string& query, const Lines& expected) {
  Tables tables;
  for (const auto& relation : session.relations()) {
    if (relation.kind != "table" || query.find(relation.name) == std::string::npos) continue;
    Result<Lines> values = values_of(session, relation.name);
    if (values) tables[relation.name] = std::move(*values);
  }
  if (tables.empty() || depends_on_arrival(query)) return {};
  const auto even = [](size_t i) { return i % 2 == 0; };
  Status halved = leave(session, tables, even);
  if (!halved) return {true, "  " + halved.error().to_string() + "\n"};
  const Status made =
      execute(session, fmt::format("create materialized view {} as {}", kView, query));
  Trial trial{static_cast<bool>(made), ""};
  if (made) {
    trial.wrong = compare_steps(session, query, tables, expected);
    (void)execute(session, "rollback");
    (void)execute(session, fmt::format("drop materialized view {}", kView));
  }
  (void)leave(session, tables, [](size_t) { return true; });
  return trial;
}

}  // namespace weir::test
