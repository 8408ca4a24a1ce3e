#include "sim/world.h"

#include <fmt/core.h>

#include <set>

#include "base/check.h"
#include "data/text_form.h"
#include "log/embedded/embedded_log.h"

namespace weir::sim {

namespace {

constexpr int kOrdersOfChunk = 24;
constexpr uint64_t kSnapshotBytes = 6000;
constexpr Micros kLook = 400'000;  // a followed file is looked at now and then

const std::map<std::string, std::string> kProject = {
    {"weir.yml", "name: sim\n"},
    {"environments/dev.yml", "commit: 1ms\n"},
    {"sources/all.yml", R"yaml(sources:
  - name: orders
    from: {file: {path: orders.ndjson, follow: true}}
    event_time: at
    watermark: 20s
    dedupe: {key: [id], within: 1h}
    columns:
      - {name: id, type: bigint}
      - {name: at, type: timestamptz}
      - {name: amount, type: "numeric(10,2)"}
      - {name: country, type: text}
      - {name: customer, type: bigint}
  - name: customers
    from: {file: {path: customers.ndjson, follow: true}}
    mode: upsert
    key: [customer]
    columns:
      - {name: customer, type: bigint}
      - {name: name, type: text}
  - name: closed_back
    from: {topic: sim.closed}
    columns:
      - {name: window_start, type: timestamptz}
      - {name: n, type: bigint}
)yaml"},
    {"models/revenue.sql", R"(/*---
key: [minute, country]
---*/
select window_start as minute, country, count(*) as n, sum(amount) as total
from tumble(orders, at, interval '1 minute') group by window_start, window_end, country
)"},
    {"models/closed.sql", R"(/*---
emit: on_close
---*/
select window_start, window_end, count(*) as n, avg(amount) as mean
from hop(orders, at, interval '30 seconds', interval '1 minute') group by window_start, window_end
)"},
    {"models/named.sql", R"(select o.id, c.name, o.amount from orders o
left join customers c on c.customer = o.customer where o.amount > 50
)"},
    {"models/best.sql",
     "select name, sum(amount) as total from named group by name\n"
     "order by total desc, name limit 5\n"},
    {"models/ranks.sql", R"(select country, minute,
  rank() over (partition by country order by total desc) as place
from revenue
)"},
    {"models/divided.sql", "select id, 100 / (customer % 5) as part from orders\n"},
    {"models/closed_again.sql", "select count(*) as n, sum(n) as rows from closed_back\n"},
    {"sinks/all.yml", R"(sinks:
  - {name: revenue_topic, from: revenue, to: {topic: sim.revenue}, changes: upsert}
  - {name: closed_topic, from: closed, to: {topic: sim.closed}, changes: append}
  - {name: closed_file, from: closed, to: {file: {path: out/closed.ndjson}}}
  - {name: best_file, from: best, to: {file: {path: out/best.ndjson, roll: 2KiB}}, changes: append}
)"},
};

const std::vector<std::string> kViews = {"revenue", "closed", "named", "best", "ranks", "divided",
                                         "closed_again"};
// Columns of side streams that are of the epoch and not of the row.
const std::set<std::string> kOfTheEpoch = {"id", "at", "position", "watermark"};
const std::vector<std::string> kSideStreams = {"orders__dead", "closed__late", "divided__dead"};

void add_rows(Rows& rows, const Schema& schema, const Batch& batch, bool side) {
  for (uint32_t row = 0; row < batch.rows; ++row) {
    std::string text;
    for (size_t c = 0; c < batch.columns.size(); ++c) {
      const std::string& name = schema.fields[c].name;
      if (side && kOfTheEpoch.count(name)) continue;
      if (batch.columns[c]->is_null(row)) {
        text += "~|";
      } else {
        append_text_form(text, *batch.columns[c], row);
        text += "|";
      }
    }
    int64_t& count = rows[text];
    count += batch.weight(row);
    if (count == 0) rows.erase(text);
  }
}

std::string field_of(const std::string& line, const std::string& name) {
  const size_t at = line.find("\"" + name + "\":");
  if (at == std::string::npos) return "";
  return line.substr(at, line.find(',', at) - at);
}

// A line of changes: plain rows come; "_op" says which come and go.
Status fold(Rows& rows, std::string line) {
  const bool goes = line.starts_with("{\"_op\":\"delete\"");
  if (line.starts_with("{\"_op\":")) line.erase(0, line.find(',') + 1);
  int64_t& count = rows[line];
  count += goes ? -1 : 1;
  if (count < 0) return Error(ErrorKind::kInternal, 1, "takes back what it never gave: " + line);
  if (count == 0) rows.erase(line);
  return {};
}

}  // namespace

struct World::Running {
  std::unique_ptr<log::Log> log;
  std::unique_ptr<engine::Pipeline> pipeline;  // goes before the log that it uses
};

World::World(uint64_t seed, int chunks, bool spill_always)
    : random_(seed), all_chunks_(chunks), spill_always_(spill_always) {
  for (const auto& [name, text] : kProject) files.place("/p/" + name, text);
  files.place("/p/orders.ndjson", "");
  files.place("/p/customers.ndjson", "");
  project::LoadResult loaded = project::load_project(files, "/p", "dev");
  for (const project::Diagnostic& each : loaded.diagnostics) fmt::print("{}\n", each.message);
  WEIR_CHECK(loaded.project.has_value());
  project_ = std::move(*loaded.project);
}

std::string World::order(uint64_t number) {
  if (random_.chance(0.02)) return "{\"id\":" + std::to_string(number) + ",\"at\":\"broken\"}\n";
  const int64_t late = random_.chance(0.06) ? random_.between(1, 90) : 0;
  const int64_t second = std::max<int64_t>(0, static_cast<int64_t>(number) * 2 - late);
  static constexpr const char* kCountries[] = {"\"SE\"", "\"NO\"", "\"DE\"", "null"};
  const uint64_t id = random_.chance(0.05) && number > 0 ? number - 1 : number;  // said twice
  return fmt::format(
      "{{\"id\":{},\"at\":\"2026-01-01T{:02}:{:02}:{:02}Z\",\"amount\":{}.{:02},\"country\":{},"
      "\"customer\":{}}}\n",
      id, 10 + second / 3600, second / 60 % 60, second % 60, random_.below(100),
      random_.below(100), kCountries[random_.below(4)], random_.below(12));
}

void World::write_chunk() {
  for (int i = 0; i < kOrdersOfChunk; ++i) orders_text_ += order(orders_++);
  for (uint64_t i = random_.below(4); i > 0; --i) {
    customers_text_ += fmt::format("{{\"customer\":{},\"name\":\"c{}\"}}\n", random_.below(10),
                                   random_.below(6));
  }
  files.place("/p/orders.ndjson", orders_text_);
  files.place("/p/customers.ndjson", customers_text_);
  ++chunks_;
}

World::End World::fail(const Error& why) {
  error = why.to_string();
  error_kind = why.kind();
  return End::kError;
}

Status World::open(Running& running) {
  log::EmbeddedLogOptions options;
  options.root = "/state/log";
  options.journal_file_bytes = 16 << 10;
  options.large_epoch_bytes = 12 << 10;
  options.on_fatal = [](const Error&) {};
  running.log = TRY(log::open_embedded_log(files, clock, options));
  engine::PipelineSpec spec;
  spec.name = "sim.dev";
  spec.sources = project_.sources;
  spec.views = project_.models;
  spec.sinks = project_.sinks;
  spec.commit_interval = project_.settings.commit_interval;
  engine::PipelineContext context{{files, clock, running.log.get(), "/p", "_weir.sim.dev"},
                                  *running.log, "/state/snapshots"};
  context.snapshot_after_bytes = kSnapshotBytes;
  context.stop = &stop_;
  context.spill_always = spill_always_;
  running.pipeline = TRY(engine::Pipeline::open(std::move(spec), std::move(context)));
  return {};
}

World::End World::live(Hooks& hooks, bool clean) {
  Running running;
  if (Status status = open(running); !status) return fail(status.error());
  int idle = 0;
  while (true) {
    if (hooks.before_step(*this)) {
      if (!clean) return End::kStopped;
      Status status = running.pipeline->flush_outputs();
      if (status) status = running.pipeline->write_snapshot();
      return status ? End::kStopped : fail(status.error());
    }
    const auto step = running.pipeline->step();
    if (!step) return fail(step.error());
    if (*step == engine::Pipeline::Step::kWorked) {
      idle = 0;
      continue;
    }
    if (Status status = running.pipeline->flush_outputs(); !status) return fail(status.error());
    if (Status status = running.log->maintain(); !status) return fail(status.error());
    clock.sleep_for(kLook);
    if (++idle < 3) continue;
    if (chunks_ == all_chunks_) return End::kAll;
    write_chunk();
    idle = 0;
  }
}

Result<Rows> World::topic(log::Log& log, const std::string& name, bool keyed) {
  Rows rows;
  std::map<std::string, std::string> last;
  Offset at = TRY(log.start_offset(name, PartitionId(0)));
  while (true) {
    const log::ReadBatch read = TRY(log.read(name, PartitionId(0), at, 1 << 20));
    if (read.records.empty()) break;
    for (const log::StoredRecord& record : read.records) {
      const std::string value(record.value ? *record.value : "");
      if (keyed) {
        last[std::string(record.key ? *record.key : "")] = value;
      } else {
        TRY_VOID(fold(rows, value));
      }
    }
    at = read.next;
  }
  for (const auto& [key, value] : last) {
    if (!value.empty()) ++rows[value];
  }
  return rows;
}

Result<Rows> World::folded_files(const std::string& name) {
  Rows rows;
  for (const std::string& path : files.all_files("/p/out/" + name)) {
    std::string text = TRY(files.read_all(path));
    if (!text.empty() && text.back() != '\n')
      return Error(ErrorKind::kInternal, 1, path + " ends in half a line");
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      TRY_VOID(fold(rows, text.substr(at, end - at)));
      at = end + 1;
    }
  }
  return rows;
}

