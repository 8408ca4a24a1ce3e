// Replay by event time: a row comes when as much time has gone by, divided by the speed, as lies
// between its event time and that of the first row given.
#pragma once
#include <optional>

#include "base/clock.h"
#include "connect/source.h"

namespace weir::connect {

class Replay {
 public:
  Replay(Clock& clock, double speed) : clock_(clock), speed_(speed) {}

  bool is_due(Micros event_time) {
    const int64_t now = clock_.monotonic_nanos();
    if (!first_event_time_) {
      first_event_time_ = event_time;
      first_nanos_ = now;
    }
    const double gone = static_cast<double>(now - first_nanos_) / 1000 * speed_;
    return static_cast<double>(event_time - *first_event_time_) <= gone;
  }

 private:
  Clock& clock_;
  double speed_;
  std::optional<Micros> first_event_time_;
  int64_t first_nanos_ = 0;
};

// Joins deliveries of one partition that follow one another.
Delivery join_deliveries(std::vector<Delivery> parts);
// Of a row of a date or timestamp column; nullopt: NULL.
std::optional<Micros> event_time_of(const Column& column, uint32_t row);

}  // namespace weir::connect
