#include "flow/accumulator.h"

#include <cmath>
#include <cstring>

namespace weir::flow {

namespace {

int64_t integer_at(const Column& column, uint32_t row) {
  switch (column.type().id) {
    case TypeId::kInt2: return column.value<int16_t>(row);
    case TypeId::kInt4: return column.value<int32_t>(row);
    default: return column.value<int64_t>(row);
  }
}

std::optional<Decimal> decimal_of(Int128 v) {
  Int128 limit = 1;
  for (int i = 0; i < 38; ++i) limit *= 10;
  if (v >= limit || v <= -limit) return std::nullopt;
  return Decimal(v, 0);
}

bool is_sum(plan::AggregateKind kind) {
  return kind == plan::AggregateKind::kSum || kind == plan::AggregateKind::kAvg;
}

}  // namespace

bool Answer::fail(const char* sqlstate, std::string message) const {
  std::memcpy(error->sqlstate, sqlstate, 6);
  error->message = std::move(message);
  return false;
}

void Accumulator::add(const plan::AggregateCall& call, const Batch& arguments, uint32_t row,
                      int64_t weight) {
  count_ += weight;
  if (call.kind == plan::AggregateKind::kCount) return;
  if (is_sum(call.kind) && arguments.columns[0]->type().is_number()) {
    return add_number(*arguments.columns[0], row, weight);
  }
  if (!part_) {
    Schema schema;
    for (const ColumnPtr& column : arguments.columns) schema.fields.push_back({"", column->type()});
    part_ = AccumulatorPart::for_call(call, schema);
  }
  if (part_) part_->add(arguments, row, weight);
}

void Accumulator::add_number(const Column& argument, uint32_t row, int64_t weight) {
  switch (argument.type().id) {
    case TypeId::kFloat4:
    case TypeId::kFloat8: {
      if (!floats_) floats_ = std::make_unique<ExactFloatSum>();
      const bool real = argument.type().id == TypeId::kFloat4;
      floats_->add(real ? argument.value<float>(row) : argument.value<double>(row), weight);
      return;
    }
    case TypeId::kNumeric:
      if (!decimals_) decimals_ = std::make_unique<DecimalSum>();
      decimals_->add(argument.value<Decimal>(row), weight);
      return;
    default: integers_ += Int128{integer_at(argument, row)} * weight;
  }
}

bool Accumulator::finish_float(const plan::AggregateCall& call, Answer answer) const {
  double v = floats_ ? floats_->result() : 0;
  if (call.kind == plan::AggregateKind::kAvg) v /= static_cast<double>(count_);
  const bool narrow = call.result.id == TypeId::kFloat4 && std::isfinite(v) &&
                      std::isinf(static_cast<float>(v));
  if (narrow || (floats_ && floats_->overflowed())) {
    return answer.fail("22003", "value out of range: overflow");
  }
  if (call.result.id == TypeId::kFloat4) {
    answer.column.append(static_cast<float>(v));
  } else {
    answer.column.append(v);
  }
  return true;
}

bool Accumulator::finish_sum(const plan::AggregateCall& call, Type argument,
                             Answer answer) const {
  if (argument.is_float()) return finish_float(call, answer);
  if (call.result.id == TypeId::kInt8) {
    if (integers_ > INT64_MAX || integers_ < INT64_MIN) {
      return answer.fail("22003", "bigint out of range");
    }
    answer.column.append(static_cast<int64_t>(integers_));
    return true;
  }
  std::optional<Decimal> sum = argument.is_integer() ? decimal_of(integers_)
                               : decimals_           ? decimals_->result()
                                                     : Decimal(0, 0);
  const bool average = call.kind == plan::AggregateKind::kAvg;
  if (sum && average) sum = Decimal::div(*sum, Decimal::from_int(count_));
  if (!sum) return answer.fail("22003", "value overflows numeric format");
  answer.column.append(*sum);
  return true;
}

std::optional<int64_t> Accumulator::whole_number(const plan::AggregateCall& call,
                                                 const Schema& arguments) const {
  if (call.kind == plan::AggregateKind::kCountStar || call.kind == plan::AggregateKind::kCount) {
    return count_;
  }
  const bool whole = call.kind == plan::AggregateKind::kSum && call.result.id == TypeId::kInt8 &&
                     count_ != 0 && arguments.fields[0].type.is_integer();
  if (!whole || integers_ > INT64_MAX || integers_ < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(integers_);
}

bool Accumulator::finish(const plan::AggregateCall& call, const Schema& arguments,
                         std::span<const Value> direct, Answer answer) const {
  switch (call.kind) {
    case plan::AggregateKind::kCountStar:
    case plan::AggregateKind::kCount:
    case plan::AggregateKind::kRegrCount: answer.column.append(count_); return true;
    case plan::AggregateKind::kApproxCountDistinct:
      if (count_ == 0) return answer.column.append(int64_t{0}), true;
      break;
    default: break;
  }
  if (count_ == 0) {
    answer.column.append_null();
    return true;
  }
  if (is_sum(call.kind) && arguments.fields[0].type.is_number()) {
    return finish_sum(call, arguments.fields[0].type, answer);
  }
  return part_->finish(call, count_, direct, answer);
}

void Accumulator::encode(ByteWriter& out) const {
  out.zigzag(count_);
  const uint8_t parts = static_cast<uint8_t>((integers_ != 0 ? 1 : 0) | (floats_ ? 2 : 0) |
                                             (decimals_ ? 4 : 0) | (part_ ? 8 : 0));
  out.le(parts);
  if (parts & 1) {
    out.le(static_cast<uint64_t>(integers_));
    out.le(static_cast<int64_t>(integers_ >> 64));
  }
  if (floats_) floats_->encode(out);
  if (decimals_) decimals_->encode(out);
  if (part_) {
    out.le(static_cast<uint8_t>(part_->tag()));
    part_->encode(out);
  }
}

bool Accumulator::decode(ByteReader& in) {
  count_ = in.zigzag();
  const auto parts = in.le<uint8_t>();
  if (!in.ok() || parts > 15) return false;
  if (parts & 1) {
    const auto low = in.le<uint64_t>();
    const auto high = in.le<int64_t>();
    integers_ = (static_cast<Int128>(high) << 64) | static_cast<UInt128>(low);
  }
  if (parts & 2) {
    floats_ = std::make_unique<ExactFloatSum>();
    if (!floats_->decode(in)) return false;
  }
  if (parts & 4) {
    decimals_ = std::make_unique<DecimalSum>();
    if (!decimals_->decode(in)) return false;
  }
  if (parts & 8) {
    part_ = AccumulatorPart::of_tag(static_cast<AccumulatorPart::Tag>(in.le<uint8_t>()));
    if (!part_ || !part_->decode(in)) return false;
  }
  return in.ok();
}

size_t Accumulator::heap_bytes() const {
  return (floats_ ? sizeof(*floats_) + floats_->heap_bytes() : 0) +
         (decimals_ ? sizeof(*decimals_) + decimals_->heap_bytes() : 0) +
         (part_ ? part_->heap_bytes() : 0);
}

}  // namespace weir::flow
