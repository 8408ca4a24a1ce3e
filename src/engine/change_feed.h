// The committed changes of a query, for a SUBSCRIBE: what stands behind a session says what comes,
// and the rows that the client reads are made of it here. One thread.
#pragma once
#include <atomic>

#include "connect/sink.h"
#include "engine/session.h"
#include "sql/ast.h"

namespace weir::engine {

class ChangeFeed {
 public:
  virtual ~ChangeFeed() = default;
  virtual const Schema& schema() const = 0;
  // The next changes; nullopt: none within the time. The first are the contents, at the position
  // that they have, unless they were not asked for. Errors: it is over.
  virtual Result<std::optional<connect::EpochChanges>> next(Micros wait) = 0;
  // The epoch up to which nothing more will come once next() has nothing at hand.
  virtual Epoch position() = 0;
};

// weir_time and weir_diff before each row; with PROGRESS weir_progressed as well, and a row without
// values where all that is before weir_time has been told.
class SubscribedRows final : public RowStream {
 public:
  SubscribedRows(std::unique_ptr<ChangeFeed> feed, sql::Subscribe options,
                 const std::atomic<bool>& cancelled);
  const Schema& schema() const { return schema_; }
  Result<std::optional<Batch>> next() override;

 private:
  Batch rows_of(const connect::EpochChanges& changes);
  void append_progress(BatchBuilder& rows, Epoch told);
  Batch progress(Epoch told);

  std::unique_ptr<ChangeFeed> feed_;
  const sql::Subscribe options_;
  const std::atomic<bool>& cancelled_;
  Schema schema_;
  std::optional<Epoch> progressed_;
};

Error subscription_over(const std::string& reason);

}  // namespace weir::engine
