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

// Groups by a cut of the time in place of windows. `first` and `last`, of the cut `m`: from when
// until when it is.
struct Cut {
  const char* m;
  const char* first;
  const char* last;
  reference::WindowsOf windows;
};

std::vector<Cut> all_cuts() {
  const auto moved = [](Seconds size, Seconds by) {
    return [=](Seconds at) {
      const Window window = reference::tumbling(at + by, size)[0];
      return std::vector<Window>{{window.first - by, window.second - by}};
    };
  };
  const auto month = [](Seconds at) {
    const Seconds first = at < kStart ? kStart - 31 * 86400 : kStart;
    return std::vector<Window>{{first, first + 31 * 86400}};
  };
  return {
      {"date_trunc('minute', ts)", "m", "m + interval '1 minute'", tumble(60)},
      {"date_bin('15 seconds', ts, '2001-01-01 00:00:05')", "m", "m + interval '15 seconds'",
       moved(15, 10)},
      {"date_trunc('minute', date_trunc('second', ts) + interval '20 seconds')",
       "m - interval '20 seconds'", "m + interval '40 seconds'", moved(60, 20)},
      {"date_trunc('month', ts)", "m", "m + interval '1 month'", month},
      {"ts::date", "m::timestamp", "m + interval '1 day'", tumble(86400)},
      {"date_trunc('day', (ts - interval '1 hour')::timestamptz, 'Europe/Berlin')",
       "m::timestamp + interval '1 hour'", "m::timestamp + interval '25 hours'", tumble(86400)},
      {"date_trunc('hour', ts::timestamptz, 'Asia/Kolkata') at time zone 'Asia/Kolkata'",
       "m - interval '5:30'", "m - interval '4:30'", moved(3600, 1800)},
      {"date_trunc('month', ts::timestamptz at time zone 'Africa/Abidjan')::date",
       "m::timestamp", "m + interval '1 month'", month}};
}

