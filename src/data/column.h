// Columns: typed, immutable once published, shared by pointer to const. A column is flat (one value
// a row) or constant (one value for all rows): read through at(i), which folds both, and every
// kernel works on either.
//
//   validity: one byte a row, 1 = a value, 0 = NULL; absent = no NULLs.
//   values:   Type::width() bytes a row; the value of a NULL row is zeroes.
//   heaps:    own the bytes of StringRefs longer than StringRef::kInline.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "data/decimal.h"
#include "data/string_ref.h"
#include "data/type.h"

namespace weir {

using Heap = std::shared_ptr<const std::string>;
class Column;
using ColumnPtr = std::shared_ptr<const Column>;

class Column {
 public:
  const Type& type() const { return type_; }
  uint32_t size() const { return size_; }
  bool is_constant() const { return mask_ == 0; }
  bool may_have_nulls() const { return !validity_.empty(); }
  bool is_null(uint32_t row) const { return !validity_.empty() && validity_[at(row)] == 0; }

  // The slot of a row in values() and validity(): 0 for every row of a constant column.
  uint32_t at(uint32_t row) const { return row & mask_; }
  uint32_t slots() const { return is_constant() ? (size_ ? 1 : 0) : size_; }
  template <class T>
  const T* values() const {
    return reinterpret_cast<const T*>(values_.data());
  }
  template <class T>
  const T& value(uint32_t row) const {
    return values<T>()[at(row)];
  }
  std::string_view text(uint32_t row) const { return value<StringRef>(row).view(); }
  const uint8_t* validity() const { return validity_.empty() ? nullptr : validity_.data(); }
  const std::vector<Heap>& heaps() const { return heaps_; }
  size_t byte_size() const;

  // Relabels: same bytes, other type of the same layout (text as varchar(5), timestamp as
  // timestamptz).
  static ColumnPtr retype(const ColumnPtr& column, Type type);
  static ColumnPtr resize_constant(const ColumnPtr& constant, uint32_t size);
  static ColumnPtr nulls(Type type, uint32_t size);  // a constant column

 private:
  friend class ColumnBuilder;
  Type type_;
  uint32_t size_ = 0;
  uint32_t mask_ = ~0u;
  std::vector<uint8_t> validity_;
  std::vector<char> values_;
  std::vector<Heap> heaps_;
};

// Makes a column, row after row. Strings longer than StringRef::kInline are copied into a heap
// unless append_ref() is used with a heap that was added by keep().
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type);
  ColumnBuilder(ColumnBuilder&&) noexcept;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept;
  ~ColumnBuilder();

  const Type& type() const { return column_->type_; }
  uint32_t size() const { return static_cast<uint32_t>(rows_); }
  void reserve(uint32_t rows);
  void append_null();
  template <class T>
  void append(const T& v) {
    WEIR_DCHECK(sizeof(T) == width_);
    auto& values = column_->values_;
    const size_t at = values.size();
    values.resize(at + sizeof(T));
    std::memcpy(values.data() + at, &v, sizeof(T));
    if (!column_->validity_.empty()) column_->validity_.push_back(1);
    ++rows_;
  }
  void append_bool(bool v) { append<uint8_t>(v ? 1 : 0); }
  void append_text(std::string_view text);   // copies
  void append_ref(StringRef text) { append<StringRef>(text); }  // its bytes are in a kept heap
  void keep(const Heap& heap);
  // All heaps of a column are kept; then its rows may be appended cheaply.
  void append_from(const Column& column, uint32_t row);
  void append_slice(const Column& column, uint32_t begin, uint32_t count);
  void append_gather(const Column& column, const uint32_t* rows, uint32_t count);
  void pop_back();  // takes the last row back (a row found to be bad half-way)

  ColumnPtr finish();                        // leaves the builder empty and usable
  ColumnPtr finish_constant(uint32_t size);  // of the one row appended

  // For kernels: `size` zeroed rows to be filled in place.
  static ColumnBuilder sized(Type type, uint32_t size);
  template <class T>
  T* mutable_values() {
    return reinterpret_cast<T*>(column_->values_.data());
  }
  uint8_t* mutable_validity();  // makes it (all valid) if absent; one byte a row

 private:
  void keep_heaps_of(const Column& column);
  std::string* open_heap(size_t need);

  std::unique_ptr<Column> column_;
  std::shared_ptr<std::string> heap_;   // being filled; never grows past its capacity
  size_t width_ = 0;
  size_t rows_ = 0;
};

}  // namespace weir