Result<Outcome> World::outcome() {
  Running running;
  TRY_VOID(open(running));
  Outcome all;
  for (const std::string& view : kViews) {
    const Schema& schema = *project_.catalog.find(view);
    for (const Batch& batch : TRY(running.pipeline->contents(view)))
      add_rows(all[view], schema, batch, false);
  }
  for (const std::string& side : kSideStreams) {
    const bool dead = side.ends_with("__dead");
    const Schema schema = dead ? engine::dead_schema() : engine::late_schema();
    for (const Batch& batch : TRY(running.pipeline->contents(side)))
      add_rows(all[side], schema, batch, true);
  }
  all["topic sim.revenue"] = TRY(topic(*running.log, "sim.revenue", true));
  all["topic sim.closed"] = TRY(topic(*running.log, "sim.closed", false));
  all["file closed"] = TRY(folded_files("closed"));
  all["file best"] = TRY(folded_files("best"));
  return all;
}

std::string difference(const Outcome& want, const Outcome& got) {
  for (const auto& [name, rows] : want) {
    const auto it = got.find(name);
    const Rows none;
    const Rows& mine = it == got.end() ? none : it->second;
    for (const auto& [row, count] : rows) {
      const auto at = mine.find(row);
      const int64_t have = at == mine.end() ? 0 : at->second;
      if (have == count) continue;
      return fmt::format("{}: {} times, expected {}: {}", name, have, count, row);
    }
    for (const auto& [row, count] : mine) {
      if (!rows.count(row)) return fmt::format("{}: {} times, expected none: {}", name, count, row);
    }
  }
  return "";
}

}  // namespace weir::sim
