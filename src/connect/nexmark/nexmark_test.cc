#include "connect/nexmark/nexmark.h"

#include <set>

#include "connect/connect_test_kit.h"
#include "connect/schemas.h"

namespace weir::connect {
namespace {

class NexmarkTest : public ConnectTest {
 protected:
  static SourceSpec make(const std::string& kind, std::map<std::string, std::string> more = {}) {
    std::map<std::string, std::string> options = {{"kind", kind}, {"events", "10000"}};
    for (const auto& [key, value] : more) options[key] = value;
    const auto schema = own_schema("nexmark", options);
    return spec("nexmark", options, (*schema)->fields);
  }
};

TEST_F(NexmarkTest, ProportionsAndIds) {
  const auto bids = make("bid");
  const auto auctions = make("auction");
  const auto persons = make("person");
  const auto all = make("all");
  EXPECT_EQ(drain(*open(persons, all_columns(persons))).rows.size(), 200u);
  const Seen auction_rows = drain(*open(auctions, all_columns(auctions)));
  EXPECT_EQ(auction_rows.rows.size(), 600u);
  EXPECT_EQ(auction_rows.rows[0].substr(0, 5), "1000|");
  EXPECT_EQ(auction_rows.rows[599].substr(0, 5), "1599|");
  EXPECT_EQ(drain(*open(bids, all_columns(bids))).rows.size(), 9200u);
  EXPECT_EQ(drain(*open(all, all_columns(all))).rows.size(), 10000u);
}

TEST_F(NexmarkTest, HotKeysPricesAndTimes) {
  NexmarkSettings settings;
  const NexmarkGenerator generator(settings);
  BatchBuilder builder(nexmark_schema(NexmarkKind::kBid));
  for (int64_t n = 100'000; builder.rows() < 20'000; ++n) {
    if (generator.kind_of(n) == NexmarkKind::kBid) generator.append(n, NexmarkKind::kBid, builder);
  }
  const Batch bids = builder.finish();
  int hot_auctions = 0, hot_bidders = 0, hot_channels = 0, low = 0;
  for (uint32_t row = 0; row < bids.rows; ++row) {
    hot_auctions += bids.columns[0]->value<int64_t>(row) % 100 == 0;
    hot_bidders += bids.columns[1]->value<int64_t>(row) % 100 == 1;
    hot_channels += !bids.columns[3]->text(row).starts_with("channel-");
    const auto price = bids.columns[2]->value<int64_t>(row);
    ASSERT_GE(price, 100);
    ASSERT_LE(price, 100'000'000);
    low += price < 10'000;
    ASSERT_EQ(bids.columns[5]->value<int64_t>(row) % 1000, 0);
  }
  const double rows = bids.rows;
  EXPECT_NEAR(hot_auctions / rows, 0.5, 0.02);
  EXPECT_NEAR(hot_bidders / rows, 0.75, 0.02);
  EXPECT_NEAR(hot_channels / rows, 0.5, 0.02);
  EXPECT_NEAR(low / rows, 1.0 / 3, 0.02);
  EXPECT_EQ(generator.time_of(10'000) - generator.time_of(0), 1'000'000);
}

TEST_F(NexmarkTest, SizesAreTheReferences) {
  NexmarkSettings settings;
  const NexmarkGenerator generator(settings);
  const auto mean_bytes = [&](NexmarkKind kind, std::set<size_t> strings, size_t fixed) {
    BatchBuilder builder(nexmark_schema(kind));
    for (int64_t n = 0; builder.rows() < 500; ++n) {
      if (generator.kind_of(n) == kind) generator.append(n, kind, builder);
    }
    const Batch batch = builder.finish();
    size_t bytes = 0;
    for (uint32_t row = 0; row < batch.rows; ++row) {
      bytes += fixed;
      for (const size_t c : strings) bytes += batch.columns[c]->text(row).size();
    }
    return static_cast<double>(bytes) / batch.rows;
  };
  EXPECT_NEAR(mean_bytes(NexmarkKind::kPerson, {1, 2, 3, 4, 5, 7}, 8), 200, 10);
  EXPECT_NEAR(mean_bytes(NexmarkKind::kAuction, {1, 2, 9}, 56), 500, 20);
  EXPECT_NEAR(mean_bytes(NexmarkKind::kBid, {6}, 32), 100, 5);
}

TEST_F(NexmarkTest, TheSameAgainFromAnyPosition) {
  const auto s = make("bid", {{"out_of_order_group", "100"}, {"seed", "5"}});
  ReaderOptions options = all_columns(s);
  const Seen whole = drain(*open(s, options));
  options.max_rows = 100;
  Seen first;
  auto reader = open(s, options);
  for (int i = 0; i < 3; ++i) take(*std::move(reader->poll()).value(), first);
  ReaderOptions up_to = all_columns(s);
  up_to.stop = first.positions;
  EXPECT_EQ(drain(*open(s, up_to)).rows, first.rows);
  options.start = first.positions;
  for (const std::string& row : drain(*open(s, options)).rows) first.rows.push_back(row);
  EXPECT_EQ(first.rows, whole.rows);
  bool disorder = false;
  BatchBuilder builder(nexmark_schema(NexmarkKind::kBid));
  NexmarkSettings settings;
  settings.out_of_order_group = 100;
  const NexmarkGenerator generator(settings);
  std::set<int64_t> seen;
  for (int64_t k = 0; k < 1000; ++k) {
    disorder = disorder || generator.event_at(k) != k;
    seen.insert(generator.event_at(k));
  }
  EXPECT_TRUE(disorder);
  EXPECT_EQ(seen.size(), 1000u);
}

TEST_F(NexmarkTest, WrongOptionsAreNamed) {
  auto s = make("bid", {{"hot_auction_ratio", "0"}});
  EXPECT_FALSE(open_source(s, context(), all_columns(s)).has_value());
  EXPECT_FALSE(own_schema("nexmark", {{"kind", "bids"}}).has_value());
}

}  // namespace
}  // namespace weir::connect
