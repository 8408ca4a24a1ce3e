// Functions of bytea. Positions count bytes from 1, or from 0 in get_byte and its kin; bit 0 is the
// lowest of the first byte.
#include <bit>

#include <fmt/core.h>

#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

std::string_view bytes_of(const KernelCall& c, size_t arg, uint32_t row) {
  return c.args[arg]->text(row);
}
int32_t int_of(const KernelCall& c, size_t arg, uint32_t row) {
  return c.args[arg]->value<int32_t>(row);
}

// `count` bytes from the one at `from` (from 1, may be below 1).
void put_part(std::string_view s, int64_t from, int64_t count, std::string& out) {
  const int64_t begin = std::max<int64_t>(from, 1);
  const int64_t end = std::min(from + count, static_cast<int64_t>(s.size()) + 1);
  if (begin < end) {
    out += s.substr(static_cast<size_t>(begin - 1), static_cast<size_t>(end - begin));
  }
}

ColumnPtr substring(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const int64_t count = c.args.size() > 2 ? int_of(c, 2, i) : int64_t{INT32_MAX} * 2;
    if (count < 0) return row.fail("22011", "negative substring length not allowed");
    put_part(bytes_of(c, 0, i), int_of(c, 1, i), count, out);
  });
}

ColumnPtr overlay(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view s = bytes_of(c, 0, i);
    const std::string_view placed = bytes_of(c, 1, i);
    const int64_t from = int_of(c, 2, i);
    const int64_t count =
        c.args.size() > 3 ? int_of(c, 3, i) : static_cast<int64_t>(placed.size());
    if (from <= 0) return row.fail("22011", "negative substring length not allowed");
    if (from + count > INT32_MAX) return row.fail("22003", "integer out of range");
    put_part(s, 1, from - 1, out);
    out += placed;
    put_part(s, from + count, int64_t{INT32_MAX} * 2, out);
  });
}

ColumnPtr position(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row&) {
    const size_t at = bytes_of(c, 0, i).find(bytes_of(c, 1, i));
    return at == std::string_view::npos ? 0 : static_cast<int32_t>(at) + 1;
  });
}

template <bool kLeft, bool kRight>
ColumnPtr trim(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    std::string_view s = bytes_of(c, 0, i);
    const std::string_view set = bytes_of(c, 1, i);
    const auto outside = [&](size_t at) { return at == std::string_view::npos; };
    if (kLeft) {
      const size_t first = s.find_first_not_of(set);
      s = outside(first) ? "" : s.substr(first);
    }
    if (kRight) {
      const size_t last = s.find_last_not_of(set);
      s = outside(last) ? "" : s.substr(0, last + 1);
    }
    out += s;
  });
}

// Whether 0 <= index < count; the row fails otherwise.
bool in_range(int64_t index, int64_t count, Row& row) {
  if (index >= 0 && index < count) return true;
  row.fail("2202E", fmt::format("index {} out of valid range, 0..{}", index, count - 1));
  return false;
}

ColumnPtr get_byte(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    const std::string_view s = bytes_of(c, 0, i);
    const int32_t at = int_of(c, 1, i);
    if (!in_range(at, static_cast<int64_t>(s.size()), row)) return 0;
    return static_cast<uint8_t>(s[static_cast<size_t>(at)]);
  });
}

ColumnPtr set_byte(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view s = bytes_of(c, 0, i);
    const int32_t at = int_of(c, 1, i);
    if (!in_range(at, static_cast<int64_t>(s.size()), row)) return;
    out += s;
    out[static_cast<size_t>(at)] = static_cast<char>(int_of(c, 2, i));
  });
}

ColumnPtr get_bit(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    const std::string_view s = bytes_of(c, 0, i);
    const auto at = c.args[1]->value<int64_t>(i);
    if (!in_range(at, static_cast<int64_t>(s.size()) * 8, row)) return 0;
    return static_cast<uint8_t>(s[static_cast<size_t>(at / 8)]) >> (at % 8) & 1;
  });
}

ColumnPtr set_bit(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view s = bytes_of(c, 0, i);
    const auto at = c.args[1]->value<int64_t>(i);
    if (!in_range(at, static_cast<int64_t>(s.size()) * 8, row)) return;
    const int32_t bit = int_of(c, 2, i);
    if (bit != 0 && bit != 1) return row.fail("22023", "new bit must be 0 or 1");
    out += s;
    char& byte = out[static_cast<size_t>(at / 8)];
    const int mask = 1 << (at % 8);
    byte = static_cast<char>(bit ? byte | mask : byte & ~mask);
  });
}

ColumnPtr bit_count(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row&) {
    int64_t n = 0;
    for (const char byte : bytes_of(c, 0, i)) n += std::popcount(static_cast<uint8_t>(byte));
    return n;
  });
}

}  // namespace

void add_bytes(FunctionList& out) {
  FunctionGroup add(out, "bytea");
  for (const std::string_view name : {"substring", "substr"}) {
    add(name, {kBytea, kInt4}, kBytea, substring, "from the n-th byte on");
    add(name, {kBytea, kInt4, kInt4}, kBytea, substring, "so many bytes from the n-th on");
  }
  add("overlay", {kBytea, kBytea, kInt4}, kBytea, overlay, "bytes replaced from the n-th on");
  add("overlay", {kBytea, kBytea, kInt4, kInt4}, kBytea, overlay,
      "so many bytes replaced from the n-th on");
  add("position", {kBytea, kBytea}, kInt4, position,
      "where the second stands in the first, from 1; 0: nowhere");
  add("btrim", {kBytea, kBytea}, kBytea, trim<true, true>, "without these bytes at both ends");
  add("ltrim", {kBytea, kBytea}, kBytea, trim<true, false>, "without these bytes at the start");
  add("rtrim", {kBytea, kBytea}, kBytea, trim<false, true>, "without these bytes at the end");
  add("get_byte", {kBytea, kInt4}, kInt4, get_byte, "the n-th byte, from 0");
  add("set_byte", {kBytea, kInt4, kInt4}, kBytea, set_byte, "with another n-th byte");
  add("get_bit", {kBytea, kInt8}, kInt4, get_bit, "the n-th bit, from 0");
  add("set_bit", {kBytea, kInt8, kInt4}, kBytea, set_bit, "with another n-th bit");
  add("bit_count", {kBytea}, kInt8, bit_count, "number of bits that are set");
}

}  // namespace weir::expr
