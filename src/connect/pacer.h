// How many rows may go now, for a source that is told to give so many a second. After a pause it
// catches up at most one second's worth.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace weir::connect {

class Pacer {
 public:
  Pacer(Clock& clock, double per_second) : clock_(clock), per_second_(per_second) {}

  // Of at most `wanted` rows; unlimited where no rate was given.
  uint32_t allowed(uint32_t wanted) {
    if (per_second_ <= 0) return wanted;
    const int64_t now = clock_.monotonic_nanos();
    if (!started_) {
      started_ = true;
      last_nanos_ = now;
      credit_ = 1;
    }
    credit_ += static_cast<double>(now - last_nanos_) * 1e-9 * per_second_;
    credit_ = std::min(credit_, std::max(1.0, per_second_));
    last_nanos_ = now;
    return static_cast<uint32_t>(std::min<double>(wanted, credit_));
  }
  void take(uint64_t rows) {
    if (per_second_ > 0) credit_ -= static_cast<double>(rows);
  }

 private:
  Clock& clock_;
  double per_second_;
  bool started_ = false;
  int64_t last_nanos_ = 0;
  double credit_ = 0;
};

}  // namespace weir::connect
