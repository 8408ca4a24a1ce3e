// Arrays: the constructor, subscripts and slices, what is known of an array, containment, and
// searching. What makes new arrays of old ones is in array_changes.cc.
#include <fmt/core.h>

#include "data/array.h"
#include "data/compare.h"
#include "data/jsonb.h"
#include "data/text_form.h"
#include "expr/array_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

// ARRAY[a, b]: of elements, or of arrays alike, which become one dimension more.
void put_constructed(const KernelCall& c, uint32_t i, Row& row, std::string& out) {
  ArrayLengths lengths;
  ColumnBuilder elements(c.result.element());
  const bool nested = c.args[0]->type().is_array();
  uint32_t empty = 0;
  bool alike = true;
  for (const ColumnPtr& arg : c.args) {
    if (!nested) {
      elements.append_from(*arg, i);
      continue;
    }
    const Array part = array_at(*arg, i);
    if (part.size() == 0) ++empty;
    if (lengths.empty()) lengths = part.lengths;
    alike = alike && part.lengths == lengths;
    elements.append_slice(*part.elements, 0, part.size());
  }
  if (nested && empty == c.args.size()) return void(out += empty_array());
  if (empty > 0 || !alike) {
    return row.fail("2202E", "multidimensional arrays must have array expressions with matching "
                             "dimensions");
  }
  lengths.insert(lengths.begin(), static_cast<uint32_t>(c.args.size()));
  if (lengths.size() > kMaxDimensions) return too_many_dimensions(lengths.size(), row);
  out += make_array(lengths, *elements.finish());
}

ColumnPtr construct(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    put_constructed(c, i, row, out);
  });
}

// The position of an element in row-major order; nullopt: there is none.
std::optional<uint32_t> element_index(const KernelCall& c, uint32_t i,
                                      const ArrayLengths& lengths) {
  if (lengths.size() != c.args.size() - 1) return std::nullopt;
  uint32_t index = 0;
  for (size_t d = 0; d < lengths.size(); ++d) {
    const int32_t subscript = c.args[d + 1]->value<int32_t>(i);
    if (subscript < 1 || static_cast<uint32_t>(subscript) > lengths[d]) return std::nullopt;
    index = index * lengths[d] + static_cast<uint32_t>(subscript) - 1;
  }
  return index;
}

ColumnPtr subscript(const KernelCall& c) {
  const Column& arrays = *c.args[0];
  const FlatArrays flat = flatten_arrays(arrays);
  ColumnBuilder out(c.result);
  for (uint32_t i = 0; i < c.rows; ++i) {
    const bool null = c.null_rows && c.null_rows[i];
    const auto index =
        null ? std::nullopt : element_index(c, i, array_lengths(arrays.text(i)));
    if (index) {
      out.append_from(*flat.elements, flat.begins[arrays.at(i)] + *index);
    } else {
      out.append_null();
    }
  }
  return out.finish();
}

struct Span {
  uint32_t begin;  // from 0
  uint32_t length;
};

// The part of one dimension; a slice may reach beyond it.
Span cut(int32_t low, int32_t high, uint32_t length) {
  const int64_t begin = std::max(low, 1);
  const int64_t end = std::min<int64_t>(high, length);
  if (begin > end) return {0, 0};
  return {static_cast<uint32_t>(begin - 1), static_cast<uint32_t>(end - begin + 1)};
}

struct Slicer {
  const Array& array;
  const std::vector<Span>& spans;  // of each dimension
  ColumnBuilder& out;

  void take(size_t d, uint32_t index) const {
    if (d == spans.size()) return out.append_from(*array.elements, index);
    for (uint32_t k = 0; k < spans[d].length; ++k) {
      take(d + 1, index * array.lengths[d] + spans[d].begin + k);
    }
  }
};

