// Runs a project folder to its end in this process and prints wall and CPU seconds.
//   epochs DIR durable|none      none: one epoch, nothing synced
#include <sys/resource.h>

#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "engine/engine.h"

int main(int argc, char** argv) {
  if (argc != 3) return 4;
  const bool durable = std::strcmp(argv[2], "durable") == 0;
  weir::set_log_level(weir::LogLevel::kWarn);
  weir::RealClock clock;
  const auto files = weir::io::make_real_file_system();
  auto loaded = weir::project::load_project(*files, argv[1], "dev");
  if (!loaded.project) return 4;
  if (!durable) loaded.project->settings.commit_interval = 3'600'000'000;
  weir::engine::EngineContext context{*files, clock};
  context.durable = durable;
  const int64_t begin = clock.monotonic_nanos();
  auto engine = weir::engine::Engine::open(std::move(*loaded.project), context);
  if (!engine) {
    std::fprintf(stderr, "%s\n", engine.error().to_string().c_str());
    return 1;
  }
  (*engine)->start();
  while ((*engine)->wait(5'000) == weir::engine::RunState::kRunning) {
  }
  const double wall = static_cast<double>(clock.monotonic_nanos() - begin) / 1e9;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto cpu = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  uint64_t records = 0;
  const auto status = (*engine)->status();
  for (const auto& stream : status.streams) records += stream.records;
  std::printf("{\"records\":%lu,\"epochs\":%lu,\"wall\":%.4f,\"cpu\":%.4f}\n", records,
              status.epoch.value, wall, cpu(usage.ru_utime) + cpu(usage.ru_stime));
  std::fflush(stdout);
  std::_Exit(0);  // the snapshot of a clean stop is no part of it
}
