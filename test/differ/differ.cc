// The prefix differ: the same random changes go to weir and to PostgreSQL; after each of them every
// view must hold exactly the rows that PostgreSQL answers to its SELECT. Four kinds of rounds:
//   session  SQL statements through the scratch engine (this file)
//   graph    epochs on the running graph, with restarts and grafts (graph_rounds.cc)
//   closing  event time: on_close, retain, late rows (closing_rounds.cc)
//   grammar  generated queries over the whole of SELECT (grammar_rounds.cc)
// usage: differ --postgres SOCKET_DIR [--seed N] [--comparisons N] [--kind KIND]
//        [--from ROUND] [--only TEXT] [--store FOLDER] [--unshrunk] [--verbose]
#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "base/log.h"
#include "differ/cases.h"
#include "differ/closing_rounds.h"
#include "differ/grammar_rounds.h"
#include "differ/graph_rounds.h"
#include "differ/running_graph.h"
#include "engine/scratch.h"

namespace {

using namespace weir;
using differ::Postgres;
using differ::Rows;
using differ::Tally;
using differ::ViewCase;

class Weir {
 public:
  Weir() : database_(clock_), session_(std::move(database_.connect("differ", "differ")).value()) {}

  std::string run(const std::string& sql, Rows* rows) {
    const Status status = session_->execute(sql, [&](engine::StatementResult result) -> Status {
      for (const Batch& batch : result.batches) {
        for (uint32_t row = 0; rows && row < batch.rows; ++row) {
          rows->push_back(differ::row_line(batch, row));
        }
      }
      return {};
    });
    if (rows) std::sort(rows->begin(), rows->end());
    return status ? "" : status.error().sqlstate() + " " + status.error().to_string();
  }

 private:
  RealClock clock_;
  engine::ScratchDatabase database_;
  std::unique_ptr<engine::Session> session_;
};

// New tables, all views, and some sixty statements.
class SessionRound {
 public:
  SessionRound(Postgres& postgres, Random& random, Tally& tally)
      : postgres_(postgres), random_(random), tally_(tally) {}

  void run() {
    postgres_.fresh_schema();
    std::vector<ViewCase> views = differ::fixed_views();
    for (int i = 0; i < 30; ++i) views.push_back(differ::random_view(random_, i));
    for (const std::string& sql : differ::tables()) both(sql);
    std::erase_if(views, [&](const ViewCase& view) { return !make(view); });
    differ::Stream stream(random_);
    for (int step = 0; step < 60 && !tally_.enough(); ++step) {
      both(stream.next());
      for (const ViewCase& view : views) {
        compare(view);
        if (tally_.failed >= 10) return;
      }
    }
  }

 private:
  void both(const std::string& sql) {
    ++statements_;
    if (tally_.verbose) std::printf("    %s;\n", sql.c_str());
    const std::string theirs = postgres_.run(sql, nullptr);
    const std::string ours = weir_.run(sql, nullptr);
    if (theirs.substr(0, 5) == ours.substr(0, 5)) return;
    tally_.fail(where(), fmt::format("{}\n  PostgreSQL: {}\n  weir: {}", sql, theirs, ours));
  }

  bool make(const ViewCase& view) {
    if (!tally_.chosen(view.sql)) return false;
    const std::string error =
        weir_.run(fmt::format("create materialized view {} as {}", view.name, view.sql), nullptr);
    if (error.empty()) return true;
    Rows rows;
    const std::string theirs = postgres_.run(view.postgres, &rows);
    // A generated query that both refuse says nothing; one that PostgreSQL answers must be
    // answered.
    if (theirs.empty()) tally_.fail(where(), fmt::format("{}\n  weir: {}", view.sql, error));
    return false;
  }

  void compare(const ViewCase& view) {
    Rows theirs, ours;
    const std::string refused = postgres_.run(view.postgres, &theirs);
    if (!refused.empty()) return;  // an overflow or the like: a dead letter here, an error there
    const std::string error = weir_.run("select * from " + view.name, &ours);
    ++tally_.compared;
    if (error.empty() && theirs == ours) return;
    tally_.fail(where(), view.sql + "\n" + error + differ::difference(theirs, ours));
  }

  std::string where() const {
    return fmt::format("session round {}, statement {}", tally_.rounds, statements_);
  }

  Postgres& postgres_;
  Random& random_;
  Tally& tally_;
  Weir weir_;
  int statements_ = 0;
};

int run(const std::string& socket_dir, const std::string& kind, Tally& tally,
        differ::Campaign& campaign) {
  Postgres postgres(socket_dir);
  while (!tally.enough()) {
    // A round is a function of the seed and its number: a failure can be had again by --from.
    Random random(tally.seed * 1'000'003 + static_cast<uint64_t>(tally.rounds));
    ++tally.rounds;
    const int turn = tally.rounds % 4;
    if (kind == "session" || (kind.empty() && turn == 1))
      SessionRound(postgres, random, tally).run();
    if (kind == "graph" || (kind.empty() && turn % 2 == 0))
      differ::graph_round(postgres, random, tally);
    if (kind == "closing" || (kind.empty() && turn == 3))
      differ::closing_round(postgres, random, tally);
    if (kind == "grammar") differ::grammar_round(postgres, random, campaign);
  }
  if (kind == "grammar") print_summary(campaign);
  std::printf("seed %lu: %lu comparisons in %d rounds\n", static_cast<unsigned long>(tally.seed),
              static_cast<unsigned long>(tally.compared), tally.rounds);
  const uint64_t failed = static_cast<uint64_t>(tally.failed);
  std::printf("%lu passed, %d failed\n",
              static_cast<unsigned long>(tally.compared - std::min(tally.compared, failed)),
              tally.failed);
  return tally.failed == 0 && tally.compared > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Tally tally;
  tally.wanted = 10'000;
  std::string socket_dir;
  std::string kind;
  differ::Campaign campaign;
  campaign.tally = &tally;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (name == "--postgres") socket_dir = value();
    if (name == "--seed") tally.seed = std::strtoull(value().c_str(), nullptr, 10);
    if (name == "--comparisons") tally.wanted = std::strtoull(value().c_str(), nullptr, 10);
    if (name == "--from") tally.rounds = std::max(0, std::atoi(value().c_str()) - 1);
    if (name == "--kind") kind = value();
    if (name == "--only") tally.only = value();
    if (name == "--store") campaign.store = value();
    if (name == "--unshrunk") campaign.shrinks = false;
    if (name == "--verbose") tally.verbose = true;
  }
  set_log_level(LogLevel::kOff);
  return run(socket_dir, kind, tally, campaign);
}
