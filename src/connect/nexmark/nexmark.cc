#include "connect/nexmark/nexmark.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/core.h>

#include "base/hash.h"
#include "base/random.h"

namespace weir::connect {

namespace {

constexpr int64_t kFirstPerson = 1000;
constexpr int64_t kFirstAuction = 1000;
constexpr int64_t kFirstCategory = 10;
constexpr int64_t kLead = 10;        // ids that are drawn before they exist
constexpr int64_t kHotGroup = 100;   // one hot auction, seller and bidder in so many
constexpr uint64_t kChannels = 10000;

constexpr std::array<std::string_view, 11> kFirstNames = {
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> kLastNames = {
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
constexpr std::array<std::string_view, 10> kCities = {
    "Phoenix", "Los Angeles", "San Francisco", "Boise",   "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",    "Cheyenne"};
constexpr std::array<std::string_view, 6> kStates = {"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array<std::string_view, 4> kHotChannels = {"Google", "Facebook", "Baidu", "Apple"};

uint32_t bit_reverse(uint32_t v) {
  uint32_t out = 0;
  for (int i = 0; i < 32; ++i) out |= ((v >> i) & 1U) << (31 - i);
  return out;
}

}  // namespace

// The random numbers of one event.
class NexmarkGenerator::Draw {
 public:
  Draw(uint64_t seed, int64_t event)
      : random_(mix64(seed * 0x9e3779b97f4a7c15ULL + static_cast<uint64_t>(event))) {}

  int64_t below(int64_t n) {
    return n <= 1 ? 0 : static_cast<int64_t>(random_.below(static_cast<uint64_t>(n)));
  }
  template <size_t kSize>
  std::string_view of(const std::array<std::string_view, kSize>& list) {
    return list[static_cast<size_t>(below(kSize))];
  }
  int64_t price() { return std::llround(std::pow(10.0, random_.unit() * 6.0) * 100.0); }

  std::string exact(int64_t length) {
    std::string out;
    while (length > 0) {
      uint64_t bits = random_.next();
      for (int i = 0; i < 8 && length > 0; ++i, --length) {
        out.push_back(static_cast<char>('a' + (bits & 0xff) * 26 / 256));
        bits >>= 8;
      }
    }
    return out;
  }
  // 3 to max - 1 characters, one in 13 the separator.
  std::string text(int64_t max, char separator = ' ') {
    std::string out = exact(3 + below(max - 3));
    for (char& c : out) {
      if (below(13) == 0) c = separator;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out.erase(0, out.find_first_not_of(' '));
    return out;
  }
  // Pads what has `size` bytes to the wanted mean, +-20 %.
  std::string extra(int64_t size, int64_t mean) {
    if (size > mean) return {};
    const int64_t missing = mean - size;
    const auto delta = static_cast<int64_t>(std::llround(static_cast<double>(missing) * 0.2));
    return exact(missing - delta + (delta == 0 ? 0 : below(2 * delta)));
  }
  std::string directory() { return text(5, '_'); }
  std::string url() {
    return fmt::format("https://www.nexmark.com/{}/{}/{}/item.htm?query=1", directory(),
                       directory(), directory());
  }

 private:
  Random random_;
};

Schema nexmark_schema(NexmarkKind kind) {
  const Field time{"date_time", TypeId::kTimestamp};
  const auto text = [](const char* name) { return Field{name, TypeId::kText}; };
  const auto number = [](const char* name) { return Field{name, TypeId::kInt8}; };
  switch (kind) {
    case NexmarkKind::kPerson:
      return {{number("id"), text("name"), text("email_address"), text("credit_card"), text("city"),
               text("state"), time, text("extra")}};
    case NexmarkKind::kAuction:
      return {{number("id"), text("item_name"), text("description"), number("initial_bid"),
               number("reserve"), time, {"expires", TypeId::kTimestamp}, number("seller"),
               number("category"), text("extra")}};
    case NexmarkKind::kBid:
      return {{number("auction"), number("bidder"), number("price"), text("channel"), text("url"),
               time, text("extra")}};
    case NexmarkKind::kAll: break;
  }
  Schema all;
  all.fields = {{"event_type", TypeId::kInt4}, time};
  const std::pair<const char*, NexmarkKind> parts[] = {{"person_", NexmarkKind::kPerson},
                                                       {"auction_", NexmarkKind::kAuction},
                                                       {"bid_", NexmarkKind::kBid}};
  for (const auto& [prefix, part] : parts) {
    for (Field& field : nexmark_schema(part).fields) {
      if (field.name == "date_time") continue;
      field.name = prefix + field.name;
      all.fields.push_back(std::move(field));
    }
  }
  return all;
}

NexmarkKind NexmarkGenerator::kind_of(int64_t event) const {
  const int64_t rest = event % total_proportion();
  if (rest < s_.person_proportion) return NexmarkKind::kPerson;
  if (rest < s_.person_proportion + s_.auction_proportion) return NexmarkKind::kAuction;
  return NexmarkKind::kBid;
}

Micros NexmarkGenerator::time_of(int64_t event) const {
  const double gap = 1e6 / s_.rate;
  const auto millis = static_cast<int64_t>(static_cast<double>(event) * gap / 1000);
  return s_.base_time + millis * 1000;
}

int64_t NexmarkGenerator::event_at(int64_t k) const {
  const int64_t group = s_.out_of_order_group;
  if (group <= 1) return k;
  const int64_t base = k / group * group;
  return base + (k * 953) % group;
}

int64_t NexmarkGenerator::last_person(int64_t event) const {
  const int64_t round = event / total_proportion();
  const int64_t rest = std::min(event % total_proportion(), s_.person_proportion - 1);
  return round * s_.person_proportion + rest;
}

int64_t NexmarkGenerator::last_auction(int64_t event) const {
  int64_t round = event / total_proportion();
  int64_t rest = event % total_proportion() - s_.person_proportion;
  if (rest < 0) {
    --round;
    rest = s_.auction_proportion - 1;
  }
  return round * s_.auction_proportion + std::min(rest, s_.auction_proportion - 1);
}

void NexmarkGenerator::person(int64_t event, BatchBuilder& out, size_t c, bool with_time) const {
  Draw draw(s_.seed, event);
  const std::string name = fmt::format("{} {}", draw.of(kFirstNames), draw.of(kLastNames));
  const std::string email = fmt::format("{}@{}.com", draw.text(7, '_'), draw.text(5, '_'));
  const std::string card = fmt::format("{:04} {:04} {:04} {:04}", draw.below(10000),
                                       draw.below(10000), draw.below(10000), draw.below(10000));
  const std::string_view city = draw.of(kCities);
  const std::string_view state = draw.of(kStates);
  const auto size = static_cast<int64_t>(8 + name.size() + email.size() + card.size() +
                                         city.size() + state.size());
  out.column(c++).append(kFirstPerson + last_person(event));
  out.column(c++).append_text(name);
  out.column(c++).append_text(email);
  out.column(c++).append_text(card);
  out.column(c++).append_text(city);
  out.column(c++).append_text(state);
  if (with_time) out.column(c++).append(time_of(event));
  out.column(c++).append_text(draw.extra(size, s_.avg_person_bytes));
}

void NexmarkGenerator::auction(int64_t event, BatchBuilder& out, size_t c, bool with_time) const {
  Draw draw(s_.seed, event);
  const int64_t people = last_person(event);
  const int64_t active = std::min(people + 1, s_.active_people);
  const int64_t seller = draw.below(s_.hot_sellers_ratio) > 0
                             ? people / kHotGroup * kHotGroup
                             : people + 1 - active + draw.below(active + kLead);
  const std::string item = draw.text(20);
  const std::string description = draw.text(100);
  const int64_t initial = draw.price();
  const int64_t reserve = initial + draw.price();
  const int64_t ahead =
      s_.in_flight_auctions * total_proportion() / std::max<int64_t>(1, s_.auction_proportion);
  const int64_t horizon = (time_of(event + ahead) - time_of(event)) / 1000;
  const int64_t length = 1 + draw.below(std::max<int64_t>(1, 2 * horizon));
  const auto size = static_cast<int64_t>(8 + item.size() + description.size() + 8 * 6);
  out.column(c++).append(kFirstAuction + last_auction(event));
  out.column(c++).append_text(item);
  out.column(c++).append_text(description);
  out.column(c++).append(initial);
  out.column(c++).append(reserve);
  if (with_time) out.column(c++).append(time_of(event));
  out.column(c++).append(time_of(event) + length * 1000);
  out.column(c++).append(kFirstPerson + seller);
  out.column(c++).append(kFirstCategory + draw.below(5));
  out.column(c++).append_text(draw.extra(size, s_.avg_auction_bytes));
}

void NexmarkGenerator::bid(int64_t event, BatchBuilder& out, size_t c, bool with_time) const {
  Draw draw(s_.seed, event);
  const int64_t newest = std::max<int64_t>(0, last_auction(event));
  const int64_t oldest = std::max<int64_t>(0, newest - s_.in_flight_auctions);
  const int64_t auction = draw.below(s_.hot_auction_ratio) > 0
                              ? newest / kHotGroup * kHotGroup
                              : oldest + draw.below(newest - oldest + 1 + kLead);
  const int64_t people = last_person(event);
  const int64_t active = std::min(people + 1, s_.active_people);
  const int64_t bidder = draw.below(s_.hot_bidders_ratio) > 0
                             ? people / kHotGroup * kHotGroup + 1
                             : people + 1 - active + draw.below(active + kLead);
  std::string channel;
  std::string url;
  if (draw.below(2) > 0) {
    const auto hot = static_cast<uint64_t>(draw.below(kHotChannels.size()));
    channel = kHotChannels[hot];
    url = Draw(s_.seed, -1 - static_cast<int64_t>(hot)).url();  // the same at every bid
  } else {
    const int64_t number = draw.below(kChannels);
    channel = fmt::format("channel-{}", number);
    Draw fixed(s_.seed, -100 - number);
    url = fixed.url();
    if (fixed.below(10) > 0) {
      const auto id = static_cast<int32_t>(bit_reverse(static_cast<uint32_t>(number)));
      url += fmt::format("&channel_id={}", std::abs(static_cast<int64_t>(id)));
    }
  }
  out.column(c++).append(kFirstAuction + auction);
  out.column(c++).append(kFirstPerson + bidder + (s_.bidder_offset_bug ? kFirstPerson : 0));
  out.column(c++).append(draw.price());
  out.column(c++).append_text(channel);
  out.column(c++).append_text(url);
  if (with_time) out.column(c++).append(time_of(event));
  out.column(c++).append_text(draw.extra(32, s_.avg_bid_bytes));
}

void NexmarkGenerator::append(int64_t event, NexmarkKind kind, BatchBuilder& out) const {
  const NexmarkKind own = kind_of(event);
  size_t first = 0;
  const bool all = kind == NexmarkKind::kAll;
  if (all) {
    out.column(0).append(static_cast<int32_t>(own));
    out.column(1).append(time_of(event));
    constexpr size_t kFirst[] = {2, 9, 18};
    constexpr size_t kEnd[] = {9, 18, 24};
    first = kFirst[static_cast<size_t>(own)];
    for (size_t c = 2; c < out.width(); ++c) {
      if (c < first || c >= kEnd[static_cast<size_t>(own)]) out.column(c).append_null();
    }
  }
  switch (own) {
    case NexmarkKind::kPerson: person(event, out, first, !all); break;
    case NexmarkKind::kAuction: auction(event, out, first, !all); break;
    default: bid(event, out, first, !all); break;
  }
  out.end_row();
}

}  // namespace weir::connect
