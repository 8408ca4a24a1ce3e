#include "engine/engine.h"

#include <fmt/core.h>

#include "base/log.h"
#include "engine/query.h"
#include "plan/plan_statement.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

constexpr Micros kIdleSleep = 1'000;
constexpr Micros kRetryAfter = 1'000'000;
constexpr Micros kMaintainEvery = 10'000'000;
constexpr Micros kUploadAtEnd = 20'000'000;
constexpr Micros kRateSpan = 5'000'000;

// What can be there again in a moment: the pipeline is dropped and recovers.
bool is_passing(const Error& error) {
  return error.kind() == ErrorKind::kNoSpace || error.kind() == ErrorKind::kUnavailable;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(project::Project project, EngineContext context) {
  std::unique_ptr<Engine> engine(new Engine(std::move(project), std::move(context)));
  TRY_VOID(engine->open_log());
  TRY_VOID(engine->open_backup());
  engine->pipeline_ = TRY(engine->open_pipeline(engine->project_));
  TRY_VOID(engine->open_receiver());
  return engine;
}

Engine::Engine(project::Project project, EngineContext context)
    : project_(std::move(project)), context_(std::move(context)) {}

Engine::~Engine() { stop(); }

std::string Engine::state_dir() const { return state_dir_of(project_); }

Status Engine::open_log() {
  const ProjectLogOptions options{context_.read_only, context_.durable, &stop_};
  ProjectLog opened = TRY(open_project_log(project_, context_.files, context_.clock, options));
  state_lock_ = std::move(opened.lock);
  log_ = std::move(opened.log);
  return {};
}

Status Engine::open_backup() {
  if (context_.read_only) return {};
  backup_ = TRY(SnapshotBackup::open(project_, context_.files, context_.clock));
  if (!backup_) return {};
  return backup_->prepare(TRY(log_->last_epoch(pipeline_name_of(project_))));
}

PipelineContext Engine::pipeline_context() {
  connect::SourceContext source{context_.files, context_.clock, log_.get(), project_.dir,
                                internal_prefix_of(project_)};
  PipelineContext context{source, *log_, io::join_path(state_dir(), "snapshots")};
  context.stop = &stop_;
  context.read_only = context_.read_only;
  context.backup = backup_.get();
  context.threads = true;
  return context;
}

Result<std::unique_ptr<Pipeline>> Engine::open_pipeline(const project::Project& project) {
  PipelineSpec spec;
  spec.name = pipeline_name_of(project);
  spec.sources = project.sources;
  spec.views = project.models;
  spec.sinks = project.sinks;
  spec.commit_interval = project.settings.commit_interval;
  spec.memory_limit = project.settings.memory_bytes;
  return Pipeline::open(std::move(spec), pipeline_context());
}

// With pipeline_mutex_ held: rows that are being received are received before.
Status Engine::open_receiver() {
  if (context_.read_only) return {};
  receiver_.reset();
  receiver_ = TRY(connect::StreamReceiver::open(*log_, context_.clock,
                                                pipeline_context().source.internal_topic_prefix,
                                                project_.sources));
  return {};
}

void Engine::start() {
  set_state(RunState::kRunning);
  if (backup_) backup_->start();
  thread_ = std::thread([this] { run(); });
}

void Engine::stop() {
  stop_ = true;
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (backup_) backup_->finish(kUploadAtEnd);
}

void Engine::set_state(RunState state) {
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    failure_.reset();
  }
  changed_.notify_all();
}

// What does not pass is told by whoever looks at the state.
void Engine::fail(Error error, RunState state) {
  if (state == RunState::kWaiting && state_ != state) {
    log_warn("waiting, then trying again", {{"error", error.to_string()}});
  }
  {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
    state_ = state;
  }
  changed_.notify_all();
}

std::optional<Error> Engine::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

RunState Engine::wait(Micros at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(at_most), [&] {
    return state_ != RunState::kRunning || stop_;
  });
  return state_;
}

void Engine::run() {
  int64_t maintained = context_.clock.monotonic_nanos();
  while (!stop_) {
    Reload* reload = nullptr;
    {
      const std::lock_guard lock(mutex_);
      reload = reload_;
    }
    if (reload) take_up(*reload);
    if (!run_once()) context_.clock.sleep_for(kIdleSleep);
    const int64_t now = context_.clock.monotonic_nanos();
    if (now - maintained < kMaintainEvery * 1000) continue;
    maintained = now;
    if (const Status status = log_->maintain(); !status) {
      log_warn("the log could not be tidied", {{"error", status.error().to_string()}});
    }
  }
  if (!pipeline_ || state_ == RunState::kFailed) return;
  Status status = pipeline_->flush_outputs();
  if (status) status = pipeline_->close();
  if (!status) log_warn("no snapshot was written", {{"error", status.error().to_string()}});
  set_state(RunState::kStopped);
}

