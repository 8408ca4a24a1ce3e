// = <> < <= > >= on every type, IS [NOT] DISTINCT FROM, greatest and least.
#include <cmath>

#include "data/compare.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

enum class Op : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe };

template <Op kOp, class T>
bool holds(const T& a, const T& b) {
  if constexpr (kOp == Op::kEq) return a == b;
  if constexpr (kOp == Op::kNe) return a != b;
  if constexpr (kOp == Op::kLt) return a < b;
  if constexpr (kOp == Op::kLe) return a <= b;
  if constexpr (kOp == Op::kGt) return a > b;
  return a >= b;
}

template <Op kOp>
bool holds_order(std::strong_ordering order) {
  if constexpr (kOp == Op::kEq) return order == 0;
  if constexpr (kOp == Op::kNe) return order != 0;
  if constexpr (kOp == Op::kLt) return order < 0;
  if constexpr (kOp == Op::kLe) return order <= 0;
  if constexpr (kOp == Op::kGt) return order > 0;
  return order >= 0;
}

template <Op kOp, class T>
ColumnPtr plain(const KernelCall& call) {
  return binary<T, T, uint8_t>(call, [](const T& a, const T& b, Row&) -> uint8_t {
    return holds<kOp>(a, b);
  });
}

template <Op kOp>
ColumnPtr strings(const KernelCall& call) {
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  return map<uint8_t>(call, [&](uint32_t i, Row&) -> uint8_t {
    if constexpr (kOp == Op::kEq) return a.value<StringRef>(i) == b.value<StringRef>(i);
    if constexpr (kOp == Op::kNe) return !(a.value<StringRef>(i) == b.value<StringRef>(i));
    return holds_order<kOp>(a.text(i).compare(b.text(i)) <=> 0);
  });
}

template <Op kOp>
ColumnPtr general(const KernelCall& call) {
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  return map<uint8_t>(call, [&](uint32_t i, Row&) -> uint8_t {
    return holds_order<kOp>(compare_values(a, i, b, i));
  });
}

template <Op kOp>
Kernel kernel_for(TypeId id) {
  if (id == kAnyEnum) return strings<kOp>;
  switch (id) {
    case TypeId::kBool: return plain<kOp, uint8_t>;
    case TypeId::kInt2: return plain<kOp, int16_t>;
    case TypeId::kInt4:
    case TypeId::kDate: return plain<kOp, int32_t>;
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return plain<kOp, int64_t>;
    case TypeId::kText:
    case TypeId::kBytea: return strings<kOp>;
    default: return general<kOp>;
  }
}

template <bool kDistinct>
ColumnPtr distinct_from(const KernelCall& call) {
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  return map<uint8_t>(call, [&](uint32_t i, Row&) -> uint8_t {
    const bool null_a = a.is_null(i);
    const bool null_b = b.is_null(i);
    const bool same = null_a || null_b ? null_a == null_b : compare_values(a, i, b, i) == 0;
    return same != kDistinct;
  });
}

template <bool kGreatest>
ColumnPtr extreme(const KernelCall& call) {
  ColumnBuilder out(call.result);
  for (uint32_t i = 0; i < call.rows; ++i) {
    const Column* best = nullptr;
    for (const ColumnPtr& arg : call.args) {
      if (arg->is_null(i)) continue;
      const auto order = best ? compare_values(*arg, i, *best, i) : std::strong_ordering::equal;
      if (!best || (kGreatest ? order > 0 : order < 0)) best = arg.get();  // of equals, the first
    }
    if (best) {
      out.append_from(*best, i);
    } else {
      out.append_null();
    }
  }
  return out.finish();
}

template <Op kOp>
void add_operator(FunctionList& out, std::string_view name) {
  using enum TypeId;
  for (const TypeId id : {kBool, kInt2, kInt4, kInt8, kFloat4, kFloat8, kNumeric, kText, kBytea,
                          kDate, kTime, kTimestamp, kTimestamptz, kInterval, kUuid, kJsonb,
                          kBpchar, kRecord, kAnyEnum, array_id(kAnyElement)}) {
    out.push_back({.name = name, .args = {id, id}, .result = kBool, .kernel = kernel_for<kOp>(id),
                   .summary = "comparison", .group = "comparison"});
  }
}

template <bool kDistinct>
void add_distinct(FunctionList& out, std::string_view name) {
  using enum TypeId;
  for (const TypeId id : {kBool, kInt2, kInt4, kInt8, kFloat4, kFloat8, kNumeric, kText, kBytea,
                          kDate, kTime, kTimestamp, kTimestamptz, kInterval, kUuid, kJsonb,
                          kBpchar, kRecord, kAnyEnum, array_id(kAnyElement)}) {
    out.push_back({.name = name, .args = {id, id}, .result = kBool, .strict = false,
                   .kernel = distinct_from<kDistinct>,
                   .summary = "comparison in which NULL is a value", .group = "comparison"});
  }
}

template <Op kOp>
void add_bytewise(FunctionList& out, std::string_view name) {
  out.push_back({.name = name, .args = {TypeId::kText, TypeId::kText}, .result = TypeId::kBool,
                 .kernel = strings<kOp>, .summary = "comparison by bytes",
                 .group = "comparison"});
}

}  // namespace

void add_comparisons(FunctionList& out) {
  add_operator<Op::kEq>(out, "=");
  add_operator<Op::kNe>(out, "<>");
  add_operator<Op::kLt>(out, "<");
  add_operator<Op::kLe>(out, "<=");
  add_operator<Op::kGt>(out, ">");
  add_operator<Op::kGe>(out, ">=");
  add_distinct<true>(out, "is distinct from");
  add_distinct<false>(out, "is not distinct from");
  add_bytewise<Op::kLt>(out, "~<~");
  add_bytewise<Op::kLe>(out, "~<=~");
  add_bytewise<Op::kGt>(out, "~>~");
  add_bytewise<Op::kGe>(out, "~>=~");
  out.push_back({.name = "greatest", .args = {kAnyCompatible}, .variadic = true,
                 .result = kAnyCompatible, .strict = false, .kernel = extreme<true>,
                 .summary = "the greatest argument that is not NULL", .group = "comparison"});
  out.push_back({.name = "least", .args = {kAnyCompatible}, .variadic = true,
                 .result = kAnyCompatible, .strict = false, .kernel = extreme<false>,
                 .summary = "the least argument that is not NULL", .group = "comparison"});
}

}  // namespace weir::expr
