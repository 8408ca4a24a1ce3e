// The simulation: worlds with a weir in them (world.h), disturbed in one of four ways, and compared
// with the same world undisturbed. A failure is shown by its seed, which shows it again.
//
//   seeds   lives that end by kills, lost power, clean stops; calls that fail once or for a while;
//           full disks; a clock that jumps
//   io      each call that changes something fails in turn: once and for good, as EIO and as
//           ENOSPC, and once more while weir recovers from it
//   power   power is lost at a moment of the seed, in a way of the seed
//   damage  bytes of one stored file are flipped, or its end is cut off: weir refuses the file by
//           name, or goes on to the undisturbed result
#include <fmt/core.h>

#include <cstdlib>
#include <cstring>
#include <functional>

#include "base/log.h"
#include "sim/world.h"

namespace weir::sim {
namespace {

constexpr int kChunks = 7;
constexpr int kLives = 400;  // a world that is not through by then never will be

struct Undisturbed {
  Outcome outcome;
  uint64_t calls = 0;
  bool spilled = false;
};

Undisturbed undisturbed(uint64_t seed, bool spilled = false) {
  World world(seed, kChunks, spilled);
  World::Hooks none;
  if (world.live(none, false) != World::End::kAll) {
    fmt::print("the undisturbed world of seed {} fails: {}\n", seed, world.error);
    std::exit(2);
  }
  const uint64_t calls = world.files.calls();
  auto outcome = world.outcome();
  if (!outcome) {
    fmt::print("the undisturbed world cannot be read: {}\n", outcome.error().to_string());
    std::exit(2);
  }
  return {std::move(*outcome), calls, spilled};
}

// The same for many seeds: a few inputs, each run undisturbed once.
const Outcome& want_of(uint64_t input) {
  static std::map<uint64_t, Outcome> known;
  auto it = known.find(input);
  if (it == known.end()) it = known.emplace(input, undisturbed(input).outcome).first;
  return it->second;
}

// "": as undisturbed.
std::string compare(World& world, const Outcome& want) {
  world.files.process_death();
  auto got = world.outcome();
  return got ? difference(want, *got) : "cannot be read: " + got.error().to_string();
}

struct StopAfter final : World::Hooks {
  explicit StopAfter(int64_t n) : left(n) {}
  int64_t left;
  bool before_step(World&) override { return left-- <= 0; }
};

// Lives on until all is read, with power lost or the process killed behind each error.
std::string finish(World& world, Random& random, const Outcome& want) {
  for (int life = 0; life < kLives; ++life) {
    World::Hooks none;
    if (world.live(none, false) == World::End::kAll) return compare(world, want);
    world.files.heal();
    if (random.chance(0.5)) {
      world.files.power_loss(random.next());
    } else {
      world.files.process_death();
    }
  }
  return "never ends: " + world.error;
}

struct Weather final : World::Hooks {
  Weather(Random& r, double death) : random(r), death(death) {}
  Random& random;
  double death;
  bool before_step(World& world) override {
    if (random.chance(0.02)) {  // a clock that somebody has set
      world.clock.set(world.clock.now() + random.between(-7'200'000'000, 7'200'000'000));
    }
    if (random.chance(0.02)) {
      const ErrorKind kind = random.chance(0.5) ? ErrorKind::kIo : ErrorKind::kNoSpace;
      world.files.fail_call(world.files.calls() + random.below(40), kind, random.chance(0.3));
    }
    return random.chance(death);
  }
};

std::string run_seed(uint64_t seed) {
  Random random(seed * 2 + 1);
  const Undisturbed want = undisturbed(seed);
  World world(seed, kChunks, seed % 2 == 1);
  const uint64_t lives = 3 + random.below(12);
  for (uint64_t life = 0; life < lives; ++life) {
    Weather weather(random, 0.01 + 0.1 * random.unit());
    const World::End end = world.live(weather, random.chance(0.3));
    if (end == World::End::kAll) break;
    world.files.heal();
    if (random.chance(0.5)) {
      world.files.power_loss(random.next());
    } else {
      world.files.process_death();
    }
  }
  world.files.heal();
  world.files.process_death();
  return finish(world, random, want.outcome);
}

// `variant`: EIO or ENOSPC, once or for good, and whether recovery meets it as well.
std::string run_io(const Undisturbed& want, uint64_t call, uint64_t variant) {
  Random random(call * 8 + variant);
  World world(1, kChunks, want.spilled);
  const ErrorKind kind = variant & 1 ? ErrorKind::kNoSpace : ErrorKind::kIo;
  const bool for_good = (variant & 2) != 0;
  world.files.fail_call(call, kind, for_good);
  World::Hooks none;
  (void)world.live(none, false);
  world.files.heal();
  world.files.power_loss(random.next());
  if (variant & 4) {
    world.files.fail_call(world.files.calls() + random.below(60), kind, for_good);
    (void)world.live(none, false);
    world.files.heal();
    world.files.power_loss(random.next());
  }
  return finish(world, random, want.outcome);
}

std::string run_power(uint64_t seed) {
  Random random(seed * 2 + 1);
  const uint64_t input = 1 + seed % 20;
  World world(input, kChunks, seed % 2 == 1);
  StopAfter stop(random.between(0, 60));
  (void)world.live(stop, false);
  world.files.power_loss(random.next());
  return finish(world, random, want_of(input));
}

struct DamageCounts {
  uint64_t refused = 0;
  uint64_t recovered = 0;
};

std::string damage_one(World& world, Random& random) {
  std::vector<std::string> stored = world.files.all_files("/state/");
  std::erase_if(stored, [&](const std::string& path) {
    return world.files.read_all(path).value_or("").empty();
  });
  const std::string path = stored[random.below(stored.size())];
  std::string bytes = world.files.read_all(path).value();
  const uint64_t how = random.below(4);
  const size_t at = random.below(bytes.size());
  if (how == 0) {
    bytes.resize(at);
  } else if (how == 1) {
    const size_t n = std::min<size_t>(bytes.size() - at, 1 + random.below(600));
    for (size_t i = at; i < at + n; ++i) bytes[i] = static_cast<char>(random.below(256));
  } else {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
  }
  world.files.place(path, bytes);
  return fmt::format("{} at {} ({})", path, at, how);
}

std::string run_damage(uint64_t seed, DamageCounts& counts) {
  Random random(seed * 2 + 1);
  const uint64_t input = 1 + seed % 20;
  World world(input, kChunks, seed % 2 == 1);
  StopAfter stop(random.between(10, 60));
  (void)world.live(stop, random.chance(0.5));
  world.files.process_death();
  const std::string what = damage_one(world, random);
  World::Hooks none;
  const World::End end = world.live(none, false);
  if (end != World::End::kAll) {
    const bool said = world.error_kind == ErrorKind::kCorrupt ||
                      world.error_kind == ErrorKind::kNewerFormat;
    ++counts.refused;
    return said ? "" : what + ": ends with " + world.error;
  }
  world.files.process_death();
  auto got = world.outcome();
  if (!got && got.error().kind() == ErrorKind::kCorrupt) {
    ++counts.refused;
    return "";
  }
  if (!got) return what + ": cannot be read: " + got.error().to_string();
  const std::string wrong = difference(want_of(input), *got);
  ++counts.recovered;
  return wrong.empty() ? "" : what + ": " + wrong;
}

struct Campaign {
  uint64_t passed = 0;
  uint64_t failed = 0;
  void check(const std::string& name, const std::string& wrong) {
    if (wrong.empty()) {
      ++passed;
      return;
    }
    ++failed;
    if (failed <= 20) fmt::print("FAILED {}: {}\n", name, wrong);
  }
};

void run(const std::string& mode, uint64_t first, uint64_t count, Campaign& campaign) {
  if (mode == "io") {
    const Undisturbed want = undisturbed(1, first % 2 == 1);
    const uint64_t step = count == 0 ? 1 : std::max<uint64_t>(1, want.calls / count);
    for (uint64_t call = first % step; call < want.calls; call += step) {
      for (uint64_t variant = 0; variant < 8; ++variant) {
        campaign.check(fmt::format("io call {} variant {}", call, variant),
                       run_io(want, call, variant));
      }
    }
    fmt::print("io: {} calls, every {}\n", want.calls, step);
    return;
  }
  DamageCounts counts;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const std::string name = fmt::format("{} seed {}", mode, seed);
    if (mode == "seeds") campaign.check(name, run_seed(seed));
    if (mode == "power") campaign.check(name, run_power(seed));
    if (mode == "damage") campaign.check(name, run_damage(seed, counts));
  }
  if (mode != "damage") return;
  fmt::print("damage: {} refused, {} recovered\n", counts.refused, counts.recovered);
}

}  // namespace
}  // namespace weir::sim

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr,
               "usage: sim seeds|io|power|damage FIRST COUNT   (io: COUNT calls, 0: all)\n");
    return 2;
  }
  if (!std::getenv("WEIR_SIM_LOG")) weir::set_log_level(weir::LogLevel::kOff);
  weir::sim::Campaign campaign;
  weir::sim::run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10),
                 campaign);
  fmt::print("{} passed, {} failed\n", campaign.passed, campaign.failed);
  return campaign.failed == 0 ? 0 : 1;
}
