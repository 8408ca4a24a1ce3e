// Every event is in PostgreSQL with `wm`, the watermark that it met, and `ewm`, that of its epoch's
// start; the one row of `clock` holds the watermark now. What is late and what has closed are then
// conditions.
#include "differ/closing_rounds.h"

#include <algorithm>
#include <memory>

#include "data/text_form.h"
#include "differ/running_graph.h"

namespace weir::differ {

namespace {

struct ClosingCase {
  const char* name;
  const char* sql;
  catalog::EmitMode emit;
  int64_t retain_seconds;  // -1: none
  const char* postgres;
  const char* late;        // counts the late rows; null: the view shares its operator, or has none
};

#define TUMBLE(rel, size)                                                              \
  "(select *, date_bin('" size "', ts, '1970-01-01') as window_start, date_bin('" size \
  "', ts, '1970-01-01') + interval '" size "' as window_end from " rel " where ts is not null) q "
#define HOP(rel, slide, size)                                                       \
  "(select e.*, w as window_start, w + interval '" size "' as window_end from " rel \
  " e, generate_series(date_bin('" slide "', ts - interval '" size                  \
  "', '1970-01-01') + interval '" slide "', date_bin('" slide                       \
  "', ts, '1970-01-01'), interval '" slide "') w where ts is not null) q "
#define CLOSED "where window_end > wm and window_end <= (select w from clock) "

constexpr auto kOnClose = catalog::EmitMode::kOnClose;
constexpr auto kOnChange = catalog::EmitMode::kOnChange;

constexpr ClosingCase kCases[] = {
    {"c1",
     "select window_start, window_end, count(*) as c, sum(n) as s, avg(n) as m from tumble(e, ts, "
     "interval '1 minute') group by window_start, window_end",
     kOnClose, -1,
     "select window_start, window_end, count(*), sum(n), avg(n) from " TUMBLE("e", "1 minute")
         CLOSED "group by 1, 2",
     "select count(*) from " TUMBLE("e", "1 minute") "where window_end <= wm"},
    {"c2",
     "select window_end, g, min(n) as lo, max(n) as hi, count(distinct n) as d from tumble(e, ts, "
     "interval '10 seconds') group by window_end, g",
     kOnClose, -1,
     "select window_end, g, min(n), max(n), count(distinct n) from " TUMBLE("e", "10 seconds")
         CLOSED "group by 1, 2",
     "select count(*) from " TUMBLE("e", "10 seconds") "where window_end <= wm"},
    {"c3",
     "select g, window_end, count(*) as c from hop(e, ts, interval '20 seconds', interval '1 "
     "minute') group by g, window_end",
     kOnClose, -1,
     "select g, window_end, count(*) from " HOP("e", "20 seconds", "1 minute") CLOSED
     "group by 1, 2",
     "select count(*) from " HOP("e", "20 seconds", "1 minute") "where window_end <= wm"},
    {"c4",
     "select window_end, count(*) * 2 as twice from tumble(e, ts, interval '30 seconds') where n > "
     "0 group by window_end having count(*) > 1",
     kOnClose, -1,
     "select window_end, count(*) * 2 from " TUMBLE("e", "30 seconds") CLOSED
     "and n > 0 group by 1 having count(*) > 1",
     "select count(*) from " TUMBLE("e", "30 seconds") "where window_end <= wm and n > 0"},
    {"c5", "select id, n, ts from e where n > 1", kOnClose, -1,
     "select id, n, ts from e where n > 1 and (ts > wm or ts is null) and (ts <= (select w from "
     "clock) or ts is null and (select w from clock) = 'infinity')",
     "select count(*) from e where n > 1 and ts <= wm"},
    {"c6", "select id, window_end from hop(e, ts, interval '30 seconds', interval '1 minute')",
     kOnClose, -1, "select id, window_end from " HOP("e", "30 seconds", "1 minute") CLOSED,
     "select count(*) from " HOP("e", "30 seconds", "1 minute") "where window_end <= wm"},
    {"c7", "select distinct g, window_end from tumble(e, ts, interval '1 minute')", kOnClose, -1,
     "select g, window_end from " TUMBLE(
         "e", "1 minute") "where window_end <= (select w from clock) group by 1, 2 having "
                          "bool_or(window_end > ewm)",
     nullptr},
    {"c8", "select ts, count(*) as c from e group by ts", kOnClose, -1,
     "select ts, count(*) from e where (ts > wm or ts is null) and (ts <= (select w from clock) or "
     "ts is null and (select w from clock) = 'infinity') group by 1",
     "select count(*) from e where ts <= wm"},
    {"r1",
     "select window_end, g, count(*) as c, max(n) as hi from tumble(e, ts, interval '20 seconds') "
     "group by window_end, g",
     kOnChange, 30,
     "select window_end, g, count(*), max(n) from " TUMBLE(
         "e", "20 seconds") "where window_end + interval '30 seconds' > wm and window_end + "
                            "interval '30 seconds' > (select w from clock) group by 1, 2",
     "select count(*) from " TUMBLE("e",
                                    "20 seconds") "where window_end + interval '30 seconds' <= wm"},
    {"r2",
     "select window_end, count(*) as c from tumble(e, ts, interval '1 minute') group by window_end "
     "having count(*) > 2",
     kOnChange, 0,
     "select window_end, count(*) from " TUMBLE(
         "e", "1 minute") "where window_end > wm and window_end > (select w from clock) group by 1 "
                          "having count(*) > 2",
     "select count(*) from " TUMBLE("e", "1 minute") "where window_end <= wm"},
    {"r3", "select id, g, ts from e where n > 0", kOnChange, 20,
     "select id, g, ts from e where n > 0 and (ts + interval '20 seconds' > wm and ts + interval "
     "'20 seconds' > (select w from clock) or ts is null and (select w from clock) < 'infinity')",
     "select count(*) from e where n > 0 and ts + interval '20 seconds' <= wm"},
    {"k4", "select id, g, ts from k", kOnChange, 10,
     "select id, g, ts from k where ts + interval '10 seconds' > wm and ts + interval '10 seconds' "
     "> (select w from clock) group by id, g, ts having sum(wt) > 0",
     "select count(*) from k where ts + interval '10 seconds' <= wm"},
    {"f1",
     "select window_end, g, count(*) as c, min(n) as lo from tumble(e, ts, interval '1 minute') "
     "group by window_end, g",
     kOnChange, -1,
     "select window_end, g, count(*), min(n) from " TUMBLE("e", "1 minute") "group by 1, 2",
     nullptr},
    {"k1",
     "select window_end, g, count(*) as c, sum(n) as s from tumble(k, ts, interval '30 seconds') "
     "group by window_end, g",
     kOnClose, -1,
     "select window_end, g, sum(wt), sum(wt * n) from " TUMBLE("k", "30 seconds") CLOSED
     "group by 1, 2 having sum(wt) > 0",
     "select count(*) from " TUMBLE("k", "30 seconds") "where window_end <= wm"},
    {"k2", "select id, n, ts from k", kOnClose, -1,
     "select id, n, ts from k, generate_series(1, 1) where ts > wm and ts <= (select w from clock) "
     "group by id, n, ts having sum(wt) > 0",
     "select count(*) from k where ts <= wm"},
    {"k3",
     "select window_end, min(n) as lo, max(n) as hi from tumble(k, ts, interval '20 seconds') "
     "group by window_end",
     kOnChange, 20,
     "select window_end, min(n), max(n) from (select window_end, n from " TUMBLE(
         "k", "20 seconds") "where window_end + interval '20 seconds' > wm and window_end + "
                            "interval '20 seconds' > (select w from clock) "
                            "group by window_end, id, n having sum(wt) > 0) p group by 1",
     "select count(*) from " TUMBLE("k",
                                    "20 seconds") "where window_end + interval '20 seconds' <= wm"},
    {"v1", "select g, sum(d) as s, count(*) as c from c2 group by g", kOnChange, -1,
     "select g, sum(d), count(*) from (select window_end, g, count(distinct n) as d from " TUMBLE(
         "e", "10 seconds") CLOSED "group by 1, 2) p group by 1",
     nullptr},
};

struct Event {
  int64_t id = 0;
  std::optional<std::string> g;
  int64_t n = 0;
  std::optional<Micros> ts;
  int weight = 1;
  Micros met = flow::kNoWatermark;
};

constexpr Micros kStart = 1'767'225'600'000'000;  // 2026-01-01 00:00:00
constexpr Micros kLateness = 5'000'000;

std::string stamp(Micros at) {
  if (at == flow::kNoWatermark) return "'-infinity'::timestamp";
  if (at == flow::kEndOfTime) return "'infinity'::timestamp";
  return quoted(text_form({TypeId::kTimestamp, at})) + "::timestamp";
}

catalog::Catalog make_catalog() {
  catalog::Catalog catalog;
  for (const bool keyed : {false, true}) {
    catalog::StreamDefinition stream;
    stream.name = keyed ? "k" : "e";
    stream.schema = {{{"id", TypeId::kInt8},
                      {"g", TypeId::kText},
                      {"n", TypeId::kInt8},
                      {"ts", TypeId::kTimestamp}}};
    stream.event_time = "ts";
    stream.lateness = kLateness;
    if (keyed) stream.mode = catalog::SourceMode::kUpsert;
    if (keyed) stream.key = {"id"};
    catalog.add_stream(stream);
  }
  return catalog;
}

// One relation with its watermark.
struct Input {
  std::string name;
  Micros greatest = flow::kNoWatermark;
  bool ended = false;
  std::vector<Event> alive;  // of the keyed one: may be deleted

