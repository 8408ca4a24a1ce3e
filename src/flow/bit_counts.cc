#include "flow/bit_counts.h"

namespace weir::flow {

namespace {

class BitCounts final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kBitCounts; }

  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    const Column& column = *arguments.columns[0];
    switch (column.type().id) {
      case TypeId::kInt2: return add_bits<uint16_t>(column.value<uint16_t>(row), weight);
      case TypeId::kInt4: return add_bits<uint32_t>(column.value<uint32_t>(row), weight);
      default: return add_bits<uint64_t>(column.value<uint64_t>(row), weight);
    }
  }

  bool finish(const plan::AggregateCall& call, int64_t count, std::span<const Value>,
              Answer answer) const override {
    uint64_t bits = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      const bool set = call.kind == plan::AggregateKind::kBitAnd  ? counts_[i] == count
                       : call.kind == plan::AggregateKind::kBitOr ? counts_[i] > 0
                                                                  : counts_[i] % 2 != 0;
      if (set) bits |= uint64_t{1} << i;
    }
    switch (call.result.id) {
      case TypeId::kInt2: answer.column.append(static_cast<uint16_t>(bits)); break;
      case TypeId::kInt4: answer.column.append(static_cast<uint32_t>(bits)); break;
      default: answer.column.append(bits);
    }
    return true;
  }

  void encode(ByteWriter& out) const override {
    out.varint(counts_.size());
    for (const int64_t count : counts_) out.zigzag(count);
  }
  bool decode(ByteReader& in) override {
    const uint64_t n = in.varint();
    if (!in.ok() || n > 64) return false;
    counts_.resize(n);
    for (int64_t& count : counts_) count = in.zigzag();
    return in.ok();
  }
  size_t heap_bytes() const override {
    return sizeof(*this) + counts_.capacity() * sizeof(int64_t);
  }

 private:
  template <class Bits>
  void add_bits(Bits bits, int64_t weight) {
    counts_.resize(sizeof(Bits) * 8, 0);
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (bits >> i & 1) counts_[i] += weight;
    }
  }

  std::vector<int64_t> counts_;
};

}  // namespace

std::unique_ptr<AccumulatorPart> make_bit_counts() { return std::make_unique<BitCounts>(); }

}  // namespace weir::flow
