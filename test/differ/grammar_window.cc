// Windows over time, of random sizes: as weir writes them, and as docs/sql.md says them in plain
// PostgreSQL.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

constexpr int kMinutesOf[] = {1, 7, 30, 60, 90, 720, 1440, 2880, 10080, 14555};

std::string minutes(int64_t count) { return fmt::format("interval '{} minutes'", count); }

struct Shape {
  std::string table;
  std::string time;    // the column
  std::string origin;  // with the column's type
};

// In place of the table: its rows, a number for each window, the window's ends.
std::string tumbling(const Shape& of, const std::string& size) {
  const std::string start = fmt::format("date_bin({}, e.{}, {})", size, of.time, of.origin);
  return fmt::format("(select e.*, {0} as window_start, {0} + {1} as window_end from {2} e where "
                     "e.{3} is not null)",
                     start, size, of.table, of.time);
}

std::string hopping(const Shape& of, const std::string& slide, const std::string& size) {
  return fmt::format("(select e.*, w as window_start, w + {0} as window_end from {1} e, "
                     "generate_series(date_bin({2}, e.{3} - {0}, {4}) + {2}, "
                     "date_bin({2}, e.{3}, {4}), {2}) w where e.{3} is not null)",
                     size, of.table, slide, of.time, of.origin);
}

std::string cumulating(const Shape& of, const std::string& step, const std::string& size) {
  const std::string start = fmt::format("date_bin({}, e.{}, {})", size, of.time, of.origin);
  return fmt::format("(select e.*, {0} as window_start, w as window_end from {1} e, "
                     "generate_series({0} + {2}, {0} + {3}, {2}) w where w > e.{4})",
                     start, of.table, step, size, of.time);
}

std::string sessions(const Shape& of, const std::vector<Column>& columns, const std::string& gap,
                     const std::string& keys) {
  const std::string by = keys.empty() ? "" : "partition by " + keys + " ";
  std::string shown;
  for (const Column& column : columns) shown += "e." + column.name + ", ";
  return fmt::format(
      "(select {0}min(e.{1}) over w as window_start, max(e.{1}) over w + {2} as window_end from "
      "(select e.*, count(*) filter (where e.begins) over ({3}order by {1}) as session from "
      "(select e.*, e.{1} - lag(e.{1}) over ({3}order by e.{1}) >= {2} as begins from {4} e where "
      "e.{1} is not null) e) e window w as (partition by {5}e.session))",
      shown, of.time, gap, by, of.table, keys.empty() ? "" : keys + ", ");
}

std::string windows(const std::string& kind, const Shape& of, const std::string& least,
                    const std::string& size) {
  if (kind == "tumble") return tumbling(of, least);
  return kind == "hop" ? hopping(of, least, size) : cumulating(of, least, size);
}

struct Sizes {
  int64_t least = 1;   // slide, step, gap
  int64_t size = 1;
  int64_t offset = 0;
};

}  // namespace

// A relation and its column of finite times.
std::optional<std::pair<NamedRelation, Column>> Grammar::timed_relation() {
  std::vector<std::pair<NamedRelation, Column>> times;
  for (const NamedRelation& relation : relations_) {
    for (const Column& column : relation.columns) {
      const bool time = column.kind == Kind::kTimestamp || column.kind == Kind::kTimestamptz;
      if (time && column.facts.finite) times.push_back({relation, column});
    }
  }
  if (times.empty()) return std::nullopt;
  return pick(times);
}

std::optional<Relation> Grammar::time_window() {
  const auto timed = timed_relation();
  if (!timed || one_text_ > 0) return std::nullopt;
  const auto& [relation, time] = *timed;
  const std::string kind = one_of({"tumble", "hop", "cumulate", "session"});
  note(kind);
  Sizes sizes{kMinutesOf[random_.below(std::size(kMinutesOf))], 0, 0};
  sizes.size = sizes.least * random_.between(1, 6);
  if (random_.chance(0.3)) sizes.offset = random_.between(-50, 3000);
  // A hop may be longer than its window, too: rows between two are in none.
  if (kind == "hop" && random_.chance(0.3))
    sizes.size = std::max<int64_t>(1, sizes.size - random_.between(0, 2 * sizes.least));
  Shape shape{relation.name, time.name, fmt::format("'1970-01-01'::{}", sql_name(time.kind))};
  std::string arguments = minutes(sizes.least), plain;
  double rows = relation.rows;
  if (kind == "session") {
    std::string keys;
    for (uint64_t i = random_.below(3); i-- > 0;)
      keys += (keys.empty() ? "" : ", ") + pick(relation.columns).name;
    plain = sessions(shape, relation.columns, minutes(sizes.least), keys);
    if (!keys.empty()) arguments += ", " + keys;
  } else {
    if (kind != "tumble") arguments += ", " + minutes(sizes.size);
    if (sizes.offset != 0) arguments += ", " + minutes(sizes.offset);
    if (sizes.offset != 0)
      shape.origin = fmt::format("({} + {})", shape.origin, minutes(sizes.offset));
    plain = windows(kind, shape, minutes(sizes.least), minutes(sizes.size));
    if (kind != "tumble") rows *= 6;
  }
  return windowed(relation, time, {fmt::format("{}({}, {}, {})", kind, relation.name, time.name,
                                               arguments), plain}, rows);
}

Relation Grammar::windowed(const NamedRelation& relation, const Column& time,
                           const std::pair<std::string, std::string>& texts, double rows) {
  const std::string alias = this->alias();
  Relation out{word_of_each(texts.first + " " + alias, texts.second + " " + alias, "from"), {},
               rows};
  for (Column column : relation.columns) {
    column.ref = alias + "." + column.name;
    out.columns.push_back(std::move(column));
  }
  for (const char* name : {"window_start", "window_end"})
    out.columns.push_back({alias + "." + name, name, time.kind, {}, true, ""});
  return out;
}

}  // namespace weir::differ
