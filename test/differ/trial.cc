#include "differ/trial.h"

#include <algorithm>

#include <fmt/core.h>

#include "data/wire_type.h"

namespace weir::differ {

namespace {

// Messages that differ by a place or a number are one.
std::string without_numbers(std::string text) {
  std::string out;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c < '0' || c > '9') out += c;
  }
  return out;
}

std::string clipped(const std::string& text) {
  constexpr size_t kMost = 1500;
  return text.size() <= kMost ? text : text.substr(0, kMost) + " ...\n";
}

}  // namespace

std::string columns_of(const Schema& schema) {
  std::string out;
  for (const Field& field : schema.fields) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", field.name, wire_type(field.type).oid);
  }
  return out;
}

void Trial::found(std::string what, const std::string& query, std::string detail) {
  const auto dead = graph_->dead().find(query);
  if (dead != graph_->dead().end()) detail += "  a row's error in weir: " + dead->second + "\n";
  found_.push_back({std::move(what), query, clipped(detail)});
  const auto it = std::find_if(queries_.begin(), queries_.end(),
                               [&](const ScenarioQuery& q) { return q.name == query; });
  if (it != queries_.end()) queries_.erase(it);
}

void Trial::start() {
  postgres_.run("deallocate all", nullptr);
  postgres_.fresh_schema();
  postgres_.run("set statement_timeout = 3000", nullptr);
  graph_ = std::make_unique<RunningGraph>(catalog_of(scenario_));
  std::string sql;
  for (const ScenarioTable& table : scenario_.tables) sql += create_table(table) + ";";
  if (counts_.verbose) std::printf("%s\n", sql.c_str());
  const std::string refused = postgres_.run(sql, nullptr);
  if (!refused.empty()) found("tables", "", sql + "\n" + refused);
  rows_.assign(scenario_.tables.size(), {});
  for (const ScenarioQuery& query : scenario_.queries) make(query);
  graph_->begin({});  // rows of VALUES come in the first epoch: what is grafted on has seen one
  graph_->finish({});
  for (const ScenarioQuery& query : std::vector<ScenarioQuery>(queries_)) {
    if (query.late) toggle(query.name);
  }
}

std::map<std::string, Batch> Trial::contents() const {
  std::map<std::string, Batch> out;
  for (size_t table = 0; table < rows_.size(); ++table) {
    const std::vector<int> ones(rows_[table].size(), 1);
    out.emplace(scenario_.tables[table].name,
                batch_of(scenario_.tables[table], rows_[table], ones));
  }
  return out;
}

// A view that is there goes, one that is not there is made over the rows as they are.
void Trial::toggle(const std::string& name) {
  const auto query = std::find_if(queries_.begin(), queries_.end(),
                                  [&](const ScenarioQuery& other) { return other.name == name; });
  if (query == queries_.end()) return;
  if (absent_.insert(name).second) return graph_->remove(name);
  absent_.erase(name);
  std::vector<std::string> reads;
  for (const ScenarioQuery& other : queries_) {
    if (other.view) reads.push_back(other.name);
  }
  catalog::ViewDefinition definition;
  definition.name = name;
  definition.sql = render(*query->sql);
  ++counts_.grafted;
  const Status grafted = graph_->graft(definition, contents(), reads);
  if (!grafted) found("graft", name, grafted.error().to_string());
}

void Trial::make(const ScenarioQuery& query) {
  const std::string sql = render(*query.sql);
  std::string columns;
  if (counts_.verbose) {
    std::printf("%s: %s\n", query.name.c_str(), sql.c_str());
    std::fflush(stdout);  // what ends the process here is still told
  }
  const std::string plain = render_for_postgres(*query.sql);
  const std::string theirs = postgres_.prepare(query.name, plain, &columns);
  if (!make_in_weir(query, sql, theirs, columns)) return;
  if (query.view) {
    const std::string error =
        postgres_.run(fmt::format("create view {} as {}", query.name, plain), nullptr);
    if (!error.empty()) found("view", query.name, sql + "\n" + error);
  }
  queries_.push_back(query);
}

