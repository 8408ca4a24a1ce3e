#include "engine/settings.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/time_zone.h"
#include "engine/known_settings.h"

namespace weir::engine {

namespace {

const KnownSetting* find_known(const std::string& lower_name) {
  for (const KnownSetting& setting : kKnownSettings) {
    if (lower(std::string(setting.name)) == lower_name) return &setting;
  }
  return nullptr;
}

Error unknown_setting(const std::string& name) {
  return Error(ErrorKind::kInvalidStatement, 1673,
               fmt::format("unrecognized configuration parameter \"{}\"", name))
      .sqlstate("42704");
}

Error wrong_value(const std::string& name, const std::string& value) {
  return Error(ErrorKind::kInvalidStatement, 1674,
               fmt::format("invalid value for parameter \"{}\": \"{}\"", name, value))
      .sqlstate("22023");
}

// A name, or hours to the east; null: UTC.
Result<std::shared_ptr<const TimeZone>> zone_of_setting(const std::string& value) {
  if (value.empty() || lower(value) == "default") return std::shared_ptr<const TimeZone>();
  double hours = 0;
  const auto parsed = std::from_chars(value.data() + (value[0] == '+' ? 1 : 0),
                                      value.data() + value.size(), hours);
  std::optional<TimeZone> zone;
  if (parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()) {
    if (std::abs(hours) > 167) hours = 0;
    const auto whole = static_cast<int>(hours);
    zone = TimeZone::fixed(static_cast<int32_t>(hours * 3600),
                           fmt::format("<{:+03}>{:+03}", whole, -whole));
  } else {
    zone = TimeZone::named(value);
  }
  if (zone) return std::make_shared<const TimeZone>(std::move(*zone));
  return wrong_value("TimeZone", value).hint(
      "take a name such as Europe/Berlin, or hours to the east");
}

// "on" or "off"; words may be cut short as long as they are no other's beginning.
std::optional<std::string> switch_value(const std::string& value) {
  const std::string word = lower(value);
  const auto begins = [&](std::string_view whole, size_t least) {
    return word.size() >= least && whole.starts_with(word);
  };
  if (word == "on" || word == "1" || begins("true", 1) || begins("yes", 1)) return "on";
  if (word == "0" || begins("off", 2) || begins("false", 1) || begins("no", 1)) return "off";
  return std::nullopt;
}

// Digits, perhaps with a point and a unit behind.
bool is_number(const std::string& value) {
  double number = 0;
  const char* begin = value.data();
  const char* end = begin + value.size();
  while (begin < end && *begin == ' ') ++begin;
  if (begin < end && *begin == '+') ++begin;
  const auto [rest, code] = std::from_chars(begin, end, number);
  if (code != std::errc()) return false;
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  constexpr std::string_view kUnits[] = {"", "us", "ms", "s", "min", "h", "d",
                                         "B", "kB", "MB", "GB", "TB"};
  return std::find(std::begin(kUnits), std::end(kUnits), unit) != std::end(kUnits);
}

std::vector<std::string> choices_of(const KnownSetting& setting) {
  std::vector<std::string> choices(1);
  for (const char* c = setting.choices; *c; ++c) {
    if (*c == ',') choices.emplace_back();
    else choices.back() += *c;
  }
  return choices;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// As it is shown.
Result<std::string> checked(const KnownSetting& setting, const std::string& value) {
  switch (setting.kind) {
    case SettingKind::kFixed:
      return Error(ErrorKind::kInvalidStatement, 1712,
                   fmt::format("parameter \"{}\" cannot be changed", setting.name))
          .sqlstate("55P02");
    case SettingKind::kBool: {
      if (auto known = switch_value(value)) return std::move(*known);
      return Error(ErrorKind::kInvalidStatement, 1674,
                   fmt::format("parameter \"{}\" requires a Boolean value", setting.name))
          .sqlstate("22023");
    }
    case SettingKind::kNumber:
      if (is_number(value)) return value;
      return wrong_value(setting.name, value);
    case SettingKind::kChoice: {
      const std::vector<std::string> choices = choices_of(setting);
      const std::string word = lower(value);
      if (std::find(choices.begin(), choices.end(), word) != choices.end()) return word;
      return wrong_value(setting.name, value).hint("Available values: " + joined(choices) + ".");
    }
    case SettingKind::kText: break;
  }
  if (lower(std::string(setting.name)) != "timezone") return value;
  const auto zone = TRY(zone_of_setting(value));
  return zone ? zone->name() : "UTC";
}

}  // namespace

std::optional<std::string> Settings::find(const std::string& name) const {
  const std::string key = lower(name);
  if (const auto own = values_.find(key); own != values_.end()) return own->second;
  if (const KnownSetting* known = find_known(key)) return known->value;
  return std::nullopt;
}

Result<Settings::Shown> Settings::show(const std::string& name) const {
  const auto value = find(name);
  if (!value) return unknown_setting(name);
  const KnownSetting* known = find_known(lower(name));
  return Shown{known ? known->name : name, *value, ""};
}

std::vector<Settings::Shown> Settings::all() const {
  std::vector<Shown> all;
  for (const KnownSetting& known : kKnownSettings) {
    const bool zone = std::string_view(known.name) == "TimeZone";
    const char* text = known.kind == SettingKind::kFixed ? "cannot be changed"
                       : zone ? "the zone in which timestamptz is shown"
                              : "taken for the sake of clients, without effect";
    all.push_back({known.name, *find(known.name), text});
  }
  return all;
}

Status Settings::set(const std::string& name, const std::string& value, Scope scope) {
  const std::string key = lower(name);
  const KnownSetting* known = find_known(key);
  if (!known && name.find('.') == std::string::npos) return unknown_setting(name);
  change(key, known ? TRY(checked(*known, value)) : value, scope);
  return {};
}

Status Settings::reset(const std::string& name, Scope scope) {
  const std::string key = lower(name);
  const KnownSetting* known = find_known(key);
  if (!known && values_.count(key) == 0) {
    if (name.find('.') == std::string::npos) return unknown_setting(name);
    return {};
  }
  if (known && known->kind == SettingKind::kFixed) {
    TRY_VOID(checked(*known, ""));
  }
  change(key, std::nullopt, scope);
  return {};
}

void Settings::reset_all() {
  values_.clear();
  for_commit_.clear();
  set_zone();
}

void Settings::change(const std::string& name, const std::optional<std::string>& value,
                      Scope scope) {
  const auto put = [&](Values& values) {
    if (value) {
      values[name] = *value;
    } else {
      values.erase(name);
    }
  };
  put(values_);
  if (in_transaction_ && scope == Scope::kSession) put(for_commit_);
  set_zone();
}

void Settings::begin() {
  in_transaction_ = true;
  at_begin_ = for_commit_ = values_;
}

void Settings::end(bool commits) {
  if (!in_transaction_) return;
  in_transaction_ = false;
  values_ = commits ? std::move(for_commit_) : std::move(at_begin_);
  set_zone();
}

void Settings::go_back(const Saved& saved) {
  values_ = saved.values;
  for_commit_ = saved.for_commit;
  set_zone();
}

void Settings::set_zone() {
  zone_ = nullptr;
  const auto own = values_.find("timezone");
  if (own == values_.end() || own->second == "UTC") return;
  if (auto zone = zone_of_setting(own->second)) zone_ = std::move(*zone);
}

}  // namespace weir::engine