void add_cuts(std::vector<Case>& cases) {
  for (const Cut& cut : all_cuts()) {
    for (const bool keyed : {false, true}) {
      const std::string sql = fmt::format(
          "select g, {} as a, {} as b, c, s from (select g, {} as m, count(*) as c, "
          "sum(n)::bigint as s from {} group by 1, 2) q",
          cut.first, cut.last, cut.m, keyed ? "k" : "e");
      const auto of = [=](const World& w) { return keyed ? w.k : w.e; };
      for (const int64_t retain : {-1, 15}) {
        const auto closed = [=](const World& w) {
          return retain < 0 ? reference::closed_windows(of(w), cut.windows)
                            : reference::retained_windows(of(w), cut.windows, retain);
        };
        cases.push_back({"cut", sql, retain < 0 ? kOnClose : kOnChange, retain,
                         [=](const World& w) { return groups(closed(w).windows); },
                         [=](const World& w) { return closed(w).late; }});
      }
    }
  }
  cases.push_back({"cut", "select distinct g, date_trunc('minute', ts) as m from k", kOnClose, -1,
                   [](const World& w) {
                     Rows rows;
                     for (const auto& [at, members] :
                          reference::closed_windows(w.k, tumble(60)).windows) {
                       rows.push_back(at.first + "|" + stamp(at.second.first));
                     }
                     return rows;
                   },
                   [](const World& w) { return reference::closed_windows(w.k, tumble(60)).late; }});
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

// How often each row of an input stands at the end of each epoch.
struct History {
  Row row;
  std::vector<int64_t> stands;
};
std::vector<History> histories(const Input& input) {
  const size_t epochs = input.marks.size();
  std::map<int64_t, History> of_rows;
  for (const reference::Event& event : input.events) {
    History& history = of_rows.try_emplace(event.row.id, event.row, std::vector<int64_t>(epochs))
                           .first->second;
    for (auto i = static_cast<size_t>(event.epoch); i < epochs; ++i) {
      history.stands[i] += event.weight;
    }
  }
  std::vector<History> all;
  for (auto& [id, history] : of_rows) all.push_back(std::move(history));
  return all;
}

// Pairs of e and k that close by a time: those whose change came in time. All rows ever seen are
// paired here, whatever the running join has let go.
struct PairCase {
  std::string sql;
  std::function<bool(const Row& e, const Row& k)> meet;
  std::function<Seconds(const Row& e, const Row& k)> closes;
  std::function<std::string(const Row& e, const Row& k)> shown;
};

std::map<std::string, int64_t> closing_pairs(const World& w, const PairCase& one,
                                             int64_t retain) {
  std::map<std::string, int64_t> pairs;
  const size_t epochs = w.e.marks.size();
  const std::vector<History> of_k = histories(w.k);
  for (const History& e : histories(w.e)) {
    for (const History& k : of_k) {
      if (!one.meet(e.row, k.row)) continue;
      const Seconds at = one.closes(e.row, k.row) + std::max<int64_t>(retain, 0);
      int64_t stands = 0;
      for (size_t i = 0; i < epochs; ++i) {
        const Seconds start = std::min(w.e.marks[i].start, w.k.marks[i].start);
        const int64_t before = i > 0 ? e.stands[i - 1] * k.stands[i - 1] : 0;
        if (at > start) stands += e.stands[i] * k.stands[i] - before;
      }
      const bool closed = at <= std::min(w.e.watermark(), w.k.watermark());
      if (closed == (retain < 0)) pairs[one.shown(e.row, k.row)] += stands;
    }
  }
  return pairs;
}

Rows repeated(const std::map<std::string, int64_t>& rows) {
  Rows all;
  for (const auto& [row, n] : rows) all.insert(all.end(), static_cast<size_t>(n), row);
  return all;
}

void add_closing_joins(std::vector<Case>& cases) {
  const auto both = [](const Row& e, const Row& k) { return fmt::format("{}|{}", e.id, k.id); };
  const auto with_time = [=](bool of_k) {
    return [=](const Row& e, const Row& k) {
      return both(e, k) + "|" + stamp(of_k ? k.at : e.at);
    };
  };
  const auto end_of = [](const Row& row) { return tumble(20)(row.at)[0].second; };
  const auto minute_of = [](const Row& row) { return tumble(60)(row.at)[0].second; };
  const std::vector<PairCase> pairs = {
      {"select e.id as e, k.id as k, k.ts from e join k on e.g = k.g and k.ts between e.ts and "
       "e.ts + interval '15 seconds'",
       [](const Row& e, const Row& k) {
         return e.key == k.key && k.at >= e.at && k.at <= e.at + 15;
       },
       [](const Row&, const Row& k) { return k.at; }, with_time(true)},
      {"select e.id as e, k.id as k, e.ts from k join e on e.g = k.g where e.ts > k.ts + interval "
       "'2 seconds' and e.ts - interval '9 seconds' < k.ts",
       [](const Row& e, const Row& k) {
         return e.key == k.key && e.at > k.at + 2 && e.at < k.at + 9;
       },
       [](const Row& e, const Row&) { return e.at; }, with_time(false)},
      {"select e.id as e, k.id as k, e.window_end from tumble(e, ts, interval '20 seconds') e join "
       "tumble(k, ts, interval '20 seconds') k on e.window_end = k.window_end",
       [=](const Row& e, const Row& k) { return end_of(e) == end_of(k); },
       [=](const Row& e, const Row&) { return end_of(e); },
       [=](const Row& e, const Row& k) { return both(e, k) + "|" + stamp(end_of(e)); }},
      {"select e.id as e, k.id as k, k.m + interval '1 minute' as m "
       "from (select *, date_trunc('minute', ts) as m from e) e "
       "join (select *, date_trunc('minute', ts) as m from k) k on e.m = k.m and e.g = k.g",
       [=](const Row& e, const Row& k) {
         return e.key == k.key && minute_of(e) == minute_of(k);
       },
       [=](const Row& e, const Row&) { return minute_of(e); },
       [=](const Row& e, const Row& k) { return both(e, k) + "|" + stamp(minute_of(e)); }}};
  for (const PairCase& one : pairs) {
    for (const int64_t retain : {-1, 15}) {
      cases.push_back({"closing join", one.sql, retain < 0 ? kOnClose : kOnChange, retain,
                       [=](const World& w) { return repeated(closing_pairs(w, one, retain)); },
                       {}});
    }
  }
  // Grouped by windows over the pairs.
  PairCase grouped = pairs[0];
  grouped.sql = fmt::format(
      "with p as ({}) select window_end, count(*) as n from tumble(p, ts, interval '20 seconds') "
      "group by window_end",
      pairs[0].sql);
  grouped.closes = [=](const Row&, const Row& k) { return end_of(k); };
  grouped.shown = [=](const Row&, const Row& k) { return stamp(end_of(k)); };
  cases.push_back({"closing join", grouped.sql, kOnClose, -1, [=](const World& w) {
                     Rows rows;
                     for (const auto& [window, n] : closing_pairs(w, grouped, -1)) {
                       if (n > 0) rows.push_back(fmt::format("{}|{}", window, n));
                     }
                     return rows;
                   },
                   {}});
}

// Rows within each key and window that has closed, by time.
void add_closing_orders(std::vector<Case>& cases) {
  const auto late = [](const World& w) {
    return reference::closed_windows(w.k, tumble(20)).late;
  };
  const auto ranked = [](const World& w, size_t most) {
    Rows rows;
    auto windows = reference::closed_windows(w.k, tumble(20)).windows;
    for (auto& [at, members] : windows) {
      std::sort(members.begin(), members.end(), [](const Row& a, const Row& b) {
        return std::pair(a.at, a.id) < std::pair(b.at, b.id);
      });
      for (size_t i = 0; i < std::min(most, members.size()); ++i) {
        rows.push_back(
            fmt::format("{}|{}|{}", members[i].id, stamp(at.second.second), i + 1));
      }
    }
    return rows;
  };
  const std::string over =
      "select id, window_end, row_number() over (partition by g, window_end order by ts, id) as r "
      "from tumble(k, ts, interval '20 seconds')";
  cases.push_back({"closing over", over, kOnClose, -1,
                   [=](const World& w) { return ranked(w, SIZE_MAX); }, late});
  cases.push_back({"closing top", "select id, window_end, r from (" + over + ") q where r <= 2",
                   kOnClose, -1, [=](const World& w) { return ranked(w, 2); }, {}});
  cases.push_back({"closing distinct",
                   "select distinct g, window_end from tumble(k, ts, interval '20 seconds')",
                   kOnClose, -1, [](const World& w) {
                     Rows rows;
                     for (const auto& [at, members] :
                          reference::closed_windows(w.k, tumble(20)).windows) {
                       rows.push_back(at.first + "|" + stamp(at.second.second));
                     }
                     return rows;
                   },
                   late});
}

}  // namespace

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  add_windows(cases);
  add_cuts(cases);
  add_sessions(cases);
  add_clock(cases);
  add_asof(cases);
  add_closing_joins(cases);
  add_closing_orders(cases);
  return cases;
}

}  // namespace weir::streaming
