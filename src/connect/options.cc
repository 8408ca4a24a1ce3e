#include "connect/options.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"

namespace weir::connect {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct Quantity {
  double amount = 0;
  std::string unit;  // lower case
};

std::optional<Quantity> parse_quantity(std::string_view text) {
  text = trimmed(text);
  Quantity q;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, q.amount);
  if (code != std::errc() || !std::isfinite(q.amount) || q.amount < 0) return std::nullopt;
  for (const char c : trimmed(std::string_view(stop, static_cast<size_t>(end - stop)))) {
    q.unit.push_back(lower(c));
  }
  return q;
}

struct Unit {
  std::string_view name;
  double factor;
};

std::optional<double> scaled(const Quantity& q, std::initializer_list<Unit> units) {
  for (const Unit& unit : units) {
    if (q.unit == unit.name) return q.amount * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Micros> parse_duration(std::string_view text) {
  const auto q = parse_quantity(text);
  if (!q) return std::nullopt;
  const auto micros = scaled(*q, {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"min", 60e6},
                                  {"h", 3600e6}, {"d", 86400e6}, {"w", 7 * 86400e6}});
  if (!micros || *micros > 9e18) return std::nullopt;
  return static_cast<Micros>(std::llround(*micros));
}

std::optional<uint64_t> parse_size(std::string_view text) {
  const auto q = parse_quantity(text);
  if (!q) return std::nullopt;
  const auto bytes = scaled(*q, {{"", 1},
                                 {"b", 1},
                                 {"kb", 1e3},
                                 {"mb", 1e6},
                                 {"gb", 1e9},
                                 {"tb", 1e12},
                                 {"kib", 1024},
                                 {"mib", 1048576},
                                 {"gib", 1073741824.0},
                                 {"tib", 1099511627776.0}});
  if (!bytes || *bytes > 9e18) return std::nullopt;
  return static_cast<uint64_t>(*bytes);
}

std::optional<double> parse_rate(std::string_view text) {
  const auto q = parse_quantity(text);
  if (!q) return std::nullopt;
  Quantity rest = *q;
  const double kilo = rest.unit.starts_with("k") ? 1e3 : (rest.unit.starts_with("m/") ? 1e6 : 1);
  if (kilo != 1) rest.unit.erase(0, 1);
  return scaled({rest.amount * kilo, rest.unit},
                {{"", 1}, {"/s", 1}, {"/m", 1.0 / 60}, {"/min", 1.0 / 60}, {"/h", 1.0 / 3600},
                 {"/d", 1.0 / 86400}});
}

std::string Options::text(const std::string& name, std::string_view fallback) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string(fallback) : it->second;
}

Error Options::missing(const std::string& name) const {
  return Error(ErrorKind::kInvalidProject, 1510, fmt::format("{} lacks \"{}\"", owner_, name));
}

Error Options::wrong(const std::string& name, std::string_view expected) const {
  return Error(ErrorKind::kInvalidProject, 1511,
               fmt::format("{}: \"{}\" has the value \"{}\"", owner_, name, text(name)))
      .detail(fmt::format("It should be {}.", expected));
}

Result<int64_t> Options::integer(const std::string& name, int64_t fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text(name);
  int64_t v = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), v);
  if (code != std::errc() || end != value.data() + value.size()) {
    return wrong(name, "a whole number");
  }
  return v;
}

Result<double> Options::number(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const auto q = parse_quantity(text(name));
  if (!q || !q->unit.empty()) return wrong(name, "a number");
  return q->amount;
}

Result<bool> Options::boolean(const std::string& name, bool fallback) const {
  const std::string value = text(name, fallback ? "true" : "false");
  if (value == "true") return true;
  if (value == "false") return false;
  return wrong(name, "true or false");
}

Result<Micros> Options::duration(const std::string& name, Micros fallback) const {
  if (!has(name)) return fallback;
  const auto v = parse_duration(text(name));
  if (!v) return wrong(name, "a duration such as 500ms, 30s or 1h");
  return *v;
}

Result<uint64_t> Options::size(const std::string& name, uint64_t fallback) const {
  if (!has(name)) return fallback;
  const auto v = parse_size(text(name));
  if (!v) return wrong(name, "a size such as 64KiB or 10MiB");
  return *v;
}

Result<double> Options::rate(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const auto v = parse_rate(text(name));
  if (!v || *v <= 0) return wrong(name, "a rate such as 1000/s");
  return *v;
}

Result<double> Options::share(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const auto q = parse_quantity(text(name));
  const double v = q ? (q->unit == "%" ? q->amount / 100 : q->amount) : -1;
  if (!q || (q->unit != "%" && !q->unit.empty()) || v < 0 || v > 1) {
    return wrong(name, "a share such as 1% or 0.01");
  }
  return v;
}

Result<double> Options::factor(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const auto q = parse_quantity(text(name));
  if (!q || (q->unit != "x" && !q->unit.empty()) || q->amount <= 0) {
    return wrong(name, "a factor such as 10x");
  }
  return q->amount;
}

}  // namespace weir::connect
