// Nexmark events: persons, auctions and bids of an auction site, after the generator of the Flink
// implementation (same proportions, id arithmetic, hot keys, sizes and times), but with random
// numbers seeded by (seed, event number): any event can be made at any time, and twice the same.
#pragma once
#include <string>

#include "base/ids.h"
#include "data/batch.h"

namespace weir::connect {

enum class NexmarkKind : uint8_t { kPerson, kAuction, kBid, kAll };

struct NexmarkSettings {
  uint64_t seed = 1;
  double rate = 10000;               // events a second of event time
  Micros base_time = 1767225600000000;  // 2026-01-01 UTC
  int64_t person_proportion = 1;
  int64_t auction_proportion = 3;
  int64_t bid_proportion = 46;
  int64_t active_people = 1000;
  int64_t in_flight_auctions = 100;
  int64_t hot_auction_ratio = 2;
  int64_t hot_sellers_ratio = 4;
  int64_t hot_bidders_ratio = 4;
  int64_t avg_person_bytes = 200;
  int64_t avg_auction_bytes = 500;
  int64_t avg_bid_bytes = 100;
  int64_t out_of_order_group = 1;
  bool bidder_offset_bug = false;
};

// person: id, name, email_address, credit_card, city, state, date_time, extra
// auction: id, item_name, description, initial_bid, reserve, date_time, expires, seller, category,
// extra bid: auction, bidder, price, channel, url, date_time, extra all: event_type (0 person, 1
// auction, 2 bid), date_time, then person_*, auction_*, bid_*
Schema nexmark_schema(NexmarkKind kind);

class NexmarkGenerator {
 public:
  explicit NexmarkGenerator(const NexmarkSettings& settings) : s_(settings) {}

  NexmarkKind kind_of(int64_t event) const;            // never kAll
  Micros time_of(int64_t event) const;                 // whole milliseconds
  // The row of an event of this kind (kAll takes each) at the end of `out`, of
  // nexmark_schema(kind).
  void append(int64_t event, NexmarkKind kind, BatchBuilder& out) const;
  // The number at place `k` of the stream: events are out of order within their groups.
  int64_t event_at(int64_t k) const;
  int64_t total_proportion() const {
    return s_.person_proportion + s_.auction_proportion + s_.bid_proportion;
  }

 private:
  class Draw;
  int64_t last_person(int64_t event) const;
  int64_t last_auction(int64_t event) const;
  void person(int64_t event, BatchBuilder& out, size_t first, bool with_time) const;
  void auction(int64_t event, BatchBuilder& out, size_t first, bool with_time) const;
  void bid(int64_t event, BatchBuilder& out, size_t first, bool with_time) const;

  NexmarkSettings s_;
};

}  // namespace weir::connect
