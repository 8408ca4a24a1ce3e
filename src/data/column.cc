// Heaps never reallocate once a StringRef points into them: a heap of fixed capacity is filled,
// then the next one is opened. That is why text can be appended without a second pass over the
// refs.
#include "data/column.h"

namespace weir {

namespace {
constexpr size_t kHeapBytes = 64 << 10;
}  // namespace

size_t Column::byte_size() const {
  size_t bytes = sizeof(Column) + validity_.capacity() + values_.capacity();
  for (const Heap& heap : heaps_) bytes += heap->capacity();
  return bytes;
}

ColumnPtr Column::retype(const ColumnPtr& column, Type type) {
  WEIR_CHECK(type.width() == column->type().width());
  auto copy = std::make_shared<Column>(*column);
  copy->type_ = type;
  return copy;
}

ColumnPtr Column::resize_constant(const ColumnPtr& constant, uint32_t size) {
  if (constant->size() == size) return constant;
  WEIR_CHECK(constant->is_constant() && constant->slots() == 1);
  auto copy = std::make_shared<Column>(*constant);
  copy->size_ = size;
  return copy;
}

ColumnPtr Column::nulls(Type type, uint32_t size) {
  ColumnBuilder builder(type);
  builder.append_null();
  return builder.finish_constant(size);
}

ColumnBuilder::ColumnBuilder(Type type) : column_(std::make_unique<Column>()) {
  column_->type_ = type;
  width_ = type.width();
}
ColumnBuilder::ColumnBuilder(ColumnBuilder&&) noexcept = default;
ColumnBuilder& ColumnBuilder::operator=(ColumnBuilder&&) noexcept = default;
ColumnBuilder::~ColumnBuilder() = default;

void ColumnBuilder::reserve(uint32_t rows) { column_->values_.reserve(rows * width_); }

void ColumnBuilder::append_null() {
  mutable_validity();
  column_->validity_.push_back(0);
  column_->values_.resize(column_->values_.size() + width_);
  ++rows_;
}

std::string* ColumnBuilder::open_heap(size_t need) {
  if (!heap_ || heap_->capacity() - heap_->size() < need) {
    heap_ = std::make_shared<std::string>();
    heap_->reserve(std::max(kHeapBytes, need));
    column_->heaps_.push_back(heap_);
  }
  return heap_.get();
}

void ColumnBuilder::append_text(std::string_view text) {
  if (text.size() <= StringRef::kInline) {
    append<StringRef>(StringRef(text));
    return;
  }
  std::string* heap = open_heap(text.size());
  const size_t at = heap->size();
  heap->append(text);
  append<StringRef>(StringRef(std::string_view(heap->data() + at, text.size())));
}

void ColumnBuilder::keep(const Heap& heap) {
  auto& heaps = column_->heaps_;
  if (!heaps.empty() && heaps.back() == heap) return;
  heaps.push_back(heap);
}

// Known again by the heaps, which live as long as we do: a column's address may be another's by
// now.
void ColumnBuilder::keep_heaps_of(const Column& column) {
  const auto& theirs = column.heaps();
  auto& ours = column_->heaps_;
  if (ours.size() >= theirs.size() && std::equal(theirs.rbegin(), theirs.rend(), ours.rbegin())) {
    return;
  }
  ours.insert(ours.end(), theirs.begin(), theirs.end());
}

void ColumnBuilder::append_from(const Column& column, uint32_t row) {
  append_gather(column, &row, 1);
}

void ColumnBuilder::append_slice(const Column& column, uint32_t begin, uint32_t count) {
  if (column.is_constant()) {
    for (uint32_t i = 0; i < count; ++i) append_from(column, begin);
    return;
  }
  keep_heaps_of(column);
  const char* from = column.values_.data() + size_t{begin} * width_;
  column_->values_.insert(column_->values_.end(), from, from + size_t{count} * width_);
  if (column.validity()) {
    mutable_validity();
    column_->validity_.insert(column_->validity_.end(), column.validity() + begin,
                              column.validity() + begin + count);
  } else if (!column_->validity_.empty()) {
    column_->validity_.resize(column_->validity_.size() + count, 1);
  }
  rows_ += count;
}

namespace {
template <size_t kWidth>
void gather_values(const Column& column, const uint32_t* rows, uint32_t count, char* out) {
  const char* values = column.values<char>();
  for (uint32_t i = 0; i < count; ++i) {
    std::memcpy(out + i * kWidth, values + size_t{column.at(rows[i])} * kWidth, kWidth);
  }
}
}  // namespace

void ColumnBuilder::append_gather(const Column& column, const uint32_t* rows, uint32_t count) {
  WEIR_DCHECK(column.type().width() == width_);
  keep_heaps_of(column);
  const size_t begin = column_->values_.size();
  column_->values_.resize(begin + count * width_);
  char* out = column_->values_.data() + begin;
  switch (width_) {
    case 1: gather_values<1>(column, rows, count, out); break;
    case 2: gather_values<2>(column, rows, count, out); break;
    case 4: gather_values<4>(column, rows, count, out); break;
    case 8: gather_values<8>(column, rows, count, out); break;
    case 16: gather_values<16>(column, rows, count, out); break;
    default: gather_values<24>(column, rows, count, out); break;
  }
  if (column.validity()) {
    mutable_validity();
    for (uint32_t i = 0; i < count; ++i) {
      column_->validity_.push_back(column.validity()[column.at(rows[i])]);
    }
  } else if (!column_->validity_.empty()) {
    column_->validity_.resize(column_->validity_.size() + count, 1);
  }
  rows_ += count;
}

void ColumnBuilder::pop_back() {
  WEIR_CHECK(rows_ > 0);
  --rows_;
  column_->values_.resize(rows_ * width_);
  if (!column_->validity_.empty()) column_->validity_.resize(rows_);
}

uint8_t* ColumnBuilder::mutable_validity() {
  if (column_->validity_.empty()) {
    column_->validity_.reserve(std::max<size_t>(rows_ + 1, column_->values_.capacity() / width_));
    column_->validity_.resize(rows_, 1);
  }
  return column_->validity_.data();
}

ColumnPtr ColumnBuilder::finish() {
  const Type type = column_->type_;
  column_->size_ = static_cast<uint32_t>(rows_);
  if (rows_ == 0) column_->validity_.clear();
  std::shared_ptr<const Column> done(std::move(column_));
  *this = ColumnBuilder(type);
  return done;
}

ColumnPtr ColumnBuilder::finish_constant(uint32_t size) {
  WEIR_CHECK(rows_ == 1);
  column_->mask_ = 0;
  rows_ = size;
  return finish();
}

ColumnBuilder ColumnBuilder::sized(Type type, uint32_t size) {
  ColumnBuilder builder(type);
  builder.column_->values_.resize(size * builder.width_);
  builder.rows_ = size;
  return builder;
}

}  // namespace weir
