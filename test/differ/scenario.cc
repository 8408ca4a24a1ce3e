#include "differ/scenario.h"

#include <algorithm>

#include <fmt/core.h>

#include "data/text_form.h"

namespace weir::differ {

namespace {

// Ids of a keyed table: few, so that they come again.
Pool ids() {
  Pool pool{"integer", Kind::kInt4, {}, {}};
  pool.facts.bound = 12;
  pool.facts.fixed = 0;
  for (int i = 1; i <= 12; ++i) pool.values.push_back(std::to_string(i));
  return pool;
}

class Changes {
 public:
  Changes(Random& random, const std::vector<ScenarioTable>& tables)
      : random_(random), tables_(tables), rows_(tables.size()) {}

  ScenarioEpoch next(int most) {
    ScenarioEpoch out;
    now_ += random_.between(0, 1) * random_.between(0, 3 * 24 * 60) * kMinute;
    out.now = now_;
    out.restart = random_.chance(0.08);
    out.from_deltas = random_.chance(0.5);
    for (uint64_t i = 1 + random_.below(static_cast<uint64_t>(most)); i-- > 0;) step(out);
    return out;
  }

 private:
  void step(ScenarioEpoch& out) {
    const size_t table = random_.below(tables_.size());
    auto& rows = rows_[table];
    const uint64_t kind = random_.below(10);
    if (rows.empty() || (kind < 6 && rows.size() < 12))
      return insert(out, table, random_row(table));
    const size_t at = random_.below(rows.size());
    const ScenarioRow old = rows[at];
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
    out.changes.push_back({table, old, -1});
    if (kind < 7) return;
    ScenarioRow row = random_row(table);
    for (size_t i = 0; i < row.size(); ++i) {
      const bool key = tables_[table].keyed && i == 0;
      if (key || random_.chance(0.6)) row[i] = old[i];
    }
    if (kind == 9) row = old;  // comes back in the same epoch
    insert(out, table, row);
    if (random_.chance(0.1)) {
      while (!rows.empty()) {
        out.changes.push_back({table, rows.back(), -1});
        rows.pop_back();
      }
    }
  }

  ScenarioRow random_row(size_t table) {
    ScenarioRow row;
    for (const auto& [name, pool] : tables_[table].columns)
      row.push_back(pool.values[random_.below(pool.values.size())]);
    const auto& rows = rows_[table];
    const bool again = !tables_[table].keyed && !rows.empty() && random_.chance(0.2);
    return again ? rows[random_.below(rows.size())] : row;
  }

  void insert(ScenarioEpoch& out, size_t table, const ScenarioRow& row) {
    auto& rows = rows_[table];
    const bool taken = tables_[table].keyed &&
                       std::any_of(rows.begin(), rows.end(),
                                   [&](const ScenarioRow& other) { return other[0] == row[0]; });
    if (taken) return;
    rows.push_back(row);
    out.changes.push_back({table, row, 1});
  }

  static constexpr Micros kMinute = 60'000'000;
  static constexpr Micros kStart = 1'706'659'200'000'000;  // 2024-01-31, where pools have times

  Random& random_;
  Micros now_ = kStart;
  const std::vector<ScenarioTable>& tables_;
  std::vector<std::vector<ScenarioRow>> rows_;
};

}  // namespace

std::vector<ScenarioTable> random_tables(Random& random) {
  std::vector<ScenarioTable> out(2 + random.below(3));
  for (size_t i = 0; i < out.size(); ++i) {
    ScenarioTable& table = out[i];
    table.name = fmt::format("t{}", i + 1);
    table.keyed = random.chance(0.5);
    const size_t columns = 2 + random.below(5);
    for (size_t c = 0; c < columns; ++c) {
      const Kind kind = c == 0 ? Kind::kInt4 : random_kind(random);
      std::vector<const Pool*> fitting;
      for (const Pool& pool : pools()) {
        if (pool.kind == kind) fitting.push_back(&pool);
      }
      const Pool& pool = table.keyed && c == 0 ? ids() : *fitting[random.below(fitting.size())];
      table.columns.push_back({std::string(1, static_cast<char>('a' + c)), pool});
    }
  }
  return out;
}

std::vector<ScenarioEpoch> random_epochs(Random& random, const std::vector<ScenarioTable>& tables,
                                         int count) {
  Changes changes(random, tables);
  std::vector<ScenarioEpoch> out;
  for (int i = 0; i < count; ++i) out.push_back(changes.next(i == 0 ? 20 : 6));
  return out;
}

catalog::Catalog catalog_of(const Scenario& scenario) {
  catalog::Catalog out;
  for (const ScenarioTable& table : scenario.tables) {
    catalog::StreamDefinition stream;
    stream.name = table.name;
    for (const auto& [name, pool] : table.columns)
      stream.schema.fields.push_back({name, parse_type(pool.type).value()});
    stream.mode = catalog::SourceMode::kUpsert;
    if (table.keyed) stream.key = {table.columns[0].first};
    out.add_stream(stream);
  }
  return out;
}

std::string create_table(const ScenarioTable& table) {
  std::string columns;
  for (const auto& [name, pool] : table.columns)
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", name, pool.type);
  if (table.keyed) columns += ", primary key (a)";
  return fmt::format("create table {} ({})", table.name, columns);
}

std::string statement(const ScenarioTable& table, const ScenarioChange& change) {
  std::string text;
  for (size_t i = 0; i < change.row.size(); ++i) {
    const auto& [name, pool] = table.columns[i];
    const bool null = change.row[i] == "\\N";
    const std::string value =
        null ? "null" : quoted(change.row[i]) + "::" + pool.type;
    if (change.weight > 0) {
      text += (i > 0 ? ", " : "") + (null ? std::string("null") : quoted(change.row[i]));
    } else if (null) {
      text += fmt::format("{}{} is null", i > 0 ? " and " : "", name);
    } else {
      // -0 equals 0.
      const char* cast = pool.kind == Kind::kFloat8 ? "::text" : "";
      text += fmt::format("{}{}{} = {}{}", i > 0 ? " and " : "", name, cast, value, cast);
    }
  }
  if (change.weight > 0) return fmt::format("insert into {} values ({})", table.name, text);
  if (table.keyed)
    return fmt::format("delete from {} where a = {}", table.name, change.row[0]);
  return fmt::format("delete from {0} where ctid = (select ctid from {0} where {1} limit 1)",
                     table.name, text);
}

Batch batch_of(const ScenarioTable& table, const std::vector<ScenarioRow>& rows,
               const std::vector<int>& weights) {
  Schema schema;
  for (const auto& [name, pool] : table.columns)
    schema.fields.push_back({name, parse_type(pool.type).value()});
  BatchBuilder builder(schema);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      ParseError error;
      if (rows[row][i] == "\\N") builder.column(i).append_null();
      else WEIR_CHECK(append_parsed(builder.column(i), rows[row][i], &error));
    }
    builder.end_row(weights[row]);
  }
  return builder.finish();
}

}  // namespace weir::differ
