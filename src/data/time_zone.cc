#include "data/time_zone.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/check.h"
#include "base/letter_case.h"
#include "data/calendar.h"
#include "data/zone_table.h"

namespace weir {

namespace {

// A cursor over the rule of a zone.
class Rule {
 public:
  explicit Rule(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool name() {
    if (take('<')) {
      const size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    const size_t letters = std::min(
        rest_.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        rest_.size());
    rest_.remove_prefix(letters);
    return letters >= 3;
  }
  bool number(int* out) {
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), *out);
    if (parsed.ec != std::errc() || rest_.starts_with('-')) return false;
    rest_.remove_prefix(static_cast<size_t>(parsed.ptr - rest_.data()));
    return true;
  }
  // "[+-]hh[:mm[:ss]]" in seconds.
  bool time(int32_t* out) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!number(&hours) || hours > 167) return false;
    if (take(':') && (!number(&minutes) || minutes > 59)) return false;
    if (take(':') && (!number(&seconds) || seconds > 59)) return false;
    *out = (negative ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
    return true;
  }
  bool day(TimeZone::Day* day) {
    if (!take('M') || !number(&day->month) || !take('.') || !number(&day->week) || !take('.') ||
        !number(&day->weekday)) {
      return false;
    }
    return !take('/') || time(&day->seconds);
  }

 private:
  std::string_view rest_;
};

// Walks the names of the table; answers where the zone's data begins.
std::optional<std::string_view> find_zone(std::string_view name, std::string* spelling) {
  const std::string_view table = zone_table();
  ByteReader names(table);
  std::optional<uint32_t> place;
  for (uint16_t left = names.le<uint16_t>(); left > 0; --left) {
    const std::string_view known = names.raw(names.le<uint8_t>());
    const auto at = names.le<uint32_t>();
    if (place || lower(known) != name) continue;
    place = at;
    *spelling = known;
  }
  if (!place) return std::nullopt;
  return table.substr(names.position() + *place);
}

// Weeks run from Sunday; 1970-01-01 was a Thursday.
int64_t day_of_rule(const TimeZone::Day& day, int64_t year) {
  const int64_t first = days_from_civil(year, day.month, 1);
  const int64_t weekday = floor_mod(first + 4, 7);
  const int64_t at = first + floor_mod(day.weekday - weekday, 7) + 7 * (day.week - 1);
  return at < first + days_in_month(year, day.month) ? at : at - 7;
}

}  // namespace

TimeZone TimeZone::fixed(int32_t seconds_east, std::string name) {
  TimeZone zone;
  zone.name_ = std::move(name);
  zone.first_offset_ = seconds_east;
  return zone;
}

bool TimeZone::read_rule(std::string_view text) {
  Rule rule(text);
  int32_t west = 0;
  if (!rule.name() || !rule.time(&west)) return false;
  standard_ = summer_ = -west;
  if (rule.done()) return true;
  if (!rule.name()) return false;
  summer_ = standard_ + 3600;
  if (!rule.take(',')) {
    if (!rule.time(&west)) return false;
    summer_ = -west;
    if (!rule.take(',')) return false;
  }
  has_rule_ = true;
  return rule.day(&begin_) && rule.take(',') && rule.day(&end_) && rule.done();
}

std::optional<TimeZone> TimeZone::named(std::string_view name) {
  TimeZone zone;
  if (const auto data = find_zone(lower(name), &zone.name_)) {
    ByteReader r(*data);
    const std::string_view rule = r.raw(r.le<uint8_t>());
    std::vector<int32_t> offsets(r.le<uint8_t>());
    for (int32_t& offset : offsets) {
      offset = r.le<int32_t>();
      r.le<uint8_t>();
    }
    zone.first_offset_ = offsets[0];
    zone.changes_.resize(r.le<uint16_t>());
    int64_t time = 0;
    for (Change& change : zone.changes_) {
      time += r.zigzag();
      change = {time, offsets[r.le<uint8_t>()]};
    }
    WEIR_CHECK(r.ok() && zone.read_rule(rule));
    return zone;
  }
  // As POSIX has it: a name of letters or none, and hours to the west.
  const bool bare = name.starts_with('+') || name.starts_with('-');
  if (!bare && name.find_first_of("+-0123456789") == std::string_view::npos) return std::nullopt;
  if (!zone.read_rule(bare ? "xxx" + std::string(name) : std::string(name)) || zone.has_rule_) {
    return std::nullopt;
  }
  return fixed(zone.standard_, std::string(name));
}

