// Runs files of records against the scratch engine and compares with the rows in the file, which
// PostgreSQL has answered (test/sql/record). A record is one of
//
//   statement ok            query [rowsort]
//   create table ...        select ...
//                           ----
//   statement error 22012   1<TAB>NULL
//   select 1/0              2<TAB>(empty)
//
// with an empty line behind it; a line that begins with # is a comment. usage: slt FILE...
#include <cstdio>
#include <fstream>

#include <fmt/core.h>

#include "base/clock.h"
#include "data/text_form.h"
#include "engine/scratch.h"

namespace {

using namespace weir;

struct Record {
  int line = 0;
  std::string head;
  std::string sql;
  std::vector<std::string> rows;
};

std::vector<Record> read_records(const std::string& path) {
  std::ifstream in(path);
  std::vector<Record> records;
  std::string line;
  Record record;
  bool rows = false;
  const auto end = [&] {
    if (!record.sql.empty()) records.push_back(std::move(record));
    record = Record();
    rows = false;
  };
  for (int n = 1; std::getline(in, line); ++n) {
    if (line.empty()) {
      end();
    } else if (record.head.empty()) {
      if (line[0] != '#') {
        record.head = line;
        record.line = n;
      }
    } else if (!rows && line == "----") {
      rows = true;
    } else if (rows) {
      record.rows.push_back(line);
    } else {
      record.sql += (record.sql.empty() ? "" : "\n") + line;
    }
  }
  end();
  return records;
}

std::vector<std::string> texts(const engine::StatementResult& result) {
  std::vector<std::string> rows;
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      std::string line;
      for (size_t i = 0; i < batch.columns.size(); ++i) {
        std::string value;
        if (batch.columns[i]->is_null(row)) {
          value = "NULL";
        } else {
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
  return rows;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "    " + line + "\n";
  return out;
}

// What is wrong with the answer; empty: nothing.
std::string run(const Record& record, engine::Session& session) {
  std::vector<std::string> rows;
  const Status status = session.execute(record.sql, [&](engine::StatementResult result) -> Status {
    rows = texts(result);
    return {};
  });
  if (record.head.starts_with("statement error")) {
    if (status) return "  expected an error\n";
    const std::string code = record.head.size() > 16 ? record.head.substr(16) : "";
    if (code.empty() || status.error().sqlstate() == code) return "";
    return fmt::format("  expected {}, got {} ({})\n", code, status.error().sqlstate(),
                       status.error().to_string());
  }
  if (!status) return "  " + status.error().to_string() + "\n";
  if (!record.head.starts_with("query")) return "";
  std::vector<std::string> expected = record.rows;
  if (record.head.ends_with("rowsort")) {
    std::sort(rows.begin(), rows.end());
    std::sort(expected.begin(), expected.end());
  }
  if (rows == expected) return "";
  return "  expected\n" + joined(expected) + "  got\n" + joined(rows);
}

}  // namespace

int main(int argc, char** argv) {
  RealClock clock;
  int passed = 0;
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    engine::ScratchDatabase database(clock);
    const auto session = std::move(database.connect("test", "test")).value();
    for (const Record& record : read_records(argv[i])) {
      const std::string wrong = run(record, *session);
      wrong.empty() ? ++passed : ++failed;
      if (!wrong.empty())
        std::printf("FAILED %s:%d\n  %s\n%s", argv[i], record.line, record.sql.c_str(),
                    wrong.c_str());
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
