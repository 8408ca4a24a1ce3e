#include "base/clock.h"

#include <ctime>

namespace weir {

namespace {
int64_t read_nanos(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}
}  // namespace

Micros RealClock::now() { return read_nanos(CLOCK_REALTIME) / 1000; }
int64_t RealClock::monotonic_nanos() { return read_nanos(CLOCK_MONOTONIC); }

void RealClock::sleep_for(Micros micros) {
  timespec ts{micros / 1'000'000, (micros % 1'000'000) * 1000};
  nanosleep(&ts, nullptr);
}

}  // namespace weir
