#include "streaming/cases.h"

#include <fmt/core.h>

#include "data/text_form.h"

namespace weir::streaming {

namespace {

using reference::Input;
using reference::Row;
using reference::Seconds;
using reference::Window;

constexpr auto kOnClose = catalog::EmitMode::kOnClose;
constexpr auto kOnChange = catalog::EmitMode::kOnChange;

std::string stamp(Seconds at) { return text_form({TypeId::kTimestamp, Micros{at * 1'000'000}}); }

std::string counted(const Window& window, const std::vector<Row>& rows) {
  int64_t sum = 0;
  for (const Row& row : rows) sum += row.n;
  return fmt::format("{}|{}|{}|{}", stamp(window.first), stamp(window.second), rows.size(), sum);
}

// Groups of key and window, as g|window_start|window_end|count|sum.
Rows groups(const std::map<std::pair<std::string, Window>, std::vector<Row>>& windows) {
  Rows rows;
  for (const auto& [at, members] : windows)
    rows.push_back(at.first + "|" + counted(at.second, members));
  return rows;
}

Rows groups_of_standing(const Input& input, const reference::WindowsOf& windows_of) {
  std::map<std::pair<std::string, Window>, std::vector<Row>> windows;
  for (const Row& row : input.standing()) {
    for (const Window& window : windows_of(row.at)) windows[{row.key, window}].push_back(row);
  }
  return groups(windows);
}

std::map<std::string, std::vector<Row>> by_key(const std::vector<Row>& rows) {
  std::map<std::string, std::vector<Row>> keys;
  for (const Row& row : rows) keys[row.key].push_back(row);
  return keys;
}

Rows standing_sessions(const Input& input, Seconds gap) {
  std::map<std::pair<std::string, Window>, std::vector<Row>> windows;
  for (const auto& [key, rows] : by_key(input.standing())) {
    for (const auto& session : reference::sessions(rows, gap))
      windows[{key, session.window}] = session.rows;
  }
  return groups(windows);
}

std::string grouped(const std::string& windows) {
  return "select g, window_start, window_end, count(*) as c, sum(n)::bigint as s from " + windows +
         " group by g, window_start, window_end";
}

reference::WindowsOf tumble(Seconds size) {
  return [=](Seconds at) { return reference::tumbling(at, size); };
}
reference::WindowsOf hop(Seconds slide, Seconds size) {
  return [=](Seconds at) { return reference::hopping(at, slide, size); };
}
reference::WindowsOf cumulate(Seconds step, Seconds size) {
  return [=](Seconds at) { return reference::cumulating(at, step, size); };
}

void add_windows(std::vector<Case>& cases) {
  struct Kind {
    const char* name;
    std::string arguments;
    reference::WindowsOf windows;
  };
  const std::vector<Kind> kinds = {
      {"tumble", "ts, interval '20 seconds'", tumble(20)},
      {"hop", "ts, interval '10 seconds', interval '30 seconds'", hop(10, 30)},
      {"cumulate", "ts, interval '10 seconds', interval '60 seconds'", cumulate(10, 60)}};
  for (const Kind& kind : kinds) {
    for (const bool keyed : {false, true}) {
      const std::string sql = grouped(
          fmt::format("{}({}, {})", kind.name, keyed ? "k" : "e", kind.arguments));
      const auto of = [=](const World& w) { return keyed ? w.k : w.e; };
      const auto windows = kind.windows;
      cases.push_back({kind.name, sql, kOnChange, -1,
                       [=](const World& w) { return groups_of_standing(of(w), windows); }, {}});
      cases.push_back({kind.name, sql, kOnClose, -1, [=](const World& w) {
                         return groups(reference::closed_windows(of(w), windows).windows);
                       },
                       [=](const World& w) {
                         return reference::closed_windows(of(w), windows).late;
                       }});
      cases.push_back({kind.name, sql, kOnChange, 15, [=](const World& w) {
                         return groups(reference::retained_windows(of(w), windows, 15).windows);
                       },
                       [=](const World& w) {
                         return reference::retained_windows(of(w), windows, 15).late;
                       }});
    }
  }
}

void add_sessions(std::vector<Case>& cases) {
  const std::string of_e = grouped("session(e, ts, interval '8 seconds', g)");
  cases.push_back({"session", of_e, kOnChange, -1,
                   [](const World& w) { return standing_sessions(w.e, 8); }, {}});
  cases.push_back({"session", grouped("session(k, ts, interval '8 seconds', g)"), kOnChange, -1,
                   [](const World& w) { return standing_sessions(w.k, 8); }, {}});
  cases.push_back({"session", of_e, kOnClose, -1,
                   [](const World& w) {
                     return groups(reference::closed_sessions(w.e, 8).windows);
                   },
                   [](const World& w) { return reference::closed_sessions(w.e, 8).late; }});
}

Rows matching(const std::vector<Row>& rows, const std::function<bool(const Row&)>& stands) {
  Rows ids;
  for (const Row& row : rows) {
    if (stands(row)) ids.push_back(std::to_string(row.id));
  }
  return ids;
}

void add_clock(std::vector<Case>& cases) {
  struct Condition {
    const char* sql;
    std::function<bool(const Row&, Seconds now)> stands;
  };
  const std::vector<Condition> conditions = {
      {"ts > now() - interval '30 seconds'",
       [](const Row& r, Seconds now) { return r.at > now - 30; }},
      {"ts <= now()", [](const Row& r, Seconds now) { return r.at <= now; }},
      {"now() between ts + interval '5 seconds' and ts + n * interval '10 seconds'",
       [](const Row& r, Seconds now) { return now >= r.at + 5 && now <= r.at + 10 * r.n; }},
      {"ts >= date_trunc('minute', now()) and n > 0 and now() - ts < interval '45 seconds'",
       [](const Row& r, Seconds now) {
         return r.at >= now / 60 * 60 && r.n > 0 && now - r.at < 45;
       }}};
  for (const Condition& condition : conditions) {
    for (const bool keyed : {false, true}) {
      cases.push_back({"clock",
                       fmt::format("select id from {} where {}", keyed ? "k" : "e", condition.sql),
                       kOnChange, -1, [=](const World& w) {
                         return matching((keyed ? w.k : w.e).standing(), [&](const Row& row) {
                           return condition.stands(row, w.now);
                         });
                       },
                       {}});
    }
  }
}


// Of the version only the time is shown: of several at one time the view chooses by its own order.
void add_asof(std::vector<Case>& cases) {
  const auto rows = [](const World& w, bool outer, bool strict) {
    Rows answers;
    const std::vector<Row> versions = w.k.standing();
    for (const Row& row : w.e.standing()) {
      const auto found =
          reference::version(versions, row.key, strict ? row.at - 1 : row.at);
      if (found) answers.push_back(fmt::format("{}|{}", row.id, found->at - kStart));
      if (!found && outer) answers.push_back(fmt::format("{}|NULL", row.id));
    }
    return answers;
  };
  const auto sql = [](const char* join, const char* op, const char* on) {
    return fmt::format(
        "select e.id, extract(epoch from v.ts)::bigint - {} as at from e {} lateral (select * from "
        "k where k.g = e.g and k.ts {} e.ts order by k.ts desc limit 1) v {}",
        kStart, join, op, on);
  };
  cases.push_back({"asof", sql("left join", "<=", "on true"), kOnChange, -1,
                   [=](const World& w) { return rows(w, true, false); }, {}});
  cases.push_back({"asof", sql("cross join", "<", ""), kOnChange, -1,
                   [=](const World& w) { return rows(w, false, true); }, {}});
}

}  // namespace

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  add_windows(cases);
  add_sessions(cases);
  add_clock(cases);
  add_asof(cases);
  return cases;
}

}  // namespace weir::streaming