std::optional<TimeZone> TimeZone::spelled(std::string_view text) {
  if (const auto offset = zone_abbreviation(text)) return fixed(*offset, std::string(text));
  return named(text);
}

TimeZone::Change TimeZone::rule_change(const Day& day, int64_t year, int32_t before,
                                       int32_t after) const {
  return {day_of_rule(day, year) * 86'400 + day.seconds - before, after};
}

std::optional<TimeZone::Change> TimeZone::next_change(int64_t second) const {
  const auto listed = std::upper_bound(
      changes_.begin(), changes_.end(), second,
      [](int64_t time, const Change& change) { return time < change.time; });
  if (listed != changes_.end()) return *listed;
  if (!has_rule_) return std::nullopt;
  const int64_t year = civil_from_days(floor_div(second, 86'400)).year;
  std::optional<Change> next;
  for (int64_t y = year - 1; y <= year + 1; ++y) {
    for (const Change& change : {rule_change(begin_, y, standard_, summer_),
                                 rule_change(end_, y, summer_, standard_)}) {
      const bool comes = change.time > second && (changes_.empty() ||
                                                  change.time > changes_.back().time);
      if (comes && (!next || change.time < next->time)) next = change;
    }
  }
  return next;
}

int32_t TimeZone::offset_at_second(int64_t second) const {
  const auto listed = std::upper_bound(
      changes_.begin(), changes_.end(), second,
      [](int64_t time, const Change& change) { return time < change.time; });
  const int32_t before = listed == changes_.begin() ? first_offset_ : std::prev(listed)->offset;
  if (listed != changes_.end() || !has_rule_) return before;
  // Behind the last change of the list: the last one that the rule makes, if there was one.
  const int64_t year = civil_from_days(floor_div(second, 86'400)).year;
  Change last{changes_.empty() ? INT64_MIN : changes_.back().time, before};
  for (int64_t y = year - 1; y <= year + 1; ++y) {
    for (const Change& change : {rule_change(begin_, y, standard_, summer_),
                                 rule_change(end_, y, summer_, standard_)}) {
      if (change.time <= second && change.time > last.time) last = change;
    }
  }
  return last.offset;
}

int32_t TimeZone::offset_at(Micros utc) const {
  return offset_at_second(floor_div(utc, kMicrosPerSecond));
}

Micros TimeZone::to_local(Micros utc) const {
  return utc + int64_t{offset_at(utc)} * kMicrosPerSecond;
}

Micros TimeZone::to_utc(Micros local) const {
  const int64_t second = floor_div(local, kMicrosPerSecond);
  const int64_t day_before = second - 86'400;
  const int32_t before = offset_at_second(day_before);
  const std::optional<Change> change = next_change(day_before);
  int32_t offset = before;
  if (change) {
    const int64_t as_before = second - before;
    const int64_t as_after = second - change->offset;
    const bool is_after = as_before > change->time && as_after >= change->time;
    const bool is_before = as_before < change->time && as_after < change->time;
    if (is_after || (!is_before && as_before <= as_after)) offset = change->offset;
  }
  return local - int64_t{offset} * kMicrosPerSecond;
}

const TimeZone* ZoneCache::spelled(std::string_view text) {
  if (!zone_ || text != text_) {
    text_ = text;
    zone_ = TimeZone::spelled(text);
  }
  return zone_ ? &*zone_ : nullptr;
}

}  // namespace weir
