// Figures of this machine from /proc and /sys: reads files, keeps what the last reading said where
// a figure is a rate. Everything is optional there: what cannot be read is NULL or left out.
#pragma once
#include <map>
#include <string>

#include "base/ids.h"
#include "data/batch.h"
#include "io/file_system.h"

namespace weir::connect {

enum class HostKind : uint8_t { kCpu, kMemory, kDisk, kNetwork, kProcesses };

// cpu: at, cpu ('all', '0', ...), user, system, iowait, idle, busy (percent), load_1, load_5,
// load_15 memory: at, total, free, available, used, buffers, cached, swap_total, swap_used (bytes),
// used_percent disk: at, device, reads, writes, read_bytes, written_bytes (a second), busy_percent
// network: at, interface, received_bytes, sent_bytes, received_packets, sent_packets, errors (a
// second) processes: at, pid, name, state, user_id, cpu_percent, resident_bytes, threads,
// started_at
Schema host_schema(HostKind kind);

class HostFigures {
 public:
  HostFigures(io::FileSystem& files, HostKind kind) : files_(files), kind_(kind) {}
  // The rows of one reading at `now`. The first reading of rates gives no rows: there is nothing
  // before.
  Result<Batch> read(Micros now);

 private:
  using Counters = std::map<std::string, std::vector<uint64_t>>;

  void read_cpu(Micros now, BatchBuilder& out);
  void read_memory(Micros now, BatchBuilder& out);
  void read_disk(Micros now, BatchBuilder& out);
  void read_network(Micros now, BatchBuilder& out);
  Status read_processes(Micros now, BatchBuilder& out);
  void read_process(const std::string& pid, Micros now, BatchBuilder& out, Counters& counters);
  std::string text_of(const std::string& path);

  io::FileSystem& files_;
  HostKind kind_;
  Counters before_;       // by cpu, device, interface or process
  Micros before_time_ = 0;
};

}  // namespace weir::connect