bool Trial::make_in_weir(const ScenarioQuery& query, const std::string& sql,
                         const std::string& theirs, const std::string& columns) {
  catalog::ViewDefinition definition;
  definition.name = query.name;
  definition.sql = sql;
  const Status made = graph_->add(definition);
  if (made && theirs.empty()) {
    const std::string ours = columns_of(graph_->schema(query.name));
    if (ours != columns)
      found("columns", query.name,
            fmt::format("{}\n  PostgreSQL: {}\n  weir: {}\n", sql, columns, ours));
    return ours == columns;
  }
  if (made) {
    graph_->remove(query.name);
    if (theirs.substr(0, 2) == "0A" || theirs.substr(0, 2) == "57") return false;
    found("accepted " + theirs.substr(0, 5), query.name, sql + "\n  PostgreSQL: " + theirs);
    return false;
  }
  // What it reads was refused before.
  if (theirs.substr(0, 5) == "42P01") return false;
  const std::string state = made.error().sqlstate();
  const std::string ours = state + " " + made.error().to_string();
  if (!theirs.empty()) {
    ++counts_.refused_by_both[theirs.substr(0, theirs.find('\n'))];
    if (theirs.substr(0, 2) != state.substr(0, 2) && state != "0A000") {
      found("refused otherwise " + theirs.substr(0, 5) + state, query.name,
            fmt::format("{}\n  PostgreSQL: {}  weir: {}\n", sql, theirs, ours));
    }
    return false;
  }
  if (state == "0A000") {
    ++counts_.refused[without_numbers(ours)];
    counts_.refused_example[without_numbers(ours)] = sql;
    return false;
  }
  found("refused " + state + without_numbers(ours), query.name,
        fmt::format("{}\n  weir: {}\n", sql, ours));
  return false;
}

void Trial::step(const ScenarioEpoch& epoch) {
  for (const std::string& name : epoch.toggled) toggle(name);
  now_ = epoch.now;
  std::string sql = "begin;" + Postgres::set_now(now_) + ";";
  graph_->begin({}, now_);
  std::vector<std::vector<ScenarioRow>> rows(scenario_.tables.size());
  std::vector<std::vector<int>> weights(scenario_.tables.size());
  for (const ScenarioChange& change : epoch.changes) {
    const size_t table = change.table;
    sql += statement(scenario_.tables[table], change) + ";";
    rows[table].push_back(change.row);
    weights[table].push_back(change.weight);
    auto& all = rows_[table];
    if (change.weight > 0) all.push_back(change.row);
    const auto it = std::find(all.begin(), all.end(), change.row);
    if (change.weight < 0 && it != all.end()) all.erase(it);
  }
  for (size_t table = 0; table < rows.size(); ++table) {
    if (rows[table].empty()) continue;
    graph_->push(scenario_.tables[table].name,
                 batch_of(scenario_.tables[table], rows[table], weights[table]));
  }
  graph_->finish({});
  const std::string refused = postgres_.run(sql + "commit", nullptr);
  if (!refused.empty()) found("changes", "", sql + "\n" + refused);
  if (!epoch.restart) return;
  const Status restarted = graph_->restart(epoch.from_deltas);
  if (!restarted) found("restart", "", restarted.error().to_string());
}

void Trial::compare() {
  for (const auto& [view, row] : graph_->broken()) {
    const auto known = std::any_of(queries_.begin(), queries_.end(),
                                   [&](const ScenarioQuery& query) { return query.name == view; });
    if (known) found("gave back a row that was not there", view, row + "\n");
  }
  std::vector<std::string> names;
  for (const ScenarioQuery& query : queries_) names.push_back(query.name);
  const auto answers = postgres_.answers(names);
  for (size_t i = 0; i < names.size(); ++i) {
    if (absent_.contains(names[i])) continue;
    if (!answers[i].error.empty()) {
      ++counts_.errors[answers[i].error.substr(0, answers[i].error.find('\n'))];
      if (answers[i].error.substr(0, 2) == "57") {  // longer than three seconds: not asked again
        std::erase_if(queries_, [&](const ScenarioQuery& q) { return q.name == names[i]; });
      }
      const auto query =
          std::find_if(queries_.begin(), queries_.end(),
                       [&](const ScenarioQuery& other) { return other.name == names[i]; });
      if (query != queries_.end() && query->fails)
        compare_error(ScenarioQuery(*query), answers[i].error);
      continue;
    }
    const Rows ours = graph_->rows(names[i]);
    ++counts_.compared;
    if (ours != answers[i].rows && refused_a_row(names[i])) continue;
    if (ours != answers[i].rows) found("rows", names[i], difference(answers[i].rows, ours));
  }
}

