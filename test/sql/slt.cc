// Runs files of records against the scratch engine and compares with the rows in the file, which
// PostgreSQL has answered (test/sql/record). A record is one of
//
//   statement ok            query [rowsort]
//   create table ...        select ...
//                           ----
//   statement error 22012   1<TAB>NULL
//   select 1/0              2<TAB>(empty)
//
// with an empty line behind it; a line that begins with # is a comment. Every query over a table
// runs once more as a view (test/sql/as_view.h). usage: slt FILE...
#include <cstdio>
#include <fstream>

#include <fmt/core.h>

#include "base/clock.h"
#include "engine/scratch.h"
#include "sql/as_view.h"

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

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "    " + line + "\n";
  return out;
}

// What is wrong with the answer; empty: nothing.
std::string run(const Record& record, engine::Session& session) {
  Result<test::Lines> rows = test::rows_of(session, record.sql);
  if (record.head.starts_with("statement error")) {
    if (rows) return "  expected an error\n";
    const std::string code = record.head.size() > 16 ? record.head.substr(16) : "";
    if (code.empty() || rows.error().sqlstate() == code) return "";
    return fmt::format("  expected {}, got {} ({})\n", code, rows.error().sqlstate(),
                       rows.error().to_string());
  }
  if (!rows) return "  " + rows.error().to_string() + "\n";
  if (!record.head.starts_with("query")) return "";
  std::vector<std::string> expected = record.rows;
  if (record.head.ends_with("rowsort")) {
    std::sort(rows->begin(), rows->end());
    std::sort(expected.begin(), expected.end());
  }
  if (*rows == expected) return "";
  return "  expected\n" + joined(expected) + "  got\n" + joined(*rows);
}

struct Tally {
  int passed = 0;
  int failed = 0;
  int views = 0;  // of the passed ones

  void add(const char* file, const Record& record, const std::string& wrong) {
    wrong.empty() ? ++passed : ++failed;
    if (wrong.empty()) return;
    std::printf("FAILED %s:%d\n  %s\n%s", file, record.line, record.sql.c_str(), wrong.c_str());
  }
};

// Trials have a database of their own: they change the order in which rows arrived.
void run_file(const char* file, Clock& clock, Tally& tally) {
  engine::ScratchDatabase database(clock);
  engine::ScratchDatabase for_trials(clock);
  const auto session = std::move(database.connect("test", "test")).value();
  const auto trials = std::move(for_trials.connect("test", "test")).value();
  for (const Record& record : read_records(file)) {
    const std::string wrong = run(record, *session);
    tally.add(file, record, wrong);
    if (!record.head.starts_with("query")) {
      (void)test::rows_of(*trials, record.sql);
    } else if (wrong.empty() && trials->transaction_state() == engine::TransactionState::kIdle) {
      const test::Trial trial = test::try_as_view(*trials, record.sql, record.rows);
      if (!trial.tried) continue;
      tally.add(file, record, trial.wrong);
      tally.views += trial.wrong.empty();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  RealClock clock;
  Tally tally;
  for (int i = 1; i < argc; ++i) run_file(argv[i], clock, tally);
  std::printf("%d of them as views\n%d passed, %d failed\n", tally.views, tally.passed,
              tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}