  Micros watermark() const {
    if (ended) return flow::kEndOfTime;
    return greatest == flow::kNoWatermark ? greatest : greatest - kLateness;
  }
};

class ClosingRound {
 public:
  ClosingRound(Postgres& postgres, Random& random, Tally& tally)
      : postgres_(postgres), random_(random), tally_(tally) {}

  void run() {
    postgres_.fresh_schema();
    for (const char* name : {"e", "k"}) {
      postgres_.run(
          fmt::format("create table {} (id bigint, g text, n bigint, ts timestamp, wt int, "
                      "wm timestamp, ewm timestamp)",
                      name),
          nullptr);
    }
    postgres_.run("create table clock (w timestamp); insert into clock values ('-infinity')",
                  nullptr);
    for (const ClosingCase& view : kCases) {
      add(view);
    }
    rows_have_watermarks_ = random_.chance(0.5);
    for (int epoch = 0; epoch < 60 && !tally_.enough(); ++epoch) step(epoch == 59);
  }

 private:
  void add(const ClosingCase& view) {
    catalog::ViewDefinition definition;
    definition.name = view.name;
    definition.sql = view.sql;
    definition.emit = view.emit;
    if (view.retain_seconds >= 0) definition.retain = view.retain_seconds * 1'000'000;
    const Status added = graph_.add(definition);
    if (!added) tally_.fail(where(), std::string(view.sql) + "\n" + added.error().to_string());
  }

