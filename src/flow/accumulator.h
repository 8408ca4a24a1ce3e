// What an aggregate that does not depend on the order of rows keeps, one accumulator a call and
// group: exact under insertion and deletion in any order.
//
//   count, bool_and, bool_or   numbers
//   sum, avg                   integers in 128 bits, floats and numerics by data/exact_sum.h,
//                              intervals field by field
//   all others                 a part of their own: flow/moments.h, bit_counts.h, sketches.h
#pragma once
#include <optional>
#include <span>

#include "data/exact_sum.h"
#include "data/row_errors.h"
#include "plan/plan.h"

namespace weir::flow {

// Where a result goes: appended to a column, or an error of the group.
struct Answer {
  ColumnBuilder& column;
  RowError* error = nullptr;
  bool fail(const char* sqlstate, std::string message) const;  // false
  bool null() const {
    column.append_null();
    return true;
  }
  template <class T>
  bool value(const T& v) const {
    column.append(v);
    return true;
  }
};

// What only some aggregates need.
class AccumulatorPart {
 public:
  enum class Tag : uint8_t {  // frozen
    kExactMoments = 1, kFloatMoments = 2, kBitCounts = 3, kHyperLogLog = 4, kLogHistogram = 5,
    kIntervalSum = 6, kTrueCount = 7,
  };
  // Made for what a call needs; null: nothing. And the same by its tag, to be decoded.
  static std::unique_ptr<AccumulatorPart> for_call(const plan::AggregateCall& call,
                                                   const Schema& arguments);
  static std::unique_ptr<AccumulatorPart> of_tag(Tag tag);
  virtual ~AccumulatorPart() = default;

  virtual Tag tag() const = 0;
  virtual void add(const Batch& arguments, uint32_t row, int64_t weight) = 0;
  // There is at least one row. Appends; an error of the group: false, and nothing is appended.
  virtual bool finish(const plan::AggregateCall& call, int64_t count,
                      std::span<const Value> direct, Answer answer) const = 0;
  virtual void encode(ByteWriter& out) const = 0;
  virtual bool decode(ByteReader& in) = 0;
  virtual size_t heap_bytes() const = 0;  // and of itself
};

class Accumulator {
 public:
  // No argument that the call needs is NULL in that row.
  void add(const plan::AggregateCall& call, const Batch& arguments, uint32_t row, int64_t weight);
  void add_count(int64_t weight) { count_ += weight; }
  int64_t count() const { return count_; }
  // Appends; an error of the group comes back in *error (and nothing is appended).
  bool finish(const plan::AggregateCall& call, const Schema& arguments,
              std::span<const Value> direct, Answer answer) const;

  // The result of a count, or of a sum of integers that answers a bigint; nullopt: it is another
  // call, there is no result, or it is too large.
  std::optional<int64_t> whole_number(const plan::AggregateCall& call,
                                      const Schema& arguments) const;

  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  size_t heap_bytes() const;

 private:
  void add_number(const Column& argument, uint32_t row, int64_t weight);
  bool finish_sum(const plan::AggregateCall& call, Type argument, Answer answer) const;
  bool finish_float(const plan::AggregateCall& call, Answer answer) const;

  int64_t count_ = 0;
  Int128 integers_ = 0;
  std::unique_ptr<ExactFloatSum> floats_;
  std::unique_ptr<DecimalSum> decimals_;
  std::unique_ptr<AccumulatorPart> part_;
};

}  // namespace weir::flow
