// When a row is final that has a cut time in place of its own: `date_trunc('minute', ts)` = v has
// rows until the minute is over. Of any chain f of cuts, shifts and zones over a time, the end of
// v is the least time from which on f is greater than v: each step of f undone in turn, the
// outermost first. A cut is undone by the next place where it cuts, so that months and zones end
// where the calendar says. Of a local time that a zone has twice the later one counts.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "data/time_zone.h"
#include "expr/expr.h"

namespace weir::plan {

struct EndStep {
  enum class Kind : uint8_t {
    kShift,       // by `size`
    kNext,        // multiple of `size` behind `origin`, or here
    kNextMonths,  // multiple of `size` months of the years, or here
    kLength,      // of a cut whose places are not known: `size` behind v
    kToUtc,
    kToLocal,
  };
  Kind kind = Kind::kShift;
  int64_t size = 0;
  Micros origin = 0;
  std::shared_ptr<const TimeZone> zone = nullptr;
  bool operator==(const EndStep& other) const;
};

class Ending {
 public:
  // None: a time that is its own end.
  bool plain() const { return steps_.empty(); }
  size_t steps() const { return steps_.size(); }
  Micros of(Micros value) const;
  Micros longest() const;  // of(f(t)) - t is never more
  std::string text() const;
  bool operator==(const Ending& other) const = default;

  bool cuts() const;
  bool only_shifts() const;
  void add(EndStep step);  // a cut that repeats the one before changes nothing
  Ending then(const Ending& inner) const;

 private:
  std::vector<EndStep> steps_;
};

// A chain of steps over one column, of which it says the column and how to undo them.
struct CutTime {
  uint32_t column = 0;
  Ending ending;
};
std::optional<CutTime> cut_time(const expr::Expr& e);

// Of an interval that is a constant and has no months.
std::optional<Micros> fixed_interval(const expr::Expr& e);

}  // namespace weir::plan
