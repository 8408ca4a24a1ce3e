// Decode of Nexmark bids from NDJSON into columns, beside bare simdjson (one iterate a line and a
// walk over the keys): MB a second of one core, and their ratio.
#include <chrono>
#include <cstdio>
#include <string>

#include <simdjson.h>

#include "base/random.h"
#include "codec/decoder.h"

namespace {

using weir::Random;
using weir::TypeId;

std::string make_bids(size_t bytes) {
  std::string out;
  Random random(1);
  static const char* const kChannels[] = {"Google", "Facebook", "Baidu", "Apple"};
  for (int64_t n = 0; out.size() < bytes; ++n) {
    char line[512];
    const int size = std::snprintf(
        line, sizeof line,
        "{\"auction\":%lld,\"bidder\":%lld,\"price\":%lld,\"channel\":\"%s\","
        "\"url\":\"https://www.nexmark.com/abo/dkf/xgq/item.htm?query=1&channel_id=%llu\","
        "\"date_time\":\"2026-01-01T%02d:%02d:%02d.%03dZ\",\"extra\":\"%.*s\"}\n",
        static_cast<long long>(1000 + random.below(100000)),
        static_cast<long long>(1000 + random.below(100000)),
        static_cast<long long>(100 + random.below(10000000)), kChannels[random.below(4)],
        static_cast<unsigned long long>(random.below(1 << 30)), static_cast<int>(n / 3600000 % 24),
        static_cast<int>(n / 60000 % 60), static_cast<int>(n / 1000 % 60),
        static_cast<int>(n % 1000), static_cast<int>(40 + random.below(30)),
        "lsvrtzxcuqpomwnebdhgfyakijlsvrtzxcuqpomwnebdhgfyakijlsvrtzxcuqpomwnebdhgfyakij");
    out.append(line, static_cast<size_t>(size));
  }
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double bare(const std::string& text, size_t size, uint64_t* sum) {
  simdjson::ondemand::parser parser;
  const auto start = std::chrono::steady_clock::now();
  for (size_t at = 0; at < size;) {
    const size_t end = text.find('\n', at);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser.iterate(text.data() + at, end - at, text.size() - at).get(document)) break;
    if (document.get_object().get(object)) break;
    for (auto field : object) *sum += static_cast<uint64_t>(*field.key().value_unsafe().raw());
    at = end + 1;
  }
  return seconds_since(start);
}

double ours(const std::string& text, size_t size, const weir::codec::DecoderOptions& options,
            uint64_t* rows) {
  auto decoder = std::move(weir::codec::make_decoder(options)).value();
  const auto start = std::chrono::steady_clock::now();
  for (size_t at = 0; at < size;) {
    const size_t take = std::min<size_t>(size - at, 4 << 20);
    const auto out = decoder->decode({text.data() + at, take}, at + take == size, 8192);
    *rows += out.batch.rows;
    if (out.consumed == 0) break;
    at += out.consumed;
  }
  return seconds_since(start);
}

}  // namespace

int main() {
  std::string text = make_bids(100 << 20);
  const size_t size = text.size();
  text.append(weir::codec::Decoder::kPadding, ' ');
  weir::codec::DecoderOptions three;
  three.columns = {{{"auction", TypeId::kInt8}, "", {}, {}, {}},
                   {{"price", TypeId::kInt8}, "", {}, {}, {}},
                   {{"date_time", TypeId::kTimestamptz}, "", {}, {}, {}}};
  weir::codec::DecoderOptions five = three;
  five.columns.push_back({{"bidder", TypeId::kInt8}, "", {}, {}, {}});
  five.columns.push_back({{"url", TypeId::kText}, "", {}, {}, {}});
  double best[3] = {1e9, 1e9, 1e9};
  uint64_t rows = 0;
  uint64_t sum = 0;
  for (int round = 0; round < 3; ++round) {
    best[0] = std::min(best[0], bare(text, size, &sum));
    best[1] = std::min(best[1], ours(text, size, three, &rows));
    best[2] = std::min(best[2], ours(text, size, five, &rows));
  }
  const double mb = static_cast<double>(size) / 1e6;
  const double lines = static_cast<double>(rows) / 6;
  std::printf("bare simdjson  %7.0f MB/s %6.0f ns/record\n", mb / best[0], best[0] / lines * 1e9);
  std::printf("3 columns      %7.0f MB/s %6.0f ns/record  %.2f of bare\n", mb / best[1],
              best[1] / lines * 1e9, best[0] / best[1]);
  std::printf("5 columns      %7.0f MB/s %6.0f ns/record  %.2f of bare\n", mb / best[2],
              best[2] / lines * 1e9, best[0] / best[2]);
  return sum == 0 ? 1 : 0;
}