  Event random_event() {
    Event event;
    event.id = next_id_++;
    if (random_.chance(0.9)) event.g = std::string(1, static_cast<char>('a' + random_.below(3)));
    event.n = random_.between(-2, 4);
    now_ += static_cast<Micros>(random_.below(8'000'000));
    const Micros behind = random_.chance(0.3) ? static_cast<Micros>(random_.below(90'000'000)) : 0;
    event.ts = (now_ - behind) / 1'000'000 * 1'000'000;
    return event;
  }

  std::vector<Event> events_of(Input& input) {
    std::vector<Event> events;
    const bool keyed = input.name == "k";
    const uint64_t count = random_.below(7);
    for (uint64_t i = 0; i < count; ++i) {
      if (keyed && !input.alive.empty() && random_.chance(0.4)) {
        const size_t at = random_.below(input.alive.size());
        Event gone = input.alive[at];
        input.alive.erase(input.alive.begin() + static_cast<std::ptrdiff_t>(at));
        gone.weight = -1;
        events.push_back(gone);
        if (random_.chance(0.5)) continue;
        gone.weight = 1;  // an update
        gone.n = random_.between(5, 9);
        events.push_back(gone);
      } else {
        events.push_back(random_event());
        if (!keyed && random_.chance(0.03)) events.back().ts = std::nullopt;
      }
      if (keyed) input.alive.push_back(events.back());
    }
    return events;
  }

  // The watermark that each row meets: its epoch's, or the one that the rows before it made.
  void advance(Input& input, std::vector<Event>& events) {
    const Micros at_start = input.watermark();
    for (Event& event : events) {
      event.met = rows_have_watermarks_ ? input.watermark() : at_start;
      if (event.ts) input.greatest = std::max(input.greatest, *event.ts);
    }
  }

