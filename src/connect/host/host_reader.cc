// Two halves: every so often the figures are taken and written to the source's topic as JSON; rows
// are read back from there. A reader with a stop only reads back.
#include <fmt/core.h>

#include "codec/encoder.h"
#include "connect/host/host_figures.h"
#include "connect/logged_input.h"
#include "connect/options.h"
#include "connect/readers.h"
#include "connect/schemas.h"
#include "connect/topic/topic_reader.h"

namespace weir::connect {

namespace {

class HostReader final : public SourceReader {
 public:
  HostReader(const SourceContext& context, HostKind kind, Micros every, LoggedInput input,
             std::unique_ptr<SourceReader> reader)
      : clock_(context.clock),
        figures_(context.files, kind),
        encoder_(codec::make_encoder(codec::OutputFormat::kJson, host_schema(kind))),
        every_(every),
        input_(std::move(input)),
        reader_(std::move(reader)) {}

  Result<std::optional<Delivery>> poll() override {
    const int64_t now = clock_.monotonic_nanos();
    if (now >= next_nanos_) {
      next_nanos_ = now + every_ * 1000;
      TRY_VOID(take_figures());
    }
    return reader_->poll();
  }
  std::vector<PartitionId> partitions() override { return reader_->partitions(); }
  bool finished() override { return false; }
  bool caught_up(PartitionId partition) override { return reader_->caught_up(partition); }
  uint64_t backlog() override { return reader_->backlog(); }

 private:
  Status take_figures() {
    const Micros now = clock_.now();
    const Batch batch = TRY(figures_.read(now));
    std::vector<log::Record> records(batch.rows);
    for (uint32_t row = 0; row < batch.rows; ++row) {
      encoder_->encode(batch, row, records[row].value.emplace());
      records[row].timestamp = now;
    }
    if (!records.empty()) TRY(input_.append(std::move(records)));
    return {};
  }

  Clock& clock_;
  HostFigures figures_;
  std::unique_ptr<codec::Encoder> encoder_;
  Micros every_;
  int64_t next_nanos_ = 0;
  LoggedInput input_;
  std::unique_ptr<SourceReader> reader_;
};

Result<HostKind> kind_option(const Options& values) {
  const std::string what = values.text("what", "cpu");
  if (what == "cpu") return HostKind::kCpu;
  if (what == "memory") return HostKind::kMemory;
  if (what == "disk") return HostKind::kDisk;
  if (what == "network") return HostKind::kNetwork;
  if (what == "processes") return HostKind::kProcesses;
  return values.wrong("what", "cpu, memory, disk, network or processes");
}

}  // namespace

ReaderResult open_host_source(const SourceSpec& spec, const SourceContext& context,
                              const ReaderOptions& options) {
  const Options values(spec.options, "source " + spec.definition.name);
  const HostKind kind = TRY(kind_option(values));
  const Micros every = TRY(values.duration("every", 1'000'000));
  if (every < 10'000) return values.wrong("every", "at least 10ms");
  // The rows are weir's own JSON, whatever the project says about a format.
  SourceSpec own = spec;
  own.decoder = {};
  for (const Field& field : spec.definition.schema.fields) {
    codec::DecodeColumn column;
    column.field = field;
    own.decoder.columns.push_back(std::move(column));
  }
  auto reader = TRY(open_logged_source(own, context, options));
  if (options.stop) return reader;
  LoggedInput input =
      TRY(LoggedInput::open(*context.log, context.internal_topic_prefix, spec.definition));
  return std::unique_ptr<SourceReader>(std::make_unique<HostReader>(
      context, kind, every, std::move(input), std::move(reader)));
}

Result<Schema> host_source_schema(const std::map<std::string, std::string>& options) {
  return host_schema(TRY(kind_option(Options(options, "host"))));
}

}  // namespace weir::connect
