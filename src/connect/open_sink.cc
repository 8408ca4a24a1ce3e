#include <cstdio>

#include <fmt/core.h>

#include "connect/file/file_sink.h"
#include "connect/registry.h"

namespace weir::connect {

namespace {

// Standard output cannot be cut: what a crash repeats is printed again. At least once.
class StdoutSink final : public Sink {
 public:
  explicit StdoutSink(const SinkSpec& spec) : spec_(spec) {
    if (spec.format != codec::OutputFormat::kCsv || spec.changes == ChangeMode::kDebezium) return;
    pending_ = codec::make_encoder(spec.format, spec.schema)->header();
    if (spec.changes == ChangeMode::kAppend && !spec.view_is_append_only) {
      pending_.insert(0, "_op,");
    }
  }

  Status write(const EpochChanges& changes) override {
    for (const log::Record& record : encode_changes(spec_, changes)) {
      if (record.value) {
        pending_ += *record.value;
      } else if (spec_.changes == ChangeMode::kUpsert && record.key) {
        pending_ += *record.key + " deleted";
      } else {
        continue;
      }
      pending_.push_back('\n');
    }
    return {};
  }

  Result<std::string> flush() override {
    if (pending_.empty()) return std::string();
    const size_t written = std::fwrite(pending_.data(), 1, pending_.size(), stdout);
    if (written != pending_.size() || std::fflush(stdout) != 0) {
      return Error(ErrorKind::kIo, 1524, "standard output cannot be written");
    }
    pending_.clear();
    return std::string();
  }

 private:
  SinkSpec spec_;
  std::string pending_;
};

}  // namespace

Result<std::unique_ptr<Sink>> open_sink(const SinkSpec& spec, const SinkContext& context,
                                        const std::string& position) {
  if (spec.changes != ChangeMode::kAppend && spec.key.empty()) {
    return Error(ErrorKind::kInvalidProject, 1540,
                 fmt::format("sink {} needs a key: {} has none", spec.name, spec.from))
        .hint("give the model a key, or write changes: append");
  }
  if (spec.connector == "file") return FileSink::open(spec, context, position);
  if (spec.connector == "stdout") return std::unique_ptr<Sink>(std::make_unique<StdoutSink>(spec));
  if (spec.connector == "topic") {
    return Error(ErrorKind::kInternal, 1541,
                 "a topic sink is written by the epoch's commit itself");
  }
  const Connector* connector = find_connector(spec.connector);
  if (!connector || !connector->sink) {
    return Error(ErrorKind::kInvalidProject, 1542,
                 fmt::format("there is no sink connector \"{}\"", spec.connector));
  }
  return Error(ErrorKind::kNotSupported, 1543,
               fmt::format("sink connector \"{}\" is not supported yet", spec.connector));
}

}  // namespace weir::connect