  Batch batch_of(const std::vector<Event>& events) const {
    BatchBuilder builder(*catalog_.find("e"));
    ColumnBuilder met(TypeId::kInt8);
    for (const Event& event : events) {
      builder.column(0).append(event.id);
      event.g ? builder.column(1).append_text(*event.g) : builder.column(1).append_null();
      builder.column(2).append(event.n);
      event.ts ? builder.column(3).append(*event.ts) : builder.column(3).append_null();
      builder.end_row(event.weight);
      met.append(event.met);
    }
    Batch batch = builder.finish();
    if (rows_have_watermarks_) batch.watermarks = met.finish();
    return batch;
  }

  flow::RelationWatermarks watermarks() const {
    return {{"e", inputs_[0].watermark()}, {"k", inputs_[1].watermark()}};
  }

  void step(bool last) {
    ++epoch_;
    graph_.begin(watermarks());
    std::string sql;
    for (Input& input : inputs_) {
      const Micros at_start = input.watermark();
      std::vector<Event> events = events_of(input);
      advance(input, events);
      for (const Event& event : events) {
        sql += fmt::format("insert into {} values ({}, {}, {}, {}, {}, {}, {});", input.name,
                           event.id, quoted(event.g), event.n, event.ts ? stamp(*event.ts) : "null",
                           event.weight, stamp(event.met), stamp(at_start));
      }
      const size_t cut = events.empty() ? 0 : random_.below(events.size());
      const auto middle = events.begin() + static_cast<std::ptrdiff_t>(cut);
      if (cut > 0) graph_.push(input.name, batch_of({events.begin(), middle}));
      if (!events.empty()) graph_.push(input.name, batch_of({middle, events.end()}));
      if (last) input.ended = true;
    }
    graph_.finish(watermarks());
    if (tally_.verbose) std::printf("-- epoch %d\n%s\n", epoch_, sql.c_str());
    const std::string refused = sql.empty() ? "" : postgres_.run(sql, nullptr);
    if (!refused.empty()) tally_.fail(where(), sql + "\n" + refused);
    if (random_.chance(0.15)) WEIR_CHECK(graph_.restart(random_.chance(0.5)).has_value());
    for (const ClosingCase& view : kCases) {
      if (tally_.chosen(view.sql)) compare(view);
    }
  }

  void compare(const ClosingCase& view) {
    const size_t input = view.name[0] == 'k' ? 1 : 0;
    postgres_.run("update clock set w = " + stamp(inputs_[input].watermark()), nullptr);
    Rows theirs;
    const std::string refused = postgres_.run(view.postgres, &theirs);
    if (!refused.empty())
      return tally_.fail(where(), std::string(view.postgres) + "\n  " + refused);
    const Rows ours = graph_.rows(view.name);
    ++tally_.compared;
    if (theirs != ours) {
      return tally_.fail(where(),
                         fmt::format("{}: {}\n{}", view.name, view.sql, difference(theirs, ours)));
    }
    if (!view.late) return;
    Rows late;
    postgres_.run(view.late, &late);
    const std::string ours_late = std::to_string(graph_.late_rows(view.name));
    if (late.size() == 1 && late[0] == ours_late) return;
    tally_.fail(where(), fmt::format("{}: {}\n  {} late rows, not {}", view.name, view.sql,
                                     ours_late, late[0]));
  }

  std::string where() const {
    return fmt::format("closing round {}, epoch {}", tally_.rounds, epoch_);
  }

  Postgres& postgres_;
  Random& random_;
  Tally& tally_;
  const catalog::Catalog catalog_ = make_catalog();
  RunningGraph graph_{catalog_};
  std::vector<Input> inputs_{{"e", flow::kNoWatermark, false, {}},
                             {"k", flow::kNoWatermark, false, {}}};
  bool rows_have_watermarks_ = false;
  Micros now_ = kStart;
  int64_t next_id_ = 1;
  int epoch_ = 0;
};

}  // namespace

void closing_round(Postgres& postgres, Random& random, Tally& tally) {
  ClosingRound(postgres, random, tally).run();
}

}  // namespace weir::differ
