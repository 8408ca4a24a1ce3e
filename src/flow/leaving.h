// What leaves the state of an operator under a view that closes, and when (plan/expiry.h): rows and
// partitions all of whose results the watermark has closed. Rows that come for them afterwards are
// late: they are told and change nothing.
//
// Lateness is judged by the watermark of the epoch's start, as the gate or the aggregate above
// does; what leaves goes behind the epoch, when all operators have said what it changed.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "flow/closing_time.h"
#include "flow/operator.h"

namespace weir::flow {

class ExpiringInput {
 public:
  ExpiringInput(Schema schema, std::optional<plan::Expiry> expiry)
      : schema_(std::move(schema)), expiry_(expiry) {}

  bool expires() const { return expiry_.has_value(); }
  // The delta without the rows that are late.
  Batch in_time(const Batch& delta, const EpochContext& epoch) const;
  // The watermark at which a row is done; kNever: it stays.
  Micros leaves_at(const Batch& batch, uint32_t row) const;
  Micros leaves_at(std::string_view row) const;  // of its bytes

 private:
  const Schema schema_;
  const std::optional<plan::Expiry> expiry_;
};

// Ids or keys of what leaves, by when. Keys: a container of them.
template <class Keys>
class Leaving {
 public:
  void add(Micros at, typename Keys::value_type key) {
    if (at == kNever) return;
    Keys& keys = panes_[at];
    keys.insert(keys.end(), std::move(key));
  }
  // f(at, key) of what is due.
  template <class F>
  void take(Micros watermark, F f) {
    if (watermark == kNoWatermark) return;
    while (!panes_.empty() && panes_.begin()->first <= watermark) {
      for (const auto& key : panes_.begin()->second) f(panes_.begin()->first, key);
      panes_.erase(panes_.begin());
    }
  }

 private:
  std::map<Micros, Keys> panes_;
};

}  // namespace weir::flow
