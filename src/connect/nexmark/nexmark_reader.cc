// One partition; the position is the place in the stream of all events, whatever kind is handed
// out.
#include <fmt/core.h>

#include "connect/nexmark/nexmark.h"
#include "connect/options.h"
#include "connect/pacer.h"
#include "connect/position.h"
#include "connect/readers.h"
#include "connect/schemas.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

class NexmarkReader final : public SourceReader {
 public:
  NexmarkReader(const SourceContext& context, const ReaderOptions& options,
                const NexmarkSettings& settings, NexmarkKind kind, double pace)
      : options_(options), generator_(settings), kind_(kind), pacer_(context.clock, pace) {}

  void set_range(int64_t next, int64_t end) {
    next_ = next;
    end_ = end;
  }

  Result<std::optional<Delivery>> poll() override {
    // A bound on events, too: persons are one in fifty.
    const int64_t wanted = std::min<int64_t>(end_ - next_, 50 * int64_t{options_.max_rows});
    const int64_t allowed = pacer_.allowed(static_cast<uint32_t>(wanted));
    if (allowed == 0) return std::nullopt;
    BatchBuilder builder(nexmark_schema(kind_));
    const int64_t begin = next_;
    while (next_ < begin + allowed && builder.rows() < options_.max_rows) {
      const int64_t event = generator_.event_at(next_++);
      if (kind_ == NexmarkKind::kAll || generator_.kind_of(event) == kind_) {
        generator_.append(event, kind_, builder);
      }
    }
    pacer_.take(static_cast<uint64_t>(next_ - begin));
    Delivery out;
    out.partition = PartitionId(0);
    const Batch batch = builder.finish();
    out.batch.rows = batch.rows;
    for (const uint32_t column : options_.columns) {
      out.batch.columns.push_back(batch.columns[column]);
    }
    out.records = batch.rows;
    out.bytes = batch.byte_size();
    out.next = PositionWriter().add("event", next_).finish();
    return out;
  }
  std::vector<PartitionId> partitions() override { return {PartitionId(0)}; }
  bool finished() override { return next_ >= end_; }
  bool caught_up(PartitionId) override { return next_ >= end_ || pacer_.allowed(1) == 0; }
  uint64_t backlog() override {
    return end_ == INT64_MAX ? 0 : static_cast<uint64_t>(end_ - next_);
  }

 private:
  ReaderOptions options_;
  NexmarkGenerator generator_;
  NexmarkKind kind_;
  Pacer pacer_;
  int64_t next_ = 0;
  int64_t end_ = INT64_MAX;
};

Result<NexmarkKind> kind_option(const Options& values) {
  const std::string kind = values.text("kind", "bid");
  if (kind == "bid") return NexmarkKind::kBid;
  if (kind == "auction") return NexmarkKind::kAuction;
  if (kind == "person") return NexmarkKind::kPerson;
  if (kind == "all") return NexmarkKind::kAll;
  return values.wrong("kind", "bid, auction, person or all");
}

Result<NexmarkSettings> settings_of(const Options& values) {
  NexmarkSettings s;
  s.seed = static_cast<uint64_t>(TRY(values.integer("seed", 1)));
  s.rate = TRY(values.rate("rate", s.rate));
  if (values.has("base_time")) {
    const auto time = parse_text_form(values.text("base_time"), TypeId::kTimestamptz);
    if (!time) return values.wrong("base_time", "a timestamp with a zone");
    s.base_time = std::get<int64_t>(time->data);
  }
  const std::pair<const char*, int64_t*> numbers[] = {
      {"person_proportion", &s.person_proportion},   {"auction_proportion", &s.auction_proportion},
      {"bid_proportion", &s.bid_proportion},         {"active_people", &s.active_people},
      {"in_flight_auctions", &s.in_flight_auctions}, {"hot_auction_ratio", &s.hot_auction_ratio},
      {"hot_sellers_ratio", &s.hot_sellers_ratio},   {"hot_bidders_ratio", &s.hot_bidders_ratio},
      {"avg_person_bytes", &s.avg_person_bytes},     {"avg_auction_bytes", &s.avg_auction_bytes},
      {"avg_bid_bytes", &s.avg_bid_bytes},           {"out_of_order_group", &s.out_of_order_group}};
  for (const auto& [name, target] : numbers) {
    *target = TRY(values.integer(name, *target));
    if (*target < 1 || *target > 1'000'000'000) return values.wrong(name, "a number from 1");
  }
  s.bidder_offset_bug = TRY(values.boolean("bidder_offset_bug", false));
  return s;
}

Result<int64_t> event_of(const Positions& positions, int64_t fallback) {
  const auto it = positions.find(PartitionId(0));
  if (it == positions.end()) return fallback;
  return TRY(PositionReader::parse(it->second)).integer("event");
}

}  // namespace

ReaderResult open_nexmark_source(const SourceSpec& spec, const SourceContext& context,
                                 const ReaderOptions& options) {
  const Options values(spec.options, "source " + spec.definition.name);
  const NexmarkKind kind = TRY(kind_option(values));
  const NexmarkSettings settings = TRY(settings_of(values));
  const int64_t events = TRY(values.integer("events", INT64_MAX));
  if (events < 0) return values.wrong("events", "a number from 0");
  const bool paced = TRY(values.boolean("paced", !values.has("events")));
  const int64_t next = TRY(event_of(options.start, 0));
  const int64_t end = options.stop ? TRY(event_of(*options.stop, next)) : events;
  auto reader = std::make_unique<NexmarkReader>(context, options, settings, kind,
                                                paced && !options.stop ? settings.rate : 0);
  reader->set_range(std::min(next, end), end);
  return std::unique_ptr<SourceReader>(std::move(reader));
}

Result<Schema> nexmark_source_schema(const std::map<std::string, std::string>& options) {
  return nexmark_schema(TRY(kind_option(Options(options, "nexmark"))));
}

}  // namespace weir::connect
