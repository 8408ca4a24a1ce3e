#include "differ/shrink.h"

#include <algorithm>

#include <fmt/core.h>

namespace weir::differ {

namespace {

class Shrinker {
 public:
  Shrinker(Postgres& postgres, Shrunk& best) : postgres_(postgres), best_(best) {}

  void run() {
    if (!still(best_.scenario)) return;
    best_.reproduced = true;
    for (int round = 0; round < 4; ++round) {
      const int before = trials_;
      const bool smaller = queries() | epochs() | changes() | pieces() | values();
      if (!smaller || trials_ - before > kMost) break;
    }
    tables();
  }

 private:
  static constexpr int kMost = 3000;

  bool still(const Scenario& scenario) {
    if (trials_++ > kMost) return false;
    TrialCounts counts;
    for (Difference& found : Trial(postgres_, scenario, counts).run(1)) {
      if (found.what != best_.difference.what || found.query != best_.difference.query)
        return false;
      best_.difference = std::move(found);
      best_.scenario = scenario;
      return true;
    }
    return false;
  }

  template <typename Remove>
  bool each(size_t count, Remove remove) {
    bool any = false;
    for (size_t i = count; i-- > 0;) {
      Scenario scenario = best_.scenario;
      if (remove(scenario, i)) any |= still(scenario);
    }
    return any;
  }

