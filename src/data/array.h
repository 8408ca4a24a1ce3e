// Array values: a StringRef to these bytes, so that columns, batches, state and the row encoding
// carry arrays as they carry strings. Equal bytes are equal arrays, and an array of up to two
// integers needs no memory of its own. The bytes reach disk and are frozen:
//
//   dimensions  1 byte, 0 (no elements) to 6
//   length      4 bytes little-endian of each dimension; none is 0
//   elements    in row-major order, each as the row encoding has it: 0 for NULL, or 1 and the value
//
// Every dimension counts from 1: other lower bounds, which PostgreSQL can have, are refused where
// they would come in.
#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"

namespace weir {

struct ParseError;  // data/text_form.h
struct TextStyle;

constexpr size_t kMaxDimensions = 6;
using ArrayLengths = std::vector<uint32_t>;  // of each dimension; empty: an array without elements

ArrayLengths array_lengths(std::string_view array);
uint32_t array_count(const ArrayLengths& lengths);  // of elements

struct Array {
  ArrayLengths lengths;
  ColumnPtr elements;
  uint32_t size() const { return elements->size(); }
};
Array read_array(Type array_type, std::string_view array);

// Rows begin..end of `elements` in these lengths; the flat form has one dimension.
std::string make_array(const ArrayLengths& lengths, const Column& elements, uint32_t begin = 0);
std::string make_flat_array(const Column& elements, uint32_t begin, uint32_t count);
std::string make_flat_array(ColumnBuilder&& elements);
inline std::string_view empty_array() { return {"\0", 1}; }

// The arrays of a column with all their elements in one column: what kernels and casts go through.
// Slot s of the column has the elements begins[s] .. begins[s + 1]; a NULL has none.
struct FlatArrays {
  ColumnPtr elements;
  std::vector<uint32_t> begins;
  uint32_t size(uint32_t slot) const { return begins[slot + 1] - begins[slot]; }
};
FlatArrays flatten_arrays(const Column& arrays);

// PostgreSQL's order: element by element with NULL behind all others and equal to itself, then by
// the number of elements, of dimensions, and by the lengths. memcmp of keys is that order.
void append_array_key(Type array_type, std::string_view array, std::string& out);
std::strong_ordering compare_arrays(Type array_type, std::string_view a, std::string_view b);

// {1,NULL,"a b"} and {{1,2},{3,4}}.
void append_array_text(std::string& out, Type array_type, std::string_view array,
                       const TextStyle& style);
// [1,null,"a b"] and [[1,2],[3,4]].
void append_array_json(std::string& out, Type array_type, std::string_view array);
// Appends to a column of arrays; false: bad input (nothing appended) with the reason in *error.
bool append_parsed_array(ColumnBuilder& builder, std::string_view text, ParseError* error);

}  // namespace weir