// After something that passes: true where the pipeline is there again.
bool Engine::recover_pipeline() {
  if (state_ == RunState::kFailed) return false;
  if (pipeline_) return true;
  Result<std::unique_ptr<Pipeline>> again = open_pipeline(project_);
  if (!again) {
    give_up_or_wait(std::move(again).error());
    return false;
  }
  const std::unique_lock lock(pipeline_mutex_);
  pipeline_ = std::move(*again);
  set_state(RunState::kRunning);
  return true;
}

// What passes is waited for: the pipeline is dropped, and recovers at the next try.
void Engine::give_up_or_wait(Error error) {
  const bool passing = is_passing(error);
  fail(std::move(error), passing ? RunState::kWaiting : RunState::kFailed);
  if (!passing) return;
  {
    const std::unique_lock lock(pipeline_mutex_);
    pipeline_.reset();
  }
  context_.clock.sleep_for(kRetryAfter);
}

// False where there was nothing to do.
bool Engine::run_once() {
  if (!recover_pipeline()) return false;
  Result<Pipeline::Step> step = pipeline_->step();
  if (!step) {
    give_up_or_wait(std::move(step).error());
    return false;
  }
  if (*step == Pipeline::Step::kWorked) {
    if (state_ != RunState::kRunning) set_state(RunState::kRunning);
    return true;
  }
  if (Status flushed = pipeline_->flush_outputs(); !flushed) {
    give_up_or_wait(std::move(flushed).error());
    return false;
  }
  const RunState now = *step == Pipeline::Step::kEnded
                           ? RunState::kEnded
                           : (pipeline_->level() ? RunState::kLevel : RunState::kRunning);
  if (state_ != now) set_state(now);
  return false;
}

