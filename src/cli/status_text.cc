#include "cli/status_text.h"

#include <fmt/core.h>

#include "data/text_form.h"

namespace weir::cli {

namespace {

std::string time_text(Micros time) {
  if (time == INT64_MIN || time >= INT64_MAX - 1) return "-";
  return text_form({TypeId::kTimestamptz, time});
}

std::string bold(std::string_view text, bool colour) {
  return colour ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}

// Zeroes are quiet: what needs a look stands out.
std::string alarm(uint64_t n, bool colour) {
  const std::string text = fmt::format("{:>8}", n == 0 ? "-" : short_count(static_cast<double>(n)));
  return colour && n > 0 ? fmt::format("\033[33m{}\033[0m", text) : text;
}

std::string stream_lines(const engine::PipelineStatus& status, bool colour) {
  size_t width = 8;
  for (const auto& s : status.streams) width = std::max(width, s.name.size());
  std::string out = bold(fmt::format("{:<{}} {:>9} {:>9} {:>8} {:>8}  {}\n", "STREAM", width + 1,
                                     "records", "per s", "dead", "lag", "watermark"),
                         colour);
  for (const engine::StreamStatus& s : status.streams) {
    const std::string lag =
        s.finished ? "done" : (s.backlog == 0 ? "-" : short_count(static_cast<double>(s.backlog)));
    out +=
        fmt::format("{:<{}} {:>9} {:>9} {} {:>8}  {}\n", s.name, width + 1,
                    short_count(static_cast<double>(s.records)), short_count(s.records_per_second),
                    alarm(s.dead, colour), lag, time_text(s.watermark));
  }
  return out;
}

std::string view_lines(const engine::PipelineStatus& status, bool colour) {
  size_t width = 8;
  for (const auto& v : status.views) width = std::max(width, v.name.size());
  std::string out = bold(fmt::format("{:<{}} {:>9} {:>9} {:>8} {:>8}  {:>9}  {}\n", "VIEW",
                                     width + 1, "rows", "chg/s", "late", "dead", "state", "emit"),
                         colour);
  for (const engine::ViewStatus& v : status.views) {
    out += fmt::format("{:<{}} {:>9} {:>9} {} {}  {:>9}  {}\n", v.name, width + 1,
                       short_count(static_cast<double>(v.rows)), short_count(v.changes_per_second),
                       alarm(v.late, colour), alarm(v.dead, colour), short_bytes(v.bytes), v.emit);
  }
  return out;
}

}  // namespace

std::string short_count(double n) {
  if (n < 0.05) return "0";
  if (n < 10 && n != static_cast<double>(static_cast<int64_t>(n))) return fmt::format("{:.1f}", n);
  if (n < 10'000) return fmt::format("{:.0f}", n);
  const char* units[] = {"k", "M", "G", "T"};
  int unit = -1;
  while (n >= 1000 && unit < 3) {
    n /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", n, n < 10 ? 2 : (n < 100 ? 1 : 0), units[unit]);
}

std::string short_bytes(uint64_t n) {
  if (n < 1024) return fmt::format("{} B", n);
  double size = static_cast<double>(n) / 1024;
  const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  while (size >= 1024 && unit < 3) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string backup_line(const engine::BackupStatus& backup) {
  const std::string newest = backup.newest.value == 0
                                 ? "none yet"
                                 : fmt::format("up to epoch {}", backup.newest.value);
  const std::string failed = backup.error.empty() ? "" : "\n  " + backup.error;
  return fmt::format("snapshots in {}: {}{}\n", backup.place, newest, failed);
}

std::string status_text(const engine::PipelineStatus& status, bool colour) {
  std::string out =
      fmt::format("{}  {}  epoch {}  {} rows/s  state {}\n\n", bold(status.name, colour),
                  status.state, status.epoch.value, short_count(status.figures.rows_per_second),
                  short_bytes(status.state_bytes));
  if (!status.error.empty()) out += status.error + "\n\n";
  out += stream_lines(status, colour);
  if (!status.views.empty()) out += "\n" + view_lines(status, colour);
  if (!status.backup.place.empty()) out += "\n" + backup_line(status.backup);
  if (status.sinks.empty()) return out;
  size_t width = 8;
  for (const auto& s : status.sinks) width = std::max(width, s.name.size());
  out +=
      "\n" + bold(fmt::format("{:<{}} {:>9}  {}\n", "SINK", width + 1, "records", "from"), colour);
  for (const engine::SinkStatus& s : status.sinks) {
    out += fmt::format("{:<{}} {:>9}  {} -> {}\n", s.name, width + 1,
                       short_count(static_cast<double>(s.records)), s.from, s.connector);
  }
  return out;
}

}  // namespace weir::cli
