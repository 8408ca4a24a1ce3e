// Sizes in bytes as people write them: pg_size_pretty and pg_size_bytes. A unit is written once the
// number would have more than five digits in the one below it.
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/cast.h"
#include "data/text_form.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr std::string_view kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
constexpr uint64_t kLimit = 10 * 1024;

// Halves are rounded away from zero, so each unit is looked at with one more bit than it shows.
std::string pretty(UInt128 size, bool negative) {
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits)) {
    const uint64_t limit = unit == 0 ? kLimit : 2 * kLimit - 1;
    if (size < limit) break;
    size >>= unit == 0 ? 9 : 10;  // one bit of the rest stays
    ++unit;
  }
  if (unit > 0) size = (size + 1) / 2;
  return fmt::format("{}{} {}", negative && size > 0 ? "-" : "", size, kUnits[unit]);
}

ColumnPtr pretty_integer(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    const Int128 v = c.args[0]->value<int64_t>(i);
    out = pretty(static_cast<UInt128>(v < 0 ? -v : v), v < 0);
  });
}

// A fraction counts only where bytes are written.
ColumnPtr pretty_numeric(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    const Decimal v = c.args[0]->value<Decimal>(i);
    if (!v.is_finite()) return void(out = v.to_string() + " PB");
    const Int128 coefficient = v.coefficient();
    UInt128 size = static_cast<UInt128>(coefficient < 0 ? -coefficient : coefficient);
    for (int k = 0; k < v.scale(); ++k) size /= 10;
    out = size < kLimit ? v.to_string() + " bytes" : pretty(size, coefficient < 0);
  });
}

struct Unit {
  std::string_view name;
  int shift;
};
constexpr Unit kSpelled[] = {{"bytes", 0}, {"kb", 10}, {"mb", 20},
                             {"gb", 30},   {"tb", 40}, {"pb", 50}};

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char ch) { return ch == ' ' || (ch >= '\t' && ch <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

size_t number_length(std::string_view text) {
  const auto digits_from = [&](size_t at) {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at;
  };
  const size_t begin = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  size_t end = digits_from(begin);
  bool any = end > begin;
  if (end < text.size() && text[end] == '.') {
    const size_t fraction = digits_from(end + 1);
    any = any || fraction > end + 1;
    end = fraction;
  }
  if (!any) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const bool sign = end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+');
    const size_t from = end + (sign ? 2 : 1);
    const size_t exponent = digits_from(from);
    if (exponent > from) end = exponent;
  }
  return end;
}

int64_t bytes_of(std::string_view text, Row& row) {
  const std::string_view whole = trimmed(text);
  const size_t length = number_length(whole);
  const auto invalid = [&] {
    row.fail("22023", fmt::format("invalid size: \"{}\"", text));
    return int64_t{0};
  };
  if (length == 0) return invalid();
  const Result<Value> number = parse_text_form(whole.substr(0, length), kNumeric);
  const std::string unit = lower(trimmed(whole.substr(length)));
  int shift = 0;
  if (!unit.empty()) {
    const auto found = std::find_if(std::begin(kSpelled), std::end(kSpelled),
                                    [&](const Unit& u) { return u.name == unit; });
    if (found == std::end(kSpelled)) return invalid();
    shift = found->shift;
  }
  const auto overflow = [&] { return row.fail("22003", "bigint out of range"), int64_t{0}; };
  if (!number) return overflow();
  const Decimal factor = Decimal::from_int(int64_t{1} << shift);
  const auto product = Decimal::mul(std::get<Decimal>(number->data), factor);
  if (!product) return overflow();
  const Result<Value> bytes = cast_value({kNumeric, *product}, kInt8);
  return bytes ? std::get<int64_t>(bytes->data) : overflow();
}

ColumnPtr size_bytes(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) { return bytes_of(c.args[0]->text(i), row); });
}

}  // namespace

void add_sizes(FunctionList& out) {
  FunctionGroup add(out, "formatting");
  add("pg_size_pretty", {kInt8}, kText, pretty_integer, "a number of bytes with a unit");
  add("pg_size_pretty", {kNumeric}, kText, pretty_numeric, "a number of bytes with a unit");
  add("pg_size_bytes", {kText}, kInt8, size_bytes, "a size with a unit in bytes");
}

}  // namespace weir::expr
