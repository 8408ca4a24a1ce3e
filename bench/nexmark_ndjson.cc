// Writes Nexmark events as NDJSON to standard output: the same bytes for the same arguments, so
// that every engine can be given the same file.
//   nexmark_ndjson [--kind bid|auction|person|all] [--events N] [--rate N] [--seed N]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "codec/encoder.h"
#include "connect/nexmark/nexmark.h"

int main(int argc, char** argv) {
  using weir::connect::NexmarkKind;
  weir::connect::NexmarkSettings settings;
  NexmarkKind kind = NexmarkKind::kBid;
  int64_t events = 1'000'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--events") {
      events = std::atoll(value.c_str());
    } else if (name == "--rate") {
      settings.rate = std::atof(value.c_str());
    } else if (name == "--seed") {
      settings.seed = static_cast<uint64_t>(std::atoll(value.c_str()));
    } else if (name == "--kind") {
      kind = value == "auction"  ? NexmarkKind::kAuction
             : value == "person" ? NexmarkKind::kPerson
             : value == "all"    ? NexmarkKind::kAll
                                 : NexmarkKind::kBid;
    } else {
      std::fprintf(stderr, "unknown argument %s\n", name.c_str());
      return 4;
    }
  }
  const weir::connect::NexmarkGenerator generator(settings);
  const weir::Schema schema = weir::connect::nexmark_schema(kind);
  const auto encoder = weir::codec::make_encoder(weir::codec::OutputFormat::kJson, schema);
  weir::BatchBuilder builder(schema);
  std::string out;
  for (int64_t k = 0; k < events;) {
    const int64_t end = std::min(events, k + 8192);
    for (; k < end; ++k) {
      const int64_t event = generator.event_at(k);
      if (kind == NexmarkKind::kAll || generator.kind_of(event) == kind) {
        generator.append(event, kind, builder);
      }
    }
    const weir::Batch batch = builder.finish();
    out.clear();
    for (uint32_t row = 0; row < batch.rows; ++row) {
      encoder->encode(batch, row, out);
      out.push_back('\n');
    }
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return 5;
  }
  return std::fflush(stdout) == 0 ? 0 : 5;
}
