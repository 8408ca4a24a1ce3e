#include "differ/grammar_rounds.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <fmt/core.h>

#include "differ/grammar.h"
#include "differ/shrink.h"

namespace weir::differ {

namespace {

constexpr int kQueries = 26;
constexpr int kEpochs = 24;

NamedRelation relation_of(const ScenarioTable& table) {
  NamedRelation out{table.name, {}, 12, table.keyed};
  for (const auto& [name, pool] : table.columns)
    out.columns.push_back({name, name, pool.kind, pool.facts});
  return out;
}

// Some views are made later, some go, some of these come again.
void come_and_go(Random& random, Scenario& scenario) {
  for (ScenarioQuery& query : scenario.queries) {
    if (query.view || query.partition >= 0 || !random.chance(0.25)) continue;
    query.late = random.chance(0.5);
    for (uint64_t i = 1 + random.below(3); i-- > 0;)
      scenario.epochs[random.below(scenario.epochs.size())].toggled.push_back(query.name);
  }
}

// Queries that belong together; none: another kind's turn.
bool add_several(Random& random, Grammar& grammar, Scenario& scenario) {
  const bool partition = random.chance(0.06);
  if (!partition && !random.chance(0.06)) return false;
  const int group = partition ? static_cast<int>(scenario.queries.size()) : -1;
  for (const PartPtr& sql : partition ? grammar.partition() : grammar.family()) {
    const std::string name = fmt::format("{}{}", partition ? "p" : "s", scenario.queries.size());
    scenario.queries.push_back({name, sql, false, false, group});
  }
  return true;
}

Scenario random_scenario(Random& random, Campaign& campaign) {
  Scenario out;
  out.tables = random_tables(random);
  Grammar grammar(random, campaign.features);
  for (const ScenarioTable& table : out.tables) grammar.add_relation(relation_of(table));
  for (int i = 0; i < kQueries; ++i) {
    if (add_several(random, grammar, out)) continue;
    const PartPtr recent = random.chance(0.12) ? grammar.recent() : nullptr;
    if (recent) {
      out.queries.push_back({fmt::format("n{}", out.queries.size()), recent, false, false, -1});
      continue;
    }
    if (random.chance(0.2)) {
      const std::string name = fmt::format("f{}", out.queries.size());
      out.queries.push_back({name, grammar.calls(), false, true, -1});
      continue;
    }
    const Relation query = grammar.query();
    const std::string name = fmt::format("v{}", out.queries.size());
    const bool read = random.chance(0.15) && query.rows <= 60;
    out.queries.push_back({name, query.sql, read, false, -1});
    if (read) {
      ++campaign.features["view that others read"];
      NamedRelation view{name, query.columns, query.rows};
      grammar.add_relation(view);
    }
  }
  out.epochs = random_epochs(random, out.tables, kEpochs);
  come_and_go(random, out);
  return out;
}

std::string query_of(const Scenario& scenario, const Difference& difference) {
  for (const ScenarioQuery& query : scenario.queries) {
    if (query.name == difference.query) return query.name + ": " + render(*query.sql) + "\n";
  }
  return "";
}

void tell(Postgres& postgres, const Scenario& scenario, const Difference& difference,
          Campaign& campaign) {
  Tally& tally = *campaign.tally;
  const std::string where = fmt::format("grammar round {}", tally.rounds);
  if (!campaign.shrinks) {
    const std::string sql = query_of(scenario, difference);
    return tally.fail(where, difference.what + ": " + sql + difference.detail);
  }
  const Shrunk shrunk = shrink(postgres, scenario, difference);
  const std::string sql = shrunk.reproduced ? as_sql(shrunk) : query_of(scenario, difference);
  tally.fail(where, fmt::format("{}{}\n{}{}", difference.what,
                                shrunk.reproduced ? "" : " (not again)", sql,
                                shrunk.difference.detail));
  if (campaign.store.empty()) return;
  const std::string name = fmt::format("{}/seed_{}_round_{}_{}.slt", campaign.store, tally.seed,
                                       tally.rounds, difference.query);
  std::ofstream(name) << as_record(postgres, shrunk);
}

}  // namespace

void grammar_round(Postgres& postgres, Random& random, Campaign& campaign) {
  Tally& tally = *campaign.tally;
  const Scenario scenario = random_scenario(random, campaign);
  campaign.counts.verbose = tally.verbose;
  const uint64_t before = campaign.counts.compared;
  const auto found = Trial(postgres, scenario, campaign.counts).run(5);
  tally.compared += campaign.counts.compared - before;
  for (const Difference& difference : found) tell(postgres, scenario, difference, campaign);
}

void print_summary(const Campaign& campaign) {
  const TrialCounts& counts = campaign.counts;
  const auto number = [](uint64_t n) { return static_cast<unsigned long>(n); };
  std::printf("grammar: %lu answers compared with PostgreSQL, %lu of them errors; %lu with a "
              "recomputation, %lu partitions, %lu views made later\n",
              number(counts.compared), number(counts.errors_compared), number(counts.recomputed),
              number(counts.partitioned), number(counts.grafted));
  for (const auto& [message, count] : counts.errors)
    std::printf("PostgreSQL's answer failed %lu times: %s\n", number(count), message.c_str());
  for (const auto& [message, count] : counts.refused_by_both)
    std::printf("both refused %lu: %s\n", number(count), message.c_str());
  for (const auto& [feature, count] : campaign.features)
    std::printf("  %10lu  %s\n", number(count), feature.c_str());
  for (const auto& [message, count] : counts.refused)
    std::printf("weir alone refused %lu: %s\n    %s\n", number(count), message.c_str(),
                counts.refused_example.at(message).c_str());
}

}  // namespace weir::differ
