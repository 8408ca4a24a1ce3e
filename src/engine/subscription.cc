#include "engine/subscription.h"

namespace weir::engine {

namespace {
constexpr uint64_t kMaxBytes = 64 << 20;  // that wait, so that a few wide rows are no way around

uint64_t bytes_of(const std::deque<connect::EpochChanges>& queue) {
  uint64_t bytes = 0;
  for (const connect::EpochChanges& changes : queue) bytes += changes.batch.byte_size();
  return bytes;
}
}  // namespace

bool Subscription::offer(const connect::EpochChanges& changes) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    // A first snapshot may be larger than the bound; what waits behind an unread one may not.
    const bool too_many = queued_rows_ + changes.batch.rows > kMaxRows ||
                          bytes_of(queue_) + changes.batch.byte_size() > kMaxBytes;
    if (!queue_.empty() && too_many) {
      closed_ = true;
      reason_ = "the subscriber fell too far behind";
      queue_.clear();
    } else {
      queued_rows_ += changes.batch.rows;
      queue_.push_back(changes);
    }
  }
  ready_.notify_all();
  return true;
}

void Subscription::close(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    reason_ = std::move(reason);
  }
  ready_.notify_all();
}

std::optional<connect::EpochChanges> Subscription::next(Micros wait) {
  std::unique_lock lock(mutex_);
  ready_.wait_for(lock, std::chrono::microseconds(wait),
                  [&] { return closed_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  connect::EpochChanges changes = std::move(queue_.front());
  queue_.pop_front();
  queued_rows_ -= changes.batch.rows;
  return changes;
}

bool Subscription::closed() {
  const std::lock_guard lock(mutex_);
  return closed_ && queue_.empty();
}

std::string Subscription::reason() {
  const std::lock_guard lock(mutex_);
  return reason_;
}

}  // namespace weir::engine
