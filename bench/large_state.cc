// A project whose state is large, run in this process one epoch after another: how long each takes,
// what a snapshot does to them, how long recovery takes and in which parts. bench/recovery drives
// it.
//   large_state write FILE KEYS COUNT RATE   appends COUNT rows of random ones of KEYS keys, 100
//                                            bytes each, RATE a second (0: as fast as it goes; a
//                                            COUNT of 0: each key once, in order)
//   large_state run DIR durable|none SECONDS [VIEW]   goes on until the input is read, and SECONDS
//                                            longer; prints what happened as lines of JSON, and
//                                            what the view holds as a number
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "data/row_encoding.h"
#include "engine/pipeline.h"
#include "engine/project_log.h"

namespace {

using namespace weir;

constexpr int kUsage = 4;
constexpr uint64_t kRowsOfWrite = 2000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of this process; what the system keeps of files is not among it.
uint64_t most_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) >> 10;
}

double seconds_since(Clock& clock, int64_t begin) {
  return static_cast<double>(clock.monotonic_nanos() - begin) / 1e9;
}

void append_row(std::string& out, Random& random, uint64_t key) {
  char row[160];
  std::snprintf(row, sizeof row, "{\"id\":%lu,\"g\":%lu,\"v\":\"%016lx%016lx%016lx%016lx%08x\"}\n",
                key, random.below(1000), random.next(), random.next(), random.next(),
                random.next(), static_cast<uint32_t>(random.next()));
  out += row;
}

int write_rows(const std::string& path, uint64_t keys, uint64_t count, uint64_t rate) {
  RealClock clock;
  Random random(static_cast<uint64_t>(clock.monotonic_nanos()));
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (!file) return 1;
  const int64_t begin = clock.monotonic_nanos();
  const uint64_t all = count == 0 ? keys : count;
  std::string text;
  for (uint64_t row = 0; row < all;) {
    text.clear();
    const uint64_t pace = rate == 0 ? kRowsOfWrite : std::min(kRowsOfWrite, rate / 50 + 1);
    for (uint64_t i = 0; i < pace && row < all; ++i, ++row) {
      append_row(text, random, count == 0 ? row : random.below(keys));
    }
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
    if (rate == 0) continue;
    const double ahead =
        static_cast<double>(row) / static_cast<double>(rate) - seconds_since(clock, begin);
    if (ahead > 0) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
  }
  std::fclose(file);
  return 0;
}

struct Steps {
  std::vector<double> millis;
  void print(const char* what) {
    if (millis.empty()) return;
    std::sort(millis.begin(), millis.end());
    const auto at = [&](double share) {
      return millis[static_cast<size_t>(share * static_cast<double>(millis.size() - 1))];
    };
    std::printf("{\"%s\":%zu,\"median_ms\":%.2f,\"p99_ms\":%.2f,\"longest_ms\":%.2f}\n", what,
                millis.size(), at(0.5), at(0.99), millis.back());
    std::fflush(stdout);
    millis.clear();
  }
};

engine::PipelineSpec spec_of(const project::Project& project, bool durable) {
  engine::PipelineSpec spec;
  spec.name = engine::pipeline_name_of(project);
  spec.sources = project.sources;
  spec.views = project.models;
  spec.sinks = project.sinks;
  spec.commit_interval = durable ? project.settings.commit_interval : 3'600'000'000;
  spec.memory_limit = project.settings.memory_bytes;
  return spec;
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return 1;
}

struct Run {
  Clock& clock;
  engine::Pipeline& pipeline;
  Steps quiet;   // epochs
  Steps during;  // while a snapshot is written, its begin and its end among them

