// New arrays of old ones: ||, append, prepend, remove, replace, trim and fill.
#include <fmt/core.h>

#include "expr/array_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr uint32_t kMaxElements = 134217727;  // PostgreSQL's

// One more element at an end. A NULL array counts as an empty one.
template <bool kFront>
void put_with_element(const KernelCall& c, uint32_t i, Row& row, std::string& out) {
  const Column& arrays = *c.args[kFront ? 1 : 0];
  const Column& element = *c.args[kFront ? 0 : 1];
  const Array array = array_at(arrays, i);
  if (array.lengths.size() > 1) {
    return row.fail("22000", "argument must be empty or one-dimensional array");
  }
  ColumnBuilder elements(c.result.element());
  if (kFront) elements.append_from(element, i);
  elements.append_slice(*array.elements, 0, array.size());
  if (!kFront) elements.append_from(element, i);
  out += make_flat_array(std::move(elements));
}

template <bool kFront>
ColumnPtr with_element(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    put_with_element<kFront>(c, i, row, out);
  });
}

// The lengths of two arrays behind each other: alike but for the outermost dimension, or one of
// them is an element of the other. Empty: neither.
ArrayLengths joined_lengths(const ArrayLengths& a, const ArrayLengths& b) {
  const auto tail = [](const ArrayLengths& lengths) {
    return ArrayLengths(lengths.begin() + 1, lengths.end());
  };
  ArrayLengths out = a.size() >= b.size() ? a : b;
  if (a.size() == b.size() && tail(a) == tail(b)) {
    out[0] = a[0] + b[0];
  } else if ((a.size() == b.size() + 1 && tail(a) == b) ||
             (b.size() == a.size() + 1 && tail(b) == a)) {
    ++out[0];
  } else {
    out.clear();
  }
  return out;
}

ColumnPtr concatenate(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i) && c.args[1]->is_null(i)) return row.null();
    const Array a = array_at(*c.args[0], i);
    const Array b = array_at(*c.args[1], i);
    if (a.size() == 0) return void(out += make_array(b.lengths, *b.elements));
    if (b.size() == 0) return void(out += make_array(a.lengths, *a.elements));
    const ArrayLengths lengths = joined_lengths(a.lengths, b.lengths);
    if (lengths.empty()) return row.fail("2202E", "cannot concatenate incompatible arrays");
    ColumnBuilder elements(c.result.element());
    elements.append_slice(*a.elements, 0, a.size());
    elements.append_slice(*b.elements, 0, b.size());
    out += make_array(lengths, *elements.finish());
  });
}

ColumnPtr remove(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    const Array array = array_at(*c.args[0], i);
    if (array.lengths.size() > 1) {
      return row.fail("0A000",
                      "removing elements from multidimensional arrays is not supported");
    }
    ColumnBuilder elements(c.result.element());
    for (uint32_t k = 0; k < array.size(); ++k) {
      if (!same_value(*array.elements, k, *c.args[1], i)) elements.append_from(*array.elements, k);
    }
    out += make_flat_array(std::move(elements));
  });
}

ColumnPtr replace(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    const Array array = array_at(*c.args[0], i);
    ColumnBuilder elements(c.result.element());
    for (uint32_t k = 0; k < array.size(); ++k) {
      const bool same = same_value(*array.elements, k, *c.args[1], i);
      elements.append_from(same ? *c.args[2] : *array.elements, same ? i : k);
    }
    out += make_array(array.lengths, *elements.finish());
  });
}

ColumnPtr trim(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    Array array = array_at(*c.args[0], i);
    const int32_t count = c.args[1]->value<int32_t>(i);
    const uint32_t length = array.lengths.empty() ? 0 : array.lengths[0];
    if (count < 0 || static_cast<uint32_t>(count) > length) {
      return row.fail("2202E",
                      fmt::format("number of elements to trim must be between 0 and {}", length));
    }
    if (!array.lengths.empty()) array.lengths[0] -= static_cast<uint32_t>(count);
    out += make_array(array.lengths, *array.elements);
  });
}