void Engine::take_up(Reload& reload) {
  Status answer;
  if (pipeline_) pipeline_->stop_snapshots();
  Result<std::unique_ptr<Pipeline>> next = open_pipeline(reload.project);
  if (next) {
    std::unique_ptr<Pipeline> old;
    {
      const std::unique_lock lock(pipeline_mutex_);
      old = std::exchange(pipeline_, std::move(*next));
      project_ = std::move(reload.project);
      answer = open_receiver();
    }
    set_state(RunState::kRunning);
  } else {
    answer = std::move(next).error();
    // The log may have moved on under the old pipeline: it recovers too.
    Result<std::unique_ptr<Pipeline>> again = open_pipeline(project_);
    const std::unique_lock lock(pipeline_mutex_);
    if (again) {
      pipeline_ = std::move(*again);
    } else {
      fail(std::move(again).error(), RunState::kFailed);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    reload.answer = std::move(answer);
    reload_ = nullptr;
  }
  changed_.notify_all();
}

Status Engine::reload(project::Project project) {
  Reload reload{std::move(project), std::nullopt};
  std::unique_lock lock(mutex_);
  reload_ = &reload;
  changed_.wait(lock, [&] { return reload.answer.has_value() || stop_; });
  reload_ = nullptr;
  if (reload.answer) return std::move(*reload.answer);
  return Error(ErrorKind::kCancelled, 1452, "the project was stopped");
}

// Views, sources and their side streams.
catalog::Catalog Engine::query_catalog() {
  catalog::Catalog catalog = project_.catalog;
  for (const std::string& name : project_.catalog.names()) {
    if (!catalog.find(name + "__dead")) catalog.add_view(name + "__dead", dead_schema());
    if (!catalog.find(name + "__late")) catalog.add_view(name + "__late", late_schema());
  }
  return catalog;
}

// For plans that live as long as the query.
catalog::Catalog Engine::counted_catalog() {
  catalog::Catalog catalog = query_catalog();
  if (!pipeline_) return catalog;
  for (const auto& [name, rows] : pipeline_->row_counts()) catalog.set_rows(name, rows);
  return catalog;
}

Result<StatementResult> Engine::query(std::string_view sql, const std::vector<Value>& parameters) {
  const sql::SelectPtr select = TRY(sql::parse_select(sql));
  return query(sql, *select, parameters);
}

Result<StatementResult> Engine::query(std::string_view text, const sql::Select& select,
                                      const std::vector<Value>& parameters,
                                      const QueryWatch& watch) {
  const std::shared_lock lock(pipeline_mutex_);
  if (!pipeline_) {
    return Error(ErrorKind::kUnavailable, 1453, "the project does not run at the moment");
  }
  const plan::View view = TRY(plan::plan_select(text, select, counted_catalog(), parameters));
  return run_query(
      view, {},
      {[&](const std::string& relation) { return pipeline_->contents(relation); },
       context_.clock.now(), watch});
}

Result<StatementDescription> Engine::describe(std::string_view text, const sql::Select& select,
                                              const std::vector<Value>& parameters) {
  const std::shared_lock lock(pipeline_mutex_);
  return describe_query(TRY(plan::plan_select(text, select, counted_catalog(), parameters)));
}

Result<plan::View> Engine::plan(std::string_view text, const sql::Select& select,
                                const std::vector<Value>& parameters) {
  const std::shared_lock lock(pipeline_mutex_);
  return plan::plan_select(text, select, counted_catalog(), parameters);
}

Result<plan::View> Engine::plan_view(std::string_view text, const sql::Select& select,
                                     const std::string& name) {
  const std::shared_lock lock(pipeline_mutex_);
  catalog::ViewDefinition definition;
  definition.name = name;
  definition.sql_start = {"", 1, 1, 0, 0};
  return plan::plan_view_select(text, select, definition, query_catalog());
}

Result<SubscriptionHandle> Engine::subscribe(const std::string& view,
                                                        bool with_contents) {
  const std::shared_lock lock(pipeline_mutex_);
  if (!pipeline_) {
    return Error(ErrorKind::kUnavailable, 1453, "the project does not run at the moment");
  }
  return pipeline_->subscribe(view, with_contents);
}

Result<connect::ReceiveAnswer> Engine::receive(const std::string& stream,
                                               std::string_view content_type,
                                               std::string_view body,
                                               std::string_view idempotency_key) {
  const std::shared_lock lock(pipeline_mutex_);
  if (!receiver_) {
    return Error(ErrorKind::kUnavailable, 1453, "the project does not run at the moment");
  }
  return receiver_->receive(stream, content_type, body, idempotency_key);
}

Result<Judged> Engine::judge(const std::string& source, const LetterFilter& filter,
                             LetterState verdict) {
  const std::lock_guard one_at_a_time(judging_);
  const std::shared_lock lock(pipeline_mutex_);
  if (!pipeline_) {
    return Error(ErrorKind::kUnavailable, 1453, "the project does not run at the moment");
  }
  TRY_VOID(can_be_judged(project_, source, verdict));
  const Manifest last = TRY(last_manifest(*log_, pipeline_name_of(project_)));
  DeadLetters letters(*log_, internal_prefix_of(project_), last);
  Result<Judged> judged = letters.judge(source, filter, verdict);
  pipeline_->letters_came();
  return judged;
}

PipelineStatus Engine::status() {
  PipelineStatus status;
  {
    const std::shared_lock lock(pipeline_mutex_);
    if (pipeline_) status = pipeline_->status();
    status.name = project_.name;
  }
  if (backup_) status.backup = backup_->status();
  if (context_.read_only) {
    status.state = "stopped";
    return status;
  }
  if (state_ == RunState::kLevel && status.state == "running") status.state = "level";
  if (const auto failed = failure()) {
    status.state = state_ == RunState::kWaiting ? "waiting" : "failed";
    status.error = failed->to_string();
  }
  measure_rates(status);
  return status;
}

// Rates over the last seconds, from counts that only grow.
void Engine::measure_rates(PipelineStatus& status) {
  Sample now{context_.clock.monotonic_nanos() / 1000, {}};
  for (const StreamStatus& s : status.streams) now.counts["s:" + s.name] = s.records;
  for (const ViewStatus& v : status.views) now.counts["v:" + v.name] = v.changes;
  const std::lock_guard lock(mutex_);
  const Sample* then = nullptr;
  for (const Sample& sample : samples_) {
    if (now.at - sample.at <= kRateSpan) {
      then = &sample;
      break;
    }
  }
  const auto rate = [&](const std::string& name) {
    if (!then || now.at <= then->at) return 0.0;
    const auto before = then->counts.find(name);
    if (before == then->counts.end() || before->second > now.counts[name]) return 0.0;
    return static_cast<double>(now.counts[name] - before->second) * 1e6 /
           static_cast<double>(now.at - then->at);
  };
  for (StreamStatus& s : status.streams) {
    s.records_per_second = rate("s:" + s.name);
    status.figures.rows_per_second += s.records_per_second;
  }
  for (ViewStatus& v : status.views) v.changes_per_second = rate("v:" + v.name);
  if (samples_.empty() || now.at - samples_.back().at > kRateSpan / 20) {
    samples_.push_back(std::move(now));
  }
  std::erase_if(samples_,
                [&](const Sample& s) { return samples_.back().at - s.at > 2 * kRateSpan; });
}

std::vector<Session::Relation> Engine::relations() {
  const std::shared_lock lock(pipeline_mutex_);
  std::vector<Session::Relation> relations;
  for (const connect::SourceSpec& source : project_.sources) {
    relations.push_back({"public", source.definition.name, "stream", source.definition.schema,
                         source.definition.key, ""});
  }
  for (const plan::View& view : project_.models) {
    Session::Relation& relation = relations.emplace_back();
    relation = {"public", view.definition.name, "materialized view", view.root->schema, {},
                view.definition.sql};
    for (const uint32_t column : view.key) {
      relation.key.push_back(view.root->schema.fields[column].name);
    }
  }
  return relations;
}

}  // namespace weir::engine
