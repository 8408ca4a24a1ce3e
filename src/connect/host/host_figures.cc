#include "connect/host/host_figures.h"

#include <charconv>

#include <fmt/core.h>

namespace weir::connect {

namespace {

constexpr uint64_t kSectorBytes = 512;
constexpr uint64_t kPageBytes = 4096;
constexpr double kTicksPerSecond = 100;

std::vector<std::string_view> words_of(std::string_view text, std::string_view blanks = " \t") {
  std::vector<std::string_view> out;
  while (true) {
    const size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return out;
    const size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

std::vector<std::string_view> lines_of(std::string_view text) { return words_of(text, "\n"); }

uint64_t number(std::string_view text) {
  uint64_t v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

std::vector<uint64_t> numbers(const std::vector<std::string_view>& words, size_t from) {
  std::vector<uint64_t> out;
  for (size_t i = from; i < words.size(); ++i) out.push_back(number(words[i]));
  return out;
}

uint64_t grown(uint64_t now, uint64_t before) { return now > before ? now - before : 0; }

double rounded(double v) { return static_cast<double>(static_cast<int64_t>(v * 100 + 0.5)) / 100; }

void append_double(BatchBuilder& out, size_t column, double v) {
  out.column(column).append(rounded(v));
}
void append_bytes(BatchBuilder& out, size_t column, double v) {
  out.column(column).append(static_cast<int64_t>(v));
}

}  // namespace

Schema host_schema(HostKind kind) {
  const Field at{"at", TypeId::kTimestamptz, false};
  const auto text = [](const char* name) { return Field{name, TypeId::kText}; };
  const auto whole = [](const char* name) { return Field{name, TypeId::kInt8}; };
  const auto real = [](const char* name) { return Field{name, TypeId::kFloat8}; };
  switch (kind) {
    case HostKind::kCpu:
      return {{at, text("cpu"), real("user"), real("system"), real("iowait"), real("idle"),
               real("busy"), real("load_1"), real("load_5"), real("load_15")}};
    case HostKind::kMemory:
      return {{at, whole("total"), whole("free"), whole("available"), whole("used"),
               whole("buffers"), whole("cached"), whole("swap_total"), whole("swap_used"),
               real("used_percent")}};
    case HostKind::kDisk:
      return {{at, text("device"), whole("reads"), whole("writes"), whole("read_bytes"),
               whole("written_bytes"), real("busy_percent")}};
    case HostKind::kNetwork:
      return {{at, text("interface"), whole("received_bytes"), whole("sent_bytes"),
               whole("received_packets"), whole("sent_packets"), whole("errors")}};
    case HostKind::kProcesses:
      return {{at, whole("pid"), text("name"), text("state"), whole("user_id"), real("cpu_percent"),
               whole("resident_bytes"), whole("threads"), {"started_at", TypeId::kTimestamptz}}};
  }
  return {};
}

std::string HostFigures::text_of(const std::string& path) {
  auto file = files_.open(path, io::OpenMode::kRead);
  if (!file) return {};
  std::string out(256 << 10, '\0');  // these files say that they have no size
  size_t size = 0;
  while (size < out.size()) {
    const auto got = (*file)->read_at(size, out.data() + size, out.size() - size);
    if (!got || *got == 0) break;
    size += *got;
  }
  out.resize(size);
  return out;
}

void HostFigures::read_cpu(Micros now, BatchBuilder& out) {
  const std::string stat = text_of("/proc/stat");
  const std::string load_text = text_of("/proc/loadavg");
  const auto load = words_of(load_text);
  Counters counters;
  for (const std::string_view line : lines_of(stat)) {
    const auto words = words_of(line);
    if (words.size() < 9 || !words[0].starts_with("cpu")) continue;
    const std::string name = words[0] == "cpu" ? "all" : std::string(words[0].substr(3));
    counters[name] = numbers(words, 1);
    const auto it = before_.find(name);
    if (it == before_.end() || it->second.size() < 8) continue;
    double ticks[8];
    double total = 0;
    for (size_t i = 0; i < 8; ++i) {
      ticks[i] = static_cast<double>(grown(counters[name][i], it->second[i]));
      total += ticks[i];
    }
    if (total == 0) continue;
    const double share = 100 / total;
    out.column(0).append(now);
    out.column(1).append_text(name);
    append_double(out, 2, (ticks[0] + ticks[1]) * share);
    append_double(out, 3, (ticks[2] + ticks[5] + ticks[6]) * share);
    append_double(out, 4, ticks[4] * share);
    append_double(out, 5, ticks[3] * share);
    append_double(out, 6, (total - ticks[3] - ticks[4]) * share);
    for (size_t i = 0; i < 3; ++i) {
      double v = 0;
      if (i < load.size()) std::from_chars(load[i].data(), load[i].data() + load[i].size(), v);
      append_double(out, 7 + i, v);
    }
    out.end_row();
  }
  before_ = std::move(counters);
}

void HostFigures::read_memory(Micros now, BatchBuilder& out) {
  const std::string text = text_of("/proc/meminfo");
  std::map<std::string, int64_t, std::less<>> bytes;
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    const bool kilo = words.size() > 2 && words[2] == "kB";
    bytes[std::string(words[0])] = static_cast<int64_t>(number(words[1]) * (kilo ? 1024 : 1));
  }
  const int64_t total = bytes["MemTotal:"];
  if (total == 0) return;
  const int64_t used = total - bytes["MemAvailable:"];
  out.column(0).append(now);
  const int64_t values[] = {total, bytes["MemFree:"], bytes["MemAvailable:"], used,
                            bytes["Buffers:"], bytes["Cached:"], bytes["SwapTotal:"],
                            bytes["SwapTotal:"] - bytes["SwapFree:"]};
  for (size_t i = 0; i < 8; ++i) out.column(1 + i).append(values[i]);
  append_double(out, 9, 100.0 * static_cast<double>(used) / static_cast<double>(total));
  out.end_row();
}

void HostFigures::read_disk(Micros now, BatchBuilder& out) {
  const std::string text = text_of("/proc/diskstats");
  const double seconds = static_cast<double>(now - before_time_) * 1e-6;
  Counters counters;
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 14 || words[2].starts_with("loop") || words[2].starts_with("ram")) continue;
    const std::string name(words[2]);
    const auto& v = counters[name] = numbers(words, 3);
    const auto it = before_.find(name);
    if (it == before_.end() || seconds <= 0) continue;
    const auto rate = [&](size_t i) {
      return static_cast<double>(grown(v[i], it->second[i])) / seconds;
    };
    out.column(0).append(now);
    out.column(1).append_text(name);
    append_bytes(out, 2, rate(0));
    append_bytes(out, 3, rate(4));
    append_bytes(out, 4, rate(2) * kSectorBytes);
    append_bytes(out, 5, rate(6) * kSectorBytes);
    append_double(out, 6, std::min(100.0, rate(9) / 10));  // milliseconds a second
    out.end_row();
  }
  before_ = std::move(counters);
}

void HostFigures::read_network(Micros now, BatchBuilder& out) {
  const std::string text = text_of("/proc/net/dev");
  const double seconds = static_cast<double>(now - before_time_) * 1e-6;
  Counters counters;
  for (const std::string_view line : lines_of(text)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name_words = words_of(line.substr(0, colon));
    const auto words = words_of(line.substr(colon + 1));
    if (name_words.size() != 1 || words.size() < 16) continue;
    const std::string name(name_words[0]);
    const auto& v = counters[name] = numbers(words, 0);
    const auto it = before_.find(name);
    if (it == before_.end() || seconds <= 0) continue;
    const auto rate = [&](size_t i) {
      return static_cast<double>(grown(v[i], it->second[i])) / seconds;
    };
    out.column(0).append(now);
    out.column(1).append_text(name);
    append_bytes(out, 2, rate(0));
    append_bytes(out, 3, rate(8));
    append_bytes(out, 4, rate(1));
    append_bytes(out, 5, rate(9));
    append_bytes(out, 6, rate(2) + rate(10));
    out.end_row();
  }
  before_ = std::move(counters);
}

void HostFigures::read_process(const std::string& pid, Micros now, BatchBuilder& out,
                               Counters& counters) {
  const std::string stat = text_of("/proc/" + pid + "/stat");
  const size_t open = stat.find('(');
  const size_t close = stat.rfind(')');  // a name may hold brackets and blanks
  if (open == std::string::npos || close == std::string::npos || close < open) return;
  const auto words = words_of(std::string_view(stat).substr(close + 1), " \n");
  if (words.size() < 22) return;
  const uint64_t ticks = number(words[11]) + number(words[12]);
  const uint64_t started_ticks = number(words[19]);
  counters[pid] = {ticks, started_ticks};
  const auto it = before_.find(pid);
  const double seconds = static_cast<double>(now - before_time_) * 1e-6;
  const bool known = it != before_.end() && it->second[1] == started_ticks && seconds > 0;
  out.column(0).append(now);
  out.column(1).append(static_cast<int64_t>(number(pid)));
  out.column(2).append_text(std::string_view(stat).substr(open + 1, close - open - 1));
  out.column(3).append_text(words[0]);
  const std::string status = text_of("/proc/" + pid + "/status");
  const size_t uid = status.find("\nUid:");
  if (uid == std::string::npos) {
    out.column(4).append_null();
  } else {
    const auto ids = words_of(std::string_view(status).substr(uid + 5, 64));
    out.column(4).append(static_cast<int64_t>(ids.empty() ? 0 : number(ids[0])));
  }
  const double used = known ? static_cast<double>(grown(ticks, it->second[0])) : 0;
  append_double(out, 5, known ? 100 * used / kTicksPerSecond / seconds : 0);
  out.column(6).append(static_cast<int64_t>(number(words[21]) * kPageBytes));
  out.column(7).append(static_cast<int64_t>(number(words[17])));
  const std::string uptime_text = text_of("/proc/uptime");
  const auto uptime = words_of(uptime_text);
  double up = 0;
  if (!uptime.empty()) {
    std::from_chars(uptime[0].data(), uptime[0].data() + uptime[0].size(), up);
  }
  const double age = up - static_cast<double>(started_ticks) / kTicksPerSecond;
  out.column(8).append(now - static_cast<Micros>(age * 1e6));
  out.end_row();
}

Status HostFigures::read_processes(Micros now, BatchBuilder& out) {
  Counters counters;
  for (const std::string& name : TRY(files_.list("/proc"))) {
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      read_process(name, now, out, counters);
    }
  }
  before_ = std::move(counters);
  return {};
}

Result<Batch> HostFigures::read(Micros now) {
  BatchBuilder out(host_schema(kind_));
  switch (kind_) {
    case HostKind::kCpu: read_cpu(now, out); break;
    case HostKind::kMemory: read_memory(now, out); break;
    case HostKind::kDisk: read_disk(now, out); break;
    case HostKind::kNetwork: read_network(now, out); break;
    case HostKind::kProcesses: TRY_VOID(read_processes(now, out)); break;
  }
  before_time_ = now;
  return out.finish();
}

}  // namespace weir::connect