  bool queries() {
    Scenario alone = best_.scenario;
    std::erase_if(alone.queries, [&](const ScenarioQuery& query) {
      return query.name != best_.difference.query && query.partition < 0;
    });
    if (best_.difference.what != "partition") {
      Scenario one = alone;
      std::erase_if(one.queries, [&](const ScenarioQuery& query) {
        return query.name != best_.difference.query;
      });
      for (ScenarioQuery& query : one.queries) query.partition = -1;
      if (one.queries.size() < best_.scenario.queries.size() && still(one)) return true;
    }
    return each(best_.scenario.queries.size(), [&](Scenario& scenario, size_t i) {
      if (scenario.queries[i].name == best_.difference.query) return false;
      scenario.queries.erase(scenario.queries.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    });
  }

  // What is left behind the difference goes; then all in one epoch; then one by one.
  bool epochs() {
    Scenario merged = best_.scenario;
    ScenarioEpoch all;
    for (const ScenarioEpoch& epoch : merged.epochs) {
      all.changes.insert(all.changes.end(), epoch.changes.begin(), epoch.changes.end());
      all.toggled.insert(all.toggled.end(), epoch.toggled.begin(), epoch.toggled.end());
    }
    all.now = merged.epochs.back().now;
    merged.epochs = {all};
    if (best_.scenario.epochs.size() > 1 && still(merged)) return true;
    bool any = each(best_.scenario.epochs.size(), [](Scenario& scenario, size_t i) {
      if (i + 1 >= scenario.epochs.size()) return false;
      ScenarioEpoch& into = scenario.epochs[i + 1];
      const ScenarioEpoch& from = scenario.epochs[i];
      into.changes.insert(into.changes.begin(), from.changes.begin(), from.changes.end());
      into.toggled.insert(into.toggled.begin(), from.toggled.begin(), from.toggled.end());
      scenario.epochs.erase(scenario.epochs.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    });
    any |= each(best_.scenario.epochs.size(), [](Scenario& scenario, size_t i) {
      if (scenario.epochs[i].toggled.empty()) return false;
      scenario.epochs[i].toggled.clear();
      return true;
    });
    any |= each(best_.scenario.epochs.size(), [](Scenario& scenario, size_t i) {
      if (!scenario.epochs[i].restart) return false;
      scenario.epochs[i].restart = false;
      return true;
    });
    return any;
  }

  // A row that comes goes together with its going.
  static bool remove_change(Scenario& scenario, size_t epoch, size_t at) {
    auto& changes = scenario.epochs[epoch].changes;
    if (at >= changes.size() || changes[at].weight < 0) return false;
    const ScenarioChange gone = changes[at];
    changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(at));
    size_t from = at;
    for (; epoch < scenario.epochs.size(); ++epoch, from = 0) {
      auto& later = scenario.epochs[epoch].changes;
      for (size_t i = from; i < later.size(); ++i) {
        if (later[i].table != gone.table || later[i].row != gone.row || later[i].weight > 0)
          continue;
        later.erase(later.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
    }
    return true;
  }

  bool changes() {
    bool any = false;
    for (size_t epoch = best_.scenario.epochs.size(); epoch-- > 0;) {
      any |= each(best_.scenario.epochs[epoch].changes.size(), [&](Scenario& scenario, size_t i) {
        return remove_change(scenario, epoch, i);
      });
    }
    return any;
  }

  bool pieces() {
    bool any = false;
    for (size_t query = 0; query < best_.scenario.queries.size(); ++query) {
      bool smaller = true;
      while (smaller && trials_ < kMost) {
        smaller = false;
        for (const PartPtr& piece : simpler(best_.scenario.queries[query].sql)) {
          if (trials_ >= kMost) break;
          const size_t length = render(*best_.scenario.queries[query].sql).size();
          if (render(*piece).size() >= length) continue;
          Scenario scenario = best_.scenario;
          scenario.queries[query].sql = piece;
          smaller = still(scenario);
          any |= smaller;
          if (smaller) break;
        }
      }
    }
    return any;
  }

  // A value to NULL or to the pool's second, wherever the same row is named.
  bool values() {
    bool any = false;
    for (size_t table = 0; table < best_.scenario.tables.size(); ++table) {
      const auto& columns = best_.scenario.tables[table].columns;
      for (size_t c = best_.scenario.tables[table].keyed ? 1 : 0; c < columns.size(); ++c) {
        Scenario scenario = best_.scenario;
        bool changed = false;
        for (ScenarioEpoch& epoch : scenario.epochs) {
          for (ScenarioChange& change : epoch.changes) {
            if (change.table != table || change.row[c] == "\\N") continue;
            change.row[c] = "\\N";
            changed = true;
          }
        }
        if (changed) any |= still(scenario);
      }
    }
    return any;
  }

  void tables() {
    each(best_.scenario.tables.size(), [](Scenario& scenario, size_t i) {
      for (const ScenarioEpoch& epoch : scenario.epochs) {
        for (const ScenarioChange& change : epoch.changes) {
          if (change.table == i) return false;
        }
      }
      scenario.tables.erase(scenario.tables.begin() + static_cast<std::ptrdiff_t>(i));
      for (ScenarioEpoch& epoch : scenario.epochs) {
        for (ScenarioChange& change : epoch.changes) change.table -= change.table > i ? 1 : 0;
      }
      return true;
    });
  }

  Postgres& postgres_;
  Shrunk& best_;
  int trials_ = 0;
};

}  // namespace

Shrunk shrink(Postgres& postgres, Scenario scenario, Difference difference) {
  Shrunk out{std::move(scenario), std::move(difference)};
  Shrinker(postgres, out).run();
  return out;
}

std::string as_sql(const Shrunk& shrunk) {
  std::string out;
  for (const ScenarioTable& table : shrunk.scenario.tables) out += create_table(table) + ";\n";
  for (const ScenarioQuery& query : shrunk.scenario.queries)
    out += fmt::format("-- {}\n{};\n", query.name, render_for_postgres(*query.sql));
  int number = 0;
  for (const ScenarioEpoch& epoch : shrunk.scenario.epochs) {
    out += fmt::format("-- epoch {}{}\n{};\n", ++number, epoch.restart ? ", then a restart" : "",
                       Postgres::set_now(epoch.now));
    for (const std::string& name : epoch.toggled) out += "-- " + name + " comes or goes\n";
    for (const ScenarioChange& change : epoch.changes)
      out += statement(shrunk.scenario.tables[change.table], change) + ";\n";
  }
  return out;
}

std::string as_record(Postgres& postgres, const Shrunk& shrunk) {
  std::string out, asked;
  const auto say = [&](const std::string& sql) { out += "statement ok\n" + sql + "\n\n"; };
  postgres.run("deallocate all", nullptr);
  postgres.fresh_schema();
  for (const ScenarioTable& table : shrunk.scenario.tables) {
    say(create_table(table));
    postgres.run(create_table(table), nullptr);
  }
  for (const ScenarioQuery& query : shrunk.scenario.queries) {
    const std::string sql = render(*query.sql);
    say(fmt::format("create materialized view {} as\n{}", query.name, sql));
    const std::string plain = render_for_postgres(*query.sql);
    postgres.run(fmt::format("create view {} as {}", query.name, plain), nullptr);
    if (query.name == shrunk.difference.query) asked = "select * from " + query.name;
  }
  for (const ScenarioEpoch& epoch : shrunk.scenario.epochs) {
    for (const ScenarioChange& change : epoch.changes) {
      const std::string sql = statement(shrunk.scenario.tables[change.table], change);
      say(sql);
      postgres.run(sql, nullptr);
    }
  }
  Rows rows;
  postgres.run(asked, &rows);
  out += "query rowsort\n" + asked + "\n----\n";
  for (std::string& row : rows) {
    std::replace(row.begin(), row.end(), '|', '\t');
    out += row + "\n";
  }
  return out;
}

}  // namespace weir::differ
