// Time zones: by name (the table of zones in the program, whatever the case), by abbreviation (the
// default set of PostgreSQL 15), and as POSIX writes an offset, west of Greenwich: "UTC+3", "-05".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace weir {

class TimeZone {
 public:
  // Yearly changes, as in "CET-1CEST,M3.5.0,M10.5.0/3".
  struct Day {
    int month = 0;
    int week = 0;     // 1 to 5; 5: the last
    int weekday = 0;  // 0: Sunday
    int32_t seconds = 7200;
  };
  struct Change {
    int64_t time = 0;  // seconds since 1970
    int32_t offset = 0;
  };

  static TimeZone fixed(int32_t seconds_east, std::string name = {});
  // A name of the table or a POSIX offset; nullopt: there is no such zone.
  static std::optional<TimeZone> named(std::string_view name);
  // The same, and before that an abbreviation: what AT TIME ZONE and the text of times take.
  static std::optional<TimeZone> spelled(std::string_view text);

  const std::string& name() const { return name_; }
  int32_t offset_at(Micros utc) const;    // seconds east of Greenwich
  // In a gap the offset before it counts; of a time that is there twice, the later one.
  Micros to_utc(Micros local) const;
  Micros to_local(Micros utc) const;

 private:
  bool read_rule(std::string_view rule);
  Change rule_change(const Day& day, int64_t year, int32_t before, int32_t after) const;
  // The last change up to a time and the first one behind it.
  int32_t offset_at_second(int64_t second) const;
  std::optional<Change> next_change(int64_t second) const;

  std::string name_;
  int32_t first_offset_ = 0;
  std::vector<Change> changes_;
  bool has_rule_ = false;
  int32_t standard_ = 0;  // of the rule, behind the last change
  int32_t summer_ = 0;
  Day begin_;
  Day end_;
};

// The offset of an abbreviation such as "PST", whatever the case.
std::optional<int32_t> zone_abbreviation(std::string_view text);

// The last zone asked for is kept: names are mostly constant.
class ZoneCache {
 public:
  const TimeZone* spelled(std::string_view text);  // nullptr: there is no such zone

 private:
  std::string text_;
  std::optional<TimeZone> zone_;
};

}  // namespace weir
