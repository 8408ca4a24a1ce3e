// A world for one weir: a simulated disk with a project and its input on it, a clock that is moved
// by hand, and one life of a process after another. All that happens follows from a seed.
//
// The project has what can go wrong in a restart: append and upsert sources, dedupe, broken lines,
// joins, windows that close, late rows, a first-n, window functions, file sinks, topic sinks, and a
// source that reads one of those topics back.
#pragma once
#include <atomic>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "engine/pipeline.h"
#include "io/sim_file_system.h"
#include "project/project.h"

namespace weir::sim {

using Rows = std::map<std::string, int64_t>;       // a row's text, how often
using Outcome = std::map<std::string, Rows>;       // by view, side stream, sink

class World {
 public:
  // `spill_always`: state that can be on disk alone is there after each epoch.
  World(uint64_t seed, int chunks, bool spill_always = false);

  enum class End : uint8_t { kAll, kStopped, kError };
  // What may happen in a life besides failing calls: called before each step, answers true where
  // the life is to end there.
  struct Hooks {
    virtual ~Hooks() = default;
    virtual bool before_step(World&) { return false; }
  };
  // Opens, goes on until all input is read and seen, and answers how it ended. `clean`: a life that
  // was stopped writes a snapshot, as one that is asked to end does.
  End live(Hooks& hooks, bool clean);

  // What is there after the last life: everything that anyone outside can see.
  Result<Outcome> outcome();

  io::SimFileSystem files;
  ManualClock clock{1'767'225'600'000'000};
  std::string error;            // of the last life
  ErrorKind error_kind = ErrorKind::kInternal;

 private:
  struct Running;
  Status open(Running& running);
  End fail(const Error& why);
  void write_chunk();
  std::string order(uint64_t number);
  Result<Rows> topic(log::Log& log, const std::string& name, bool keyed);
  Result<Rows> folded_files(const std::string& name);

  Random random_;               // of the input
  const int all_chunks_;
  const bool spill_always_;
  int chunks_ = 0;
  uint64_t orders_ = 0;
  std::string orders_text_;
  std::string customers_text_;
  project::Project project_;
  const std::atomic<bool> stop_ = true;  // a full disk is not waited for
};

// The first difference, in words; empty: there is none.
std::string difference(const Outcome& want, const Outcome& got);

}  // namespace weir::sim
