// Dead letters and late rows: two streams beside each relation, `<name>__dead` and `<name>__late`,
// written in the epoch's own commit and so exactly once. They are topics of JSON records (any Kafka
// tool can read them) and tables to queries (decision 23).
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "connect/source.h"
#include "flow/graph.h"
#include "log/log.h"

namespace weir::engine {

Schema dead_schema();
Schema late_schema();

// "orders__dead" -> {"orders", dead}; nullopt: not such a name.
enum class SideKind : uint8_t { kDead, kLate };
struct SideName {
  std::string relation;
  SideKind kind = SideKind::kDead;
};
std::optional<SideName> parse_side_name(const std::string& name);
std::string side_topic(const std::string& prefix, const std::string& relation, SideKind kind);

class SideStreams final : public flow::ViewSideOutput {
 public:
  explicit SideStreams(std::string topic_prefix) : prefix_(std::move(topic_prefix)) {}

  // Sources and views with `on_error: fail`: their first bad row ends the epoch, uncommitted.
  void fail_on(std::set<std::string> names) { failing_ = std::move(names); }
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

  std::string topic(const std::string& relation, SideKind kind) const;
  void begin(Epoch epoch, Micros now);
  void dead_letter(const std::string& source, const connect::DeadLetter& letter);
  void dead(const std::string& view, const Schema& schema, const Batch& batch,
            const RowError& error) override;
  void late(const std::string& view, const Schema& schema, flow::LateRow row) override;

  // What the epoch collected, as appends; and how many rows by relation and kind.
  std::vector<log::TopicAppend> take(std::map<std::string, uint64_t>* counts);
  bool empty() const { return records_.empty(); }

 private:
  void add(const std::string& relation, SideKind kind, const Batch& row);
  std::string next_id();
  bool fails(const std::string& relation, const std::string& reason, const std::string& row);

  std::string prefix_;
  Epoch epoch_;
  Micros now_ = 0;
  uint64_t next_ = 0;
  std::set<std::string> failing_;
  std::optional<Error> failure_;
  std::map<std::pair<std::string, SideKind>, std::vector<log::Record>> records_;
};

// Reads a side stream whole; kOutOfMemory 1460 where its records are more than `max_bytes`.
Result<std::vector<Batch>> read_side_stream(log::Log& log, const std::string& topic, SideKind kind,
                                            uint64_t max_bytes);

}  // namespace weir::engine