ColumnPtr slice(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    const Array array = array_at(*c.args[0], i);
    const size_t given = (c.args.size() - 1) / 2;
    ArrayLengths lengths;
    std::vector<Span> spans;
    for (size_t d = 0; d < array.lengths.size(); ++d) {
      spans.push_back({0, array.lengths[d]});
      if (d < given) {
        spans[d] = cut(c.args[1 + 2 * d]->value<int32_t>(i), c.args[2 + 2 * d]->value<int32_t>(i),
                       array.lengths[d]);
      }
      lengths.push_back(spans[d].length);
    }
    if (given > lengths.size() || array_count(lengths) == 0) return void(out += empty_array());
    ColumnBuilder elements(c.result.element());
    Slicer{array, spans, elements}.take(0, 0);
    out += make_array(lengths, *elements.finish());
  });
}

// What is known of the lengths alone.
template <class F>
ColumnPtr of_lengths(const KernelCall& c, F f) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    return f(array_lengths(c.args[0]->text(i)), i, row);
  });
}

template <bool kLower>
ColumnPtr length_of(const KernelCall& c) {
  return of_lengths(c, [&](const ArrayLengths& lengths, uint32_t i, Row& row) -> int32_t {
    const int32_t dimension = c.args[1]->value<int32_t>(i);
    if (dimension < 1 || static_cast<size_t>(dimension) > lengths.size()) return row.null(), 0;
    return kLower ? 1 : static_cast<int32_t>(lengths[static_cast<size_t>(dimension) - 1]);
  });
}

ColumnPtr dimensions(const KernelCall& c) {
  return of_lengths(c, [](const ArrayLengths& lengths, uint32_t, Row& row) -> int32_t {
    if (lengths.empty()) row.null();
    return static_cast<int32_t>(lengths.size());
  });
}

ColumnPtr cardinality(const KernelCall& c) {
  return of_lengths(c, [](const ArrayLengths& lengths, uint32_t, Row&) -> int32_t {
    return static_cast<int32_t>(array_count(lengths));
  });
}

ColumnPtr dimensions_text(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const ArrayLengths lengths = array_lengths(c.args[0]->text(i));
    if (lengths.empty()) return row.null();
    for (const uint32_t length : lengths) out += fmt::format("[1:{}]", length);
  });
}

bool has_element(const Array& array, const Column& value, uint32_t at) {
  for (uint32_t k = 0; k < array.size(); ++k) {
    if (!array.elements->is_null(k) && compare_values(*array.elements, k, value, at) == 0) {
      return true;
    }
  }
  return false;
}

// Whether all (else any) elements of `of` are in `in`; a NULL equals nothing.
template <bool kAll>
bool elements_in(const Array& of, const Array& in) {
  for (uint32_t k = 0; k < of.size(); ++k) {
    const bool found = !of.elements->is_null(k) && has_element(in, *of.elements, k);
    if (found != kAll) return !kAll;
  }
  return kAll;
}

template <bool kAll, bool kFirstInSecond>
ColumnPtr containment(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
    const Array a = array_at(*c.args[0], i);
    const Array b = array_at(*c.args[1], i);
    return kFirstInSecond ? elements_in<kAll>(a, b) : elements_in<kAll>(b, a);
  });
}

bool searchable(const Array& array, Row& row) {
  if (array.lengths.size() <= 1) return true;
  row.fail("0A000", "searching for elements in multidimensional arrays is not supported");
  return false;
}

ColumnPtr position(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    if (c.args[0]->is_null(i)) return row.null(), 0;
    const Array array = array_at(*c.args[0], i);
    if (!searchable(array, row)) return 0;
    const bool no_nulls = !array.elements->may_have_nulls();
    if (array.size() == 0 || (no_nulls && c.args[1]->is_null(i))) return row.null(), 0;
    int32_t first = 1;
    if (c.args.size() > 2) {
      if (c.args[2]->is_null(i)) return row.fail("22004", "initial position must not be null"), 0;
      first = std::max(first, c.args[2]->value<int32_t>(i));
    }
    for (auto k = static_cast<uint32_t>(first) - 1; k < array.size(); ++k) {
      if (same_value(*array.elements, k, *c.args[1], i)) return static_cast<int32_t>(k + 1);
    }
    return row.null(), 0;
  });
}

