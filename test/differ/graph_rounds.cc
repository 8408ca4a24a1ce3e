#include "differ/graph_rounds.h"

#include <algorithm>

#include "differ/cases.h"
#include "differ/row_stream.h"
#include "differ/running_graph.h"

namespace weir::differ {

namespace {

// Values that are equal and look different (1.1 and 1.10, -0 and 0, '1 day' and '24:00:00') have
// one representative in a group; which one, PostgreSQL does not say either.
std::string plain_number(const std::string& text) {
  if (text == "-0") return "0";
  const size_t point = text.find('.');
  if (point == std::string::npos || text.find_first_not_of("-0123456789.") != std::string::npos) {
    return text;
  }
  size_t end = text.size();
  while (text[end - 1] == '0') --end;
  return text.substr(0, end - 1 == point ? point : end);
}
std::string by_value(const std::string& line) {
  std::string out;
  size_t begin = 0;
  while (begin <= line.size()) {
    const size_t end = std::min(line.find('|', begin), line.size());
    out += plain_number(line.substr(begin, end - begin)) + "|";
    begin = end + 1;
  }
  return out;
}
Rows by_value(Rows rows) {
  for (std::string& row : rows) row = by_value(row);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Numbers of more than 38 digits are an overflow in weir (docs/sql.md).
bool beyond_numeric(const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const std::string& row) {
    int digits = 0;
    for (const char c : row) {
      if (c >= '0' && c <= '9') {
        if (++digits > 38) return true;
      } else if (c != '.') {
        digits = 0;
      }
    }
    return false;
  });
}

class GraphRound {
 public:
  GraphRound(Postgres& postgres, Random& random, Tally& tally)
      : postgres_(postgres), random_(random), tally_(tally), graph_(stream_.catalog()) {}

  void run() {
    postgres_.fresh_schema();
    for (const std::string& sql : stream_.postgres_tables()) postgres_.run(sql, nullptr);
    std::vector<ViewCase> cases = fixed_views();
    for (ViewCase& view : cases) view.by_value = leaves_open(view.sql);
    for (const ViewCase& view : graph_views()) cases.push_back(view);
    for (int i = 0; i < 30; ++i) cases.push_back(random_view(random_, i));
    for (const ViewCase& view : cases) make(view);
    for (int epoch = 0; epoch < 40 && !tally_.enough(); ++epoch) step();
  }

 private:
  static catalog::ViewDefinition definition(const ViewCase& view) {
    catalog::ViewDefinition definition;
    definition.name = view.name;
    definition.sql = view.sql;
    return definition;
  }

  void make(const ViewCase& view) {
    if (!tally_.chosen(view.sql)) return;
    const Status made = graph_.add(definition(view));
    if (made) {
      views_.push_back(view);
      // What later cases read is there for PostgreSQL too.
      postgres_.run(fmt::format("create view {} as {}", view.name, view.postgres), nullptr);
      return;
    }
    Rows rows;
    if (!postgres_.run(view.postgres, &rows).empty()) return;
    tally_.fail(where(), view.sql + "\n  weir: " + made.error().to_string());
  }

  void step() {
    ++epoch_;
    const std::vector<Change> changes = stream_.epoch(random_);
    std::string sql = "begin;";
    for (const Change& change : changes) sql += stream_.sql(change);
    const std::string refused = postgres_.run(sql + "commit", nullptr);
    if (!refused.empty()) return tally_.fail(where(), sql + "\n  PostgreSQL: " + refused);
    if (tally_.verbose) std::printf("-- epoch %d\n%s\n", epoch_, sql.c_str());
    graph_.begin({});
    feed(changes);
    graph_.finish({});
    if (random_.chance(0.15)) {
      const Status restarted = graph_.restart(random_.chance(0.5));
      if (!restarted) return tally_.fail(where(), restarted.error().to_string());
    }
    if (random_.chance(0.1)) replace_a_view();
    // A view that failed once says nothing more.
    std::erase_if(views_,
                  [&](const ViewCase& view) { return tally_.failed < 10 && !compare(view); });
  }

  // In order within a relation; batches end at random.
  void feed(const std::vector<Change>& changes) {
    std::vector<std::vector<const Change*>> waiting(stream_.tables());
    const auto flush = [&](size_t table) {
      if (waiting[table].empty()) return;
      graph_.push(stream_.name(table), stream_.batch(table, waiting[table]));
      waiting[table].clear();
    };
    for (const Change& change : changes) {
      waiting[change.table].push_back(&change);
      if (random_.chance(0.5)) flush(random_.below(stream_.tables()));
    }
    for (size_t table = stream_.tables(); table-- > 0;) flush(table);
  }

  // Removed and grafted on again: what it shares with others stays in the graph.
  void replace_a_view() {
    const ViewCase view = views_[random_.below(views_.size())];
    if (view.name[0] == 'g') return;  // others may read it
    graph_.remove(view.name);
    const Status grafted = graph_.graft(definition(view), stream_.contents());
    if (!grafted) tally_.fail(where(), view.sql + "\n  graft: " + grafted.error().to_string());
  }

  bool compare(const ViewCase& view) {
    Rows theirs;
    const std::string refused = postgres_.run(view.postgres, &theirs);
    if (!refused.empty())
      return true;  // an overflow or the like: a dead letter here, an error there
    if (beyond_numeric(theirs)) return true;
    Rows ours = graph_.rows(view.name);
    ++tally_.compared;
    if (theirs == ours) return true;
    if (view.by_value) {
      theirs = by_value(std::move(theirs));
      ours = by_value(std::move(ours));
      if (theirs == ours) return true;
    }
    tally_.fail(where(), view.sql + "\n" + difference(theirs, ours));
    return false;
  }

  std::string where() const {
    return fmt::format("graph round {}, epoch {}", tally_.rounds, epoch_);
  }

  Postgres& postgres_;
  Random& random_;
  Tally& tally_;
  RowStream stream_;
  RunningGraph graph_;
  std::vector<ViewCase> views_;
  int epoch_ = 0;
};

}  // namespace

void graph_round(Postgres& postgres, Random& random, Tally& tally) {
  GraphRound(postgres, random, tally).run();
}

}  // namespace weir::differ