  // Until nothing is left to read, or the seconds are over.
  Status go(double seconds, bool until_level) {
    const int64_t begin = clock.monotonic_nanos();
    while (until_level || seconds_since(clock, begin) < seconds) {
      const int64_t before = clock.monotonic_nanos();
      const bool writing = pipeline.writes_snapshot();
      const engine::Pipeline::Step step = TRY(pipeline.step());
      if (step == engine::Pipeline::Step::kWorked) {
        (pipeline.writes_snapshot() || writing ? during : quiet)
            .millis.push_back(seconds_since(clock, before) * 1e3);
        continue;
      }
      if (until_level && pipeline.level()) return {};
      clock.sleep_for(1000);
    }
    return {};
  }
  void print(const char* what, double seconds) {
    const engine::PipelineStatus status = pipeline.status();
    std::printf("{\"%s\":%.3f,\"cpu\":%.3f,\"epoch\":%lu,\"records\":%lu,\"state_mb\":%lu,"
                "\"most_mb\":%lu}\n", what, seconds, cpu_seconds(), status.epoch.value,
                status.streams[0].records, status.state_bytes >> 20, most_memory());
    std::fflush(stdout);
  }
};

// The same for the same rows in any order.
Status print_digest(engine::Pipeline& pipeline, const std::string& view) {
  uint64_t digest = 0;
  uint64_t rows = 0;
  for (const Batch& batch : TRY(pipeline.contents(view))) {
    RowBytes bytes;
    encode_rows(batch, bytes);
    for (uint32_t i = 0; i < batch.rows; ++i) {
      digest += hash64(bytes[i]) * static_cast<uint64_t>(batch.weight(i));
      rows += static_cast<uint64_t>(batch.weight(i));
    }
  }
  std::printf("{\"rows\":%lu,\"digest\":\"%016lx\"}\n", rows, digest);
  std::fflush(stdout);
  return {};
}

int run(const char* dir, bool durable, double seconds, const char* view) {
  RealClock clock;
  const int64_t begin = clock.monotonic_nanos();
  const auto files = io::make_real_file_system();
  auto loaded = project::load_project(*files, dir, "dev");
  if (!loaded.project) return kUsage;
  const project::Project& project = *loaded.project;
  auto log = engine::open_project_log(project, *files, clock, {false, durable, nullptr});
  if (!log) return fail(log.error());
  connect::SourceContext source{*files, clock, log->log.get(), project.dir,
                                engine::internal_prefix_of(project)};
  engine::PipelineContext context{source, *log->log,
                                  engine::state_dir_of(project) + "/snapshots"};
  context.threads = true;
  auto pipeline = engine::Pipeline::open(spec_of(project, durable), context);
  if (!pipeline) return fail(pipeline.error());
  Run run{clock, **pipeline, {}, {}};
  run.print("opened", seconds_since(clock, begin));
  if (Status status = run.go(0, true); !status) return fail(status.error());
  run.print("level", seconds_since(clock, begin));
  run.quiet.print("steps_to_level");
  run.during.print("steps_to_level_snapshot");
  if (Status status = run.go(seconds, false); !status) return fail(status.error());
  run.print("end", seconds_since(clock, begin));
  run.quiet.print("steps_quiet");
  run.during.print("steps_snapshot");
  if (view) {
    if (Status status = print_digest(**pipeline, view); !status) return fail(status.error());
  }
  std::_Exit(0);  // a clean stop is no part of it
}

}  // namespace

int main(int argc, char** argv) {
  weir::set_log_level(std::getenv("WEIR_BENCH_LOG") ? weir::LogLevel::kInfo
                                                    : weir::LogLevel::kWarn);
  if (argc == 6 && std::strcmp(argv[1], "write") == 0) {
    return write_rows(argv[2], std::strtoull(argv[3], nullptr, 10),
                      std::strtoull(argv[4], nullptr, 10), std::strtoull(argv[5], nullptr, 10));
  }
  if ((argc == 5 || argc == 6) && std::strcmp(argv[1], "run") == 0) {
    return run(argv[2], std::strcmp(argv[3], "durable") == 0, std::atof(argv[4]),
               argc == 6 ? argv[5] : nullptr);
  }
  return kUsage;
}
