// The only source of time. Components take a Clock&; simulation hands in one that it moves.
#pragma once
#include <cstdint>

#include "base/ids.h"

namespace weir {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros now() = 0;                 // wall clock
  virtual int64_t monotonic_nanos() = 0;    // never goes back
  virtual void sleep_for(Micros micros) = 0;
};

class RealClock final : public Clock {
 public:
  Micros now() override;
  int64_t monotonic_nanos() override;
  void sleep_for(Micros micros) override;
};

// Stands still until it is moved; sleeping moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Micros start = 0) : now_(start) {}
  Micros now() override { return now_; }
  int64_t monotonic_nanos() override { return now_ * 1000; }
  void sleep_for(Micros micros) override { now_ += micros; }
  void set(Micros now) { now_ = now; }

 private:
  Micros now_;
};

}  // namespace weir
