// A project, running: the log of its folder, one pipeline on a thread of its own, and what the
// outside may ask of it. `weir dev`, `weir run` and the servers hold one; `query` and `status` open
// it read-only where nothing runs.
//
// Threads: everything may be called from any thread. The pipeline steps on the engine's own thread;
// an edited project is taken up there, between two epochs, while readers still see the old one.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <shared_mutex>
#include <string>
#include <thread>

#include "connect/http/receiver.h"
#include "engine/dead_letters.h"
#include "engine/pipeline.h"
#include "engine/project_log.h"
#include "engine/query.h"
#include "engine/session.h"
#include "engine/snapshot_backup.h"
#include "project/project.h"
#include "sql/ast.h"

namespace weir::engine {

struct EngineContext {
  io::FileSystem& files;
  Clock& clock;
  bool read_only = false;
  bool durable = true;  // false: commits are not synced (throw-away runs)
};

// kWaiting: something outside is missing for the moment (disk space); it tries again by itself.
enum class RunState : uint8_t { kRunning, kLevel, kEnded, kWaiting, kFailed, kStopped };

class Engine {
 public:
  // Opens the log and the state and recovers. Errors: kLocked where another process runs the
  // folder.
  static Result<std::unique_ptr<Engine>> open(project::Project project, EngineContext context);
  ~Engine();

  void start();
  // Ends the thread behind the epoch that it is in, and writes a snapshot.
  void stop();
  // Takes up an edited project; returns when it runs or was refused (then the old one goes on).
  Status reload(project::Project project);
  // Waits until the state is one of those that end a wait, or the time is over.
  RunState wait(Micros at_most);
  RunState state() const { return state_; }
  std::optional<Error> failure();

  const project::Project& project() const { return project_; }
  std::string state_dir() const;
  Result<StatementResult> query(std::string_view sql, const std::vector<Value>& parameters);
  // The same of a parsed SELECT of `text`. `watch`: who looks at it.
  Result<StatementResult> query(std::string_view text, const sql::Select& select,
                                const std::vector<Value>& parameters,
                                const QueryWatch& watch = {});
  Result<StatementDescription> describe(std::string_view text, const sql::Select& select,
                                        const std::vector<Value>& parameters);
  Micros now() const { return context_.clock.now(); }
  Result<plan::View> plan(std::string_view text, const sql::Select& select,
                          const std::vector<Value>& parameters);
  // A SELECT of `text` as a view of that name, which nobody keeps.
  Result<plan::View> plan_view(std::string_view text, const sql::Select& select,
                               const std::string& name);
  Clock& clock() { return context_.clock; }
  Result<SubscriptionHandle> subscribe(const std::string& view, bool with_contents);
  PipelineStatus status();
  std::vector<Session::Relation> relations();
  // Rows pushed over HTTP: durable on return.
  Result<connect::ReceiveAnswer> receive(const std::string& stream, std::string_view content_type,
                                         std::string_view body, std::string_view idempotency_key);
  // Over the dead letters of a source that wait and that the filter takes: durable on return.
  Result<Judged> judge(const std::string& source, const LetterFilter& filter,
                       LetterState verdict);

 private:
  struct Reload {
    project::Project project;
    std::optional<Status> answer;
  };

  Engine(project::Project project, EngineContext context);
  Status open_log();
  Status open_backup();
  PipelineContext pipeline_context();
  Result<std::unique_ptr<Pipeline>> open_pipeline(const project::Project& project);
  Status open_receiver();
  void run();
  bool run_once();
  bool recover_pipeline();
  void give_up_or_wait(Error error);
  void take_up(Reload& reload);
  void set_state(RunState state);
  void fail(Error error, RunState state);
  void measure_rates(PipelineStatus& status);
  catalog::Catalog query_catalog();
  catalog::Catalog counted_catalog();

  project::Project project_;
  EngineContext context_;
  std::unique_ptr<io::FileLock> state_lock_;  // beside a Kafka log; the embedded one has its own
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<SnapshotBackup> backup_;    // null: no object storage is named, or read-only
  std::atomic<bool> stop_ = false;
  std::atomic<RunState> state_ = RunState::kStopped;

  std::shared_mutex pipeline_mutex_;             // of project_, pipeline_ and receiver_ as pointers
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<connect::StreamReceiver> receiver_;  // null: read-only

  std::mutex judging_;                           // taken first, alone
  std::mutex mutex_;                             // of what follows
  std::condition_variable changed_;
  std::optional<Error> failure_;
  Reload* reload_ = nullptr;
  struct Sample {
    Micros at = 0;
    std::map<std::string, uint64_t> counts;
  };
  std::vector<Sample> samples_;                  // of counts, for rates
  std::thread thread_;
};

}  // namespace weir::engine