// What weir has not and says so only once it sees the row: an option of a regular expression.
bool Trial::refused_a_row(const std::string& query) {
  const auto it = std::find_if(queries_.begin(), queries_.end(),
                               [&](const ScenarioQuery& other) { return other.name == query; });
  if (it == queries_.end() || !it->fails) return false;
  const std::string error = error_of(*it);
  if (error.substr(0, 5) != "0A000") return false;
  ++counts_.refused[error];
  counts_.refused_example.emplace(error, render(*it->sql));
  std::erase_if(queries_, [&](const ScenarioQuery& other) { return other.name == query; });
  return true;
}

// The first error of a row now, with no row that came before and is gone.
std::string Trial::error_of(const ScenarioQuery& query) const {
  RunningGraph fresh(catalog_of(scenario_));
  catalog::ViewDefinition definition;
  definition.name = query.name;
  definition.sql = render(*query.sql);
  if (!fresh.add(definition)) return "";
  push_rows(fresh);
  const auto dead = fresh.dead().find(query.name);
  return dead == fresh.dead().end() ? "" : dead->second;
}

// Their classes must be the same.
void Trial::compare_error(const ScenarioQuery& query, const std::string& theirs) {
  const std::string ours = error_of(query);
  ++counts_.compared;
  ++counts_.errors_compared;
  if (ours.substr(0, 2) == theirs.substr(0, 2) || refused_a_row(query.name)) return;
  const std::string state = ours.empty() ? "" : ours.substr(0, 5);
  found("error " + theirs.substr(0, 5) + state, query.name,
        fmt::format("{}\n  PostgreSQL: {}  weir: {}\n", render(*query.sql), theirs, ours));
}

void Trial::push_rows(RunningGraph& graph) const {
  graph.begin({}, now_);
  for (const auto& [relation, rows] : contents()) {
    if (rows.rows > 0) graph.push(relation, rows);
  }
  graph.finish({});
}

void Trial::compare_partition(size_t first) {
  Rows parts;
  for (size_t i = 1; i < 4; ++i) {
    const ScenarioQuery& query = queries_[first + i];
    if (query.partition != queries_[first].partition) return;
    const Rows rows = graph_->rows(query.name);
    parts.insert(parts.end(), rows.begin(), rows.end());
  }
  std::sort(parts.begin(), parts.end());
  const Rows whole = graph_->rows(queries_[first].name);
  ++counts_.partitioned;
  if (parts != whole) found("partition", queries_[first].name, difference(whole, parts));
}

void Trial::recompute() {
  RunningGraph fresh(catalog_of(scenario_));
  std::vector<std::string> names;
  for (const ScenarioQuery& query : queries_) {
    catalog::ViewDefinition definition;
    definition.name = query.name;
    definition.sql = render(*query.sql);
    if (fresh.add(definition) && !absent_.contains(query.name)) names.push_back(query.name);
  }
  push_rows(fresh);
  for (const std::string& name : names) {
    ++counts_.recomputed;
    const Rows maintained = graph_->rows(name), at_once = fresh.rows(name);
    if (maintained != at_once) found("recomputed", name, difference(at_once, maintained));
  }
}

std::vector<Difference> Trial::run(size_t most) {
  start();
  for (const ScenarioEpoch& epoch : scenario_.epochs) {
    if (found_.size() >= most || queries_.empty()) break;
    step(epoch);
    compare();
    ++steps_;
    for (size_t i = 0; i + 3 < queries_.size(); ++i) {
      if (queries_[i].partition >= 0) compare_partition(i);
    }
    if (steps_ % 8 == 0) recompute();
  }
  if (found_.size() < most) recompute();
  return found_;
}

}  // namespace weir::differ