ColumnPtr positions(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    const Array array = array_at(*c.args[0], i);
    if (!searchable(array, row)) return;
    ColumnBuilder found(kInt4);
    for (uint32_t k = 0; k < array.size(); ++k) {
      if (same_value(*array.elements, k, *c.args[1], i)) found.append(static_cast<int32_t>(k + 1));
    }
    out += make_flat_array(std::move(found));
  });
}

ColumnPtr to_json(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    std::string text, reason;
    append_json_form(text, *c.args[0], i);
    if (!canonical_jsonb(text, out, &reason)) row.fail("22P02", reason);
  });
}

constexpr TypeId kArray = array_id(kAnyElement);
constexpr TypeId kCompatibleArray = array_id(kAnyCompatible);

void add_construction(ArrayFunctions& add) {
  add("array", {kAnyCompatible}, kCompatibleArray, construct, "ARRAY[...]").variadic().not_strict();
  add("[]", {kArray, kInt4}, kAnyElement, subscript, "an element: a[1], a[1][2]").variadic();
  add("[:]", {kArray, kInt4}, kArray, slice, "a slice: a[1:2], a[2:], a[:2][1:1]").variadic();
}

void add_knowledge(ArrayFunctions& add) {
  add("array_length", {kArray, kInt4}, kInt4, length_of<false>, "length of a dimension");
  add("array_upper", {kArray, kInt4}, kInt4, length_of<false>, "upper bound of a dimension");
  add("array_lower", {kArray, kInt4}, kInt4, length_of<true>, "lower bound of a dimension: 1");
  add("array_ndims", {kArray}, kInt4, dimensions, "number of dimensions");
  add("array_dims", {kArray}, kText, dimensions_text, "bounds as text");
  add("cardinality", {kArray}, kInt4, cardinality, "number of elements");
}

void add_search(ArrayFunctions& add) {
  add("@>", {kArray, kArray}, kBool, containment<true, false>, "contains all elements of");
  add("<@", {kArray, kArray}, kBool, containment<true, true>, "is contained in");
  add("&&", {kArray, kArray}, kBool, containment<false, true>, "has elements in common with");
  add("array_position", {kCompatibleArray, kAnyCompatible}, kInt4, position,
      "where a value stands first").not_strict();
  add("array_position", {kCompatibleArray, kAnyCompatible, kInt4}, kInt4, position,
      "the same, from a position on").not_strict();
  add("array_positions", {kCompatibleArray, kAnyCompatible}, array_id(kInt4), positions,
      "everywhere a value stands").not_strict();
  add("to_jsonb", {kArray}, kJsonb, to_json, "as jsonb");
  add("to_json", {kArray}, kJsonb, to_json, "as jsonb");
  add("array_to_json", {kArray}, kJsonb, to_json, "as jsonb");
  add("array_to_json", {kArray, kBool}, kJsonb, to_json, "as jsonb");
}

}  // namespace

Array array_at(const Column& arrays, uint32_t row) {
  return read_array(arrays.type(), arrays.is_null(row) ? empty_array() : arrays.text(row));
}

bool same_value(const Column& a, uint32_t i, const Column& b, uint32_t j) {
  if (a.is_null(i) || b.is_null(j)) return a.is_null(i) && b.is_null(j);
  return compare_values(a, i, b, j) == 0;
}

void too_many_dimensions(size_t dimensions, Row& row) {
  row.fail("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                dimensions, kMaxDimensions));
}

void add_arrays(FunctionList& out) {
  ArrayFunctions add(out, "array");
  add_construction(add);
  add_knowledge(add);
  add_search(add);
  add_array_changes(add);
  add_array_texts(add);
}

}  // namespace weir::expr