// What an argument of array_fill says: numbers in one dimension. nullopt: an error of the row.
std::optional<std::vector<int32_t>> numbers_of(const KernelCall& c, size_t argument, uint32_t i,
                                               Row& row) {
  std::vector<int32_t> numbers;
  if (c.args[argument]->is_null(i)) {
    row.fail("22004", "dimension array or low bound array cannot be null");
    return std::nullopt;
  }
  const Array array = array_at(*c.args[argument], i);
  if (array.lengths.size() > 1) {
    row.fail("2202E", "wrong number of array subscripts");
    return std::nullopt;
  }
  for (uint32_t k = 0; k < array.size(); ++k) {
    if (array.elements->is_null(k)) {
      row.fail("22004", fmt::format("{} values cannot be null",
                                    argument == 1 ? "dimension" : "low bound"));
      return std::nullopt;
    }
    numbers.push_back(array.elements->value<int32_t>(k));
  }
  return numbers;
}

// False: an error of the row.
bool fill_lengths(const KernelCall& c, uint32_t i, Row& row, ArrayLengths* lengths) {
  const auto dimensions = numbers_of(c, 1, i, row);
  if (!dimensions) return false;
  if (dimensions->size() > kMaxDimensions) {
    return too_many_dimensions(dimensions->size(), row), false;
  }
  for (const int32_t length : *dimensions) {
    lengths->push_back(static_cast<uint32_t>(length));
    if (length < 0 || array_count(*lengths) > kMaxElements) {
      row.fail("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxElements));
      return false;
    }
  }
  if (c.args.size() < 3) return true;
  const auto bounds = numbers_of(c, 2, i, row);
  if (!bounds) return false;
  if (bounds->size() != dimensions->size()) {
    return row.fail("2202E", "wrong number of array subscripts"), false;
  }
  for (const int32_t bound : *bounds) {
    if (bound == 1) continue;
    row.fail("0A000",
             fmt::format("arrays count from 1: the lower bound {} is not supported", bound));
    return false;
  }
  return true;
}

ColumnPtr fill(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    ArrayLengths lengths;
    if (!fill_lengths(c, i, row, &lengths)) return;
    ColumnBuilder elements(c.result.element());
    const uint32_t count = array_count(lengths);
    elements.reserve(count);
    for (uint32_t k = 0; k < count; ++k) elements.append_from(*c.args[0], i);
    out += make_array(lengths, *elements.finish());
  });
}

}  // namespace

void add_array_changes(ArrayFunctions& add) {
  constexpr TypeId kOf = kAnyCompatible;
  constexpr TypeId kArray = array_id(kOf);
  add("||", {kArray, kArray}, kArray, concatenate, "one array behind the other").not_strict();
  add("||", {kArray, kOf}, kArray, with_element<false>, "an element behind an array").not_strict();
  add("||", {kOf, kArray}, kArray, with_element<true>, "an element before an array").not_strict();
  add("array_cat", {kArray, kArray}, kArray, concatenate, "one array behind the other")
      .not_strict();
  add("array_append", {kArray, kOf}, kArray, with_element<false>, "an element at the end")
      .not_strict();
  add("array_prepend", {kOf, kArray}, kArray, with_element<true>, "an element at the front")
      .not_strict();
  add("array_remove", {kArray, kOf}, kArray, remove, "without all elements that equal a value")
      .not_strict();
  add("array_replace", {kArray, kOf, kOf}, kArray, replace,
      "all elements that equal a value replaced").not_strict();
  add("trim_array", {array_id(kAnyElement), kInt4}, array_id(kAnyElement), trim,
      "without so many elements at the end");
  add("array_fill", {kAnyElement, array_id(kInt4)}, array_id(kAnyElement), fill,
      "a value in these dimensions").not_strict();
  add("array_fill", {kAnyElement, array_id(kInt4), array_id(kInt4)}, array_id(kAnyElement), fill,
      "the same with lower bounds, which are 1").not_strict();
}

}  // namespace weir::expr
