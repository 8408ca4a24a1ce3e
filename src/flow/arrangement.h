// Arrangement: the rows of an input under a key, kept once for all joins that read it.
//
//   delta   is handed on to the readers and then added: one that is told of a change finds the
//           arrangement without it. Right for any number of readers, since the graph hands on in
//           the order in which its stages were made: what earlier readers make of the change may
//           reach a later one by its other port, and its own turn comes behind. A join of an input
//           with itself reads two arrangements.
//   state   the rows by key with their weights, or how often each key is there.
//   cost    a probe a row, whoever reads it; keys and rows are encoded once for all readers.
#pragma once
#include <optional>

#include "flow/keyed_rows.h"
#include "flow/leaving.h"
#include "state/index.h"

namespace weir::flow {

struct ArrangementSpec {
  std::vector<uint32_t> keys;
  bool keys_alone = false;   // not the rows
  bool null_keys = false;    // rows with a NULL in their key are kept as well
  std::optional<plan::Expiry> expiry = {};
};

class Arrangement final : public Operator {
 public:
  Arrangement(const Schema& input, ArrangementSpec spec)
      : spec_(std::move(spec)), input_(input, spec_.expiry) {}

  void push(int port, const Batch& delta, const EpochContext& epoch, Output& out) override;
  void finish(const EpochContext&, Output&) override {}
  void leave(const EpochContext& epoch) override;
  std::vector<state::TableBase*> tables() override { return {&rows_}; }

  const state::Index& rows() const { return rows_; }
  // A delta's rows, and 1 for those that are not kept.
  struct Arriving {
    KeyedRows rows;
    std::vector<uint8_t> matchless;
  };
  Arriving encoded(const Batch& delta) const;
  const Arriving& arriving() const { return *arriving_; }  // what is being handed on

 private:
  void restore();

  const ArrangementSpec spec_;
  const ExpiringInput input_;
  state::Index rows_;
  Leaving<std::vector<uint32_t>> leaving_;  // rows
  bool restored_ = false;
  std::optional<Arriving> arriving_;
};

// The arrangements that the operator of a node reads, by port; none: it is pushed its inputs.
std::vector<ArrangementSpec> arrangements_of(const plan::Node& node,
                                             const OperatorOptions& options);
uint64_t hash_of(const ArrangementSpec& spec);

}  // namespace weir::flow
