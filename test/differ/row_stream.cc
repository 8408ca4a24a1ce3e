#include "differ/row_stream.h"

#include <fmt/core.h>

#include "data/text_form.h"
#include "differ/postgres.h"

namespace weir::differ {

namespace {

using Pool = std::vector<std::string>;

// Sums of these floats are exact in any order.
const std::map<std::string, Pool>& pools() {
  static const std::map<std::string, Pool> kPools = {
      {"g", {"\\N", "a", "b", "c", "d"}},
      {"s",
       {"\\N", "", "a", "A", "ä", "日本", "a b", "%", "x'y", "a longer text than twelve bytes",
        "\\"}},
      {"n", {"\\N", "0", "1", "2", "3", "-1", "7", "100", "2147483647", "-2147483648"}},
      {"k", {"\\N", "0", "1", "2", "3", "7"}},
      {"x",
       {"\\N", "0", "-0", "1.5", "-2.25", "1024.125", "10000000000", "NaN", "Infinity", "-Infinity",
        "1.7976931348623157e+308"}},
      {"d",
       {"\\N", "0", "0.00", "1.1", "1.10", "1.100", "2.5", "-3.333", "1000000.00", "7", "7.0",
        "12345678901234567890.123", "0.0001", "NaN", "-999999999999999999999999999999999999",
        "999999999999999999999999999999999999"}},
      {"at",
       {"\\N", "2026-01-01 00:00:00", "2026-01-01 00:00:59.999999", "2026-01-01 00:01:00",
        "2026-01-01 00:03:30", "1969-12-31 23:59:30", "2026-01-01 00:00:10"}},
      {"b", {"\\N", "t", "f"}},
      {"label", {"\\N", "", "one", "two"}},
      {"i2", {"\\N", "0", "1", "-1", "32767", "-32768"}},
      {"i8", {"\\N", "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "4294967296"}},
      {"r", {"\\N", "0", "-0", "0.5", "-1.25", "NaN", "Infinity", "1024"}},
      {"nm", {"\\N", "0", "1.10", "99999999.99", "-0.01"}},
      {"vc", {"\\N", "", "a", "abcde", "日本語"}},
      {"by", {"\\N", "\\x", "\\x00", "\\x00ff", "\\xdeadbeef", "\\x0001020304050607080910111213"}},
      {"dt",
       {"\\N", "2026-01-01", "2026-02-28", "1900-01-01", "infinity", "-infinity", "0044-03-15 BC"}},
      {"tm", {"\\N", "00:00:00", "12:34:56.789", "23:59:59.999999", "24:00:00"}},
      {"tz",
       {"\\N", "2026-01-01 00:00:00+00", "2026-01-01 01:00:00+01", "infinity", "-infinity",
        "1969-12-31 23:59:59.5+00"}},
      {"iv",
       {"\\N", "1 day", "24:00:00", "1 mon", "30 days", "-1 day", "00:00:00.000001",
        "1 year 2 mons"}},
      {"uu",
       {"\\N", "00000000-0000-0000-0000-000000000000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "ffffffff-ffff-ffff-ffff-ffffffffffff"}},
      {"js",
       {"\\N", "1", "1.0", "\"a\"", "null", "[]", "{}", "{\"a\": 1, \"b\": [true, null]}",
        "[1, 2]"}},
  };
  return kPools;
}

}  // namespace

RowStream::RowStream() {
  add_table("t", false, {{"id", "integer"}, {"g", "text"}, {"s", "text"}, {"n", "integer"},
                         {"x", "float8"}, {"d", "numeric"}, {"at", "timestamp"}, {"b", "boolean"}});
  add_table("u", false, {{"id", "integer"}, {"g", "text"}, {"k", "integer"}, {"label", "text"}});
  add_table("v", false, {{"g", "text"}, {"n", "integer"}});
  add_table("w", false,
            {{"id", "integer"},
             {"g", "text"},
             {"i2", "smallint"},
             {"i8", "bigint"},
             {"r", "real"},
             {"nm", "numeric(10,2)"},
             {"vc", "varchar(5)"},
             {"by", "bytea"},
             {"dt", "date"},
             {"tm", "time"},
             {"tz", "timestamptz"},
             {"iv", "interval"},
             {"uu", "uuid"},
             {"js", "jsonb"}});
  add_table("a", true, {{"id", "integer"}, {"g", "text"}, {"s", "text"}, {"n", "integer"},
                        {"x", "float8"}, {"d", "numeric"}, {"at", "timestamp"}});
}

void RowStream::add_table(const std::string& name, bool append_only,
                          const std::vector<std::pair<std::string, std::string>>& columns) {
  Table table;
  table.definition.name = name;
  for (const auto& [column, type] : columns) {
    table.definition.schema.fields.push_back({column, parse_type(type).value()});
    const auto pool = pools().find(column);
    table.pools.push_back(pool == pools().end() ? Pool() : pool->second);
  }
  // A table without a key of its own is a multiset of rows whose source is still no append source.
  if (!append_only) {
    table.definition.mode = catalog::SourceMode::kUpsert;
    if (columns[0].first == "id") table.definition.key = {"id"};
  }
  catalog_.add_stream(table.definition);
  tables_.push_back(std::move(table));
}

std::vector<std::string> RowStream::postgres_tables() const {
  std::vector<std::string> out;
  for (const Table& table : tables_) {
    std::string columns;
    for (const Field& field : table.definition.schema.fields) {
      columns += fmt::format("{} {}, ", field.name, field.type.name());
    }
    out.push_back(
        fmt::format("create table {} ({} rid bigint primary key)", table.definition.name, columns));
  }
  return out;
}

TextRow RowStream::random_row(Random& random, const Table& table) {
  TextRow row;
  for (const auto& pool : table.pools) {
    if (pool.empty()) {
      row.push_back(std::to_string(next_id_++));
      continue;
    }
    const std::string& text = pool[random.below(pool.size())];
    row.push_back(text == "\\N" ? std::nullopt : std::optional<std::string>(text));
  }
  return row;
}

void RowStream::insert(size_t table, TextRow row, std::vector<Change>& out) {
  const uint64_t rid = next_rid_++;
  tables_[table].rows[rid] = row;
  out.push_back({table, rid, std::move(row), 1});
}

void RowStream::erase(size_t table, uint64_t rid, std::vector<Change>& out) {
  const auto it = tables_[table].rows.find(rid);
  out.push_back({table, rid, it->second, -1});
  tables_[table].rows.erase(it);
}

std::vector<Change> RowStream::epoch(Random& random) {
  std::vector<Change> out;
  const uint64_t steps = 1 + random.below(6);
  for (uint64_t step = 0; step < steps; ++step) {
    const size_t at = random.below(tables_.size());
    Table& table = tables_[at];
    const bool grows_only = table.definition.mode == catalog::SourceMode::kAppend;
    const uint64_t kind = table.rows.empty() || grows_only ? 0 : random.below(10);
    if (kind < 5) {
      insert(at, random_row(random, table), out);
      if (random.chance(0.15) && at == 2) insert(at, TextRow(out.back().row), out);
      continue;
    }
    auto it = table.rows.lower_bound(1 + random.below(next_rid_));
    if (it == table.rows.end()) it = table.rows.begin();
    const TextRow old = it->second;
    erase(at, it->first, out);
    if (kind == 5) insert(at, old, out);  // comes back in the same epoch
    if (kind == 6 || kind == 7) {
      TextRow row = random_row(random, table);
      const size_t column = random.below(row.size());
      for (size_t i = 0; i < row.size(); ++i) {
        if (i != column || table.pools[i].empty()) row[i] = old[i];
      }
      insert(at, row, out);
    }
    if (kind == 9 && random.chance(0.2)) {
      while (!table.rows.empty()) erase(at, table.rows.begin()->first, out);
    }
  }
  return out;
}

std::string RowStream::sql(const Change& change) const {
  const Table& table = tables_[change.table];
  if (change.weight < 0) {
    return fmt::format("delete from {} where rid = {};", table.definition.name, change.rid);
  }
  std::string values;
  for (const auto& value : change.row) values += quoted(value) + ", ";
  return fmt::format("insert into {} values ({}{});", table.definition.name, values, change.rid);
}

Batch RowStream::batch(size_t table, const std::vector<const Change*>& changes) const {
  BatchBuilder builder(tables_[table].definition.schema);
  for (const Change* change : changes) {
    for (size_t i = 0; i < change->row.size(); ++i) {
      ParseError error;
      if (!change->row[i]) {
        builder.column(i).append_null();
      } else {
        WEIR_CHECK(append_parsed(builder.column(i), *change->row[i], &error));
      }
    }
    builder.end_row(change->weight);
  }
  return builder.finish();
}

std::map<std::string, Batch> RowStream::contents() const {
  std::map<std::string, Batch> out;
  for (size_t at = 0; at < tables_.size(); ++at) {
    std::vector<Change> rows;
    for (const auto& [rid, row] : tables_[at].rows) rows.push_back({at, rid, row, 1});
    std::vector<const Change*> pointers;
    for (const Change& change : rows) pointers.push_back(&change);
    out[name(at)] = batch(at, pointers);
  }
  return out;
}

}  // namespace weir::differ
