// The engine of `weir sql`: tables, views and materialized views in memory, no project, no log. A
// materialized view is kept by the same operators as a model: each committed transaction is one
// epoch.
//
// Transactions: one writes at a time, from its first change to its end; others wait for it and give
// up after a while (55P03). Readers see committed changes and their own.
//
// Threads: any number of sessions, each used by one thread at a time.
#pragma once
#include <memory>

#include "base/clock.h"
#include "engine/session.h"

namespace weir::engine {

class ScratchDatabase final : public SessionFactory {
 public:
  struct Rep;
  explicit ScratchDatabase(Clock& clock);
  ~ScratchDatabase() override;
  Result<std::unique_ptr<Session>> connect(const std::string& user,
                                           const std::string& database) override;

 private:
  std::unique_ptr<Rep> rep_;
};

}  // namespace weir::engine
