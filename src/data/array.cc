#include "data/array.h"

#include "base/bytes.h"
#include "data/row_encoding.h"

namespace weir {

namespace {

ArrayLengths take_lengths(ByteReader& reader) {
  const auto dimensions = reader.le<uint8_t>();
  ArrayLengths lengths;
  if (dimensions > kMaxDimensions) return lengths;
  for (uint8_t i = 0; i < dimensions && reader.ok(); ++i) {
    lengths.push_back(reader.le<uint32_t>());
  }
  return reader.ok() ? lengths : ArrayLengths();
}

// Bytes that were cut short answer NULLs, as many as the lengths say and bytes could hold.
uint32_t take_elements(std::string_view array, ColumnBuilder& out, ArrayLengths* lengths) {
  ByteReader reader(array);
  *lengths = take_lengths(reader);
  const auto room = static_cast<uint32_t>(reader.remaining());
  const uint32_t count = std::min(array_count(*lengths), room);
  for (uint32_t i = 0; i < count; ++i) {
    if (!decode_value(reader, out)) out.append_null();
  }
  return count;
}

}  // namespace

uint32_t array_count(const ArrayLengths& lengths) {
  if (lengths.empty()) return 0;
  uint64_t count = 1;
  for (const uint32_t length : lengths) {
    count = std::min<uint64_t>(count * length, UINT32_MAX);
  }
  return static_cast<uint32_t>(count);
}

ArrayLengths array_lengths(std::string_view array) {
  ByteReader reader(array);
  return take_lengths(reader);
}

Array read_array(Type array_type, std::string_view array) {
  ColumnBuilder builder(array_type.element());
  Array out;
  take_elements(array, builder, &out.lengths);
  out.elements = builder.finish();
  return out;
}

std::string make_array(const ArrayLengths& lengths, const Column& elements, uint32_t begin) {
  const uint32_t count = array_count(lengths);
  if (count == 0) return std::string(empty_array());
  WEIR_CHECK(lengths.size() <= kMaxDimensions && begin + count <= elements.size());
  std::string out;
  ByteWriter w(out);
  w.le(static_cast<uint8_t>(lengths.size()));
  for (const uint32_t length : lengths) w.le(length);
  for (uint32_t i = 0; i < count; ++i) encode_value(elements, begin + i, out);
  return out;
}

std::string make_flat_array(const Column& elements, uint32_t begin, uint32_t count) {
  return make_array({count}, elements, begin);
}

std::string make_flat_array(ColumnBuilder&& elements) {
  const ColumnPtr column = elements.finish();
  return make_flat_array(*column, 0, column->size());
}

FlatArrays flatten_arrays(const Column& arrays) {
  ColumnBuilder builder(arrays.type().element());
  FlatArrays out;
  ArrayLengths lengths;
  out.begins.push_back(0);
  for (uint32_t slot = 0; slot < arrays.slots(); ++slot) {
    const bool null = arrays.is_null(slot);
    const uint32_t count = null ? 0 : take_elements(arrays.text(slot), builder, &lengths);
    out.begins.push_back(out.begins.back() + count);
  }
  out.elements = builder.finish();
  return out;
}

// Each element as 1 and its key or 2 for NULL, then 0, which puts the shorter array first; then
// the number of dimensions and their lengths, big-endian.
void append_array_key(Type array_type, std::string_view array, std::string& out) {
  const Array read = read_array(array_type, array);
  for (uint32_t i = 0; i < read.size(); ++i) {
    const bool null = read.elements->is_null(i);
    out.push_back(null ? 2 : 1);
    if (!null) append_value_key(*read.elements, i, out);
  }
  out.push_back(0);
  out.push_back(static_cast<char>(read.lengths.size()));
  ByteWriter w(out);
  for (const uint32_t length : read.lengths) w.be(length);
}

std::strong_ordering compare_arrays(Type array_type, std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  std::string key_a, key_b;
  append_array_key(array_type, a, key_a);
  append_array_key(array_type, b, key_b);
  return key_a.compare(key_b) <=> 0;
}

}  // namespace weir
