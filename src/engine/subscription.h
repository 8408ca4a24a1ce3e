// A subscriber of a view: the committed changes, epoch by epoch, in a bounded queue. One that does
// not keep up is ended rather than allowed to grow: it asks again and starts from a snapshot.
#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "connect/sink.h"

namespace weir::engine {

class Subscription {
 public:
  explicit Subscription(std::string view, Schema schema)
      : view_(std::move(view)), schema_(std::move(schema)) {}

  const std::string& view() const { return view_; }
  const Schema& schema() const { return schema_; }

  // Set before anybody else knows it: the first change is what the view held.
  void start_with_contents() { starts_with_contents_ = true; }
  bool starts_with_contents() const { return starts_with_contents_; }

  // The pipeline's side. False: it is over.
  bool offer(const connect::EpochChanges& changes);
  void close(std::string reason);

  // The reader's side: the next change; nullopt: none within the time.
  std::optional<connect::EpochChanges> next(Micros wait);
  bool closed();
  std::string reason();

 private:
  static constexpr uint64_t kMaxRows = 1'000'000;

  const std::string view_;
  const Schema schema_;
  bool starts_with_contents_ = false;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<connect::EpochChanges> queue_;
  uint64_t queued_rows_ = 0;
  bool closed_ = false;
  std::string reason_;
};

// Of the reader, whom the pipeline knows as long as it is held.
using SubscriptionHandle = std::shared_ptr<Subscription>;

}  // namespace weir::engine
