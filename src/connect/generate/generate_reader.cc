// One partition; the position is the number of the next row and the start of event time, which is
// fixed when the source first runs. Rows come at the rate by the clock; what fell due while nobody
// read is made up for at full speed. With `rows` and without `rate` they come as fast as they are
// read.
#include <fmt/core.h>

#include "connect/generate/generate.h"
#include "connect/options.h"
#include "connect/position.h"
#include "connect/readers.h"
#include "data/cast.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

class GenerateReader final : public SourceReader {
 public:
  GenerateReader(const SourceSpec& spec, const SourceContext& context, const ReaderOptions& options,
                 const GenerateSettings& settings)
      : spec_(spec), clock_(context.clock), options_(options), settings_(settings) {}

  void set_range(int64_t next, int64_t end) {
    next_ = next;
    end_ = end;
  }
  void pace() {
    paced_ = true;
    first_ = next_;
    opened_ = clock_.now();
  }

  Result<std::optional<Delivery>> poll() override;
  std::vector<PartitionId> partitions() override { return {PartitionId(0)}; }
  bool finished() override { return next_ >= end_; }
  bool caught_up(PartitionId) override { return next_ >= end_ || due() == 0; }
  uint64_t backlog() override { return due(); }

 private:
  // How many rows may be handed out now.
  uint64_t due() const {
    const auto left = static_cast<uint64_t>(end_ - next_);
    if (!paced_) return left;
    const Micros now = clock_.now();
    // Event time goes with the clock, unless the start was given: then it counts from the opening.
    const double seconds = static_cast<double>(now - (live() ? settings_.start : opened_)) * 1e-6;
    const int64_t since = live() ? 0 : first_;
    const int64_t reach = since + 1 + static_cast<int64_t>(std::max(0.0, seconds) * settings_.rate);
    return std::min(left, static_cast<uint64_t>(std::max<int64_t>(0, reach - next_)));
  }
  bool live() const { return spec_.options.count("start") == 0; }
  Result<Batch> evaluate_columns(const Batch& inputs, Delivery& delivery);
  void drop_broken(Delivery& delivery, int64_t first, uint32_t count,
                   std::vector<uint32_t>& kept) const;

  SourceSpec spec_;
  Clock& clock_;
  ReaderOptions options_;
  GenerateSettings settings_;
  int64_t next_ = 0;
  int64_t end_ = INT64_MAX;
  bool paced_ = false;
  int64_t first_ = 0;    // the row at which this reader began
  Micros opened_ = 0;
};

void GenerateReader::drop_broken(Delivery& delivery, int64_t first, uint32_t count,
                                 std::vector<uint32_t>& kept) const {
  for (uint32_t n = 0; n < count; ++n) {
    const int64_t row = first + n;
    if (!is_broken(settings_, row)) {
      kept.push_back(n);
      continue;
    }
    delivery.dead.push_back({PartitionId(0), fmt::format("row {}", row), "decode", "22P02", "",
                             "invalid JSON: the record breaks off",
                             fmt::format("{{\"i\":{},\"event_ti", row)});
  }
}

Result<Batch> GenerateReader::evaluate_columns(const Batch& inputs, Delivery& delivery) {
  Batch out;
  out.rows = inputs.rows;
  RowErrors errors;
  std::vector<std::pair<uint32_t, std::string>> column_of_error;
  for (const uint32_t column : options_.columns) {
    const Field& field = spec_.definition.schema.fields[column];
    const auto it = spec_.generated.find(field.name);
    if (it == spec_.generated.end()) {
      out.columns.push_back(Column::nulls(field.type, inputs.rows));
      continue;
    }
    expr::Evaluated value = expr::evaluate(*it->second, inputs, {settings_.start});
    if (value.column->type() != field.type) {
      CastResult cast = cast_column(value.column, field.type);
      value.column = std::move(cast.column);
      value.errors = merge_row_errors(std::move(value.errors), std::move(cast.errors));
    }
    for (const RowError& error : value.errors) column_of_error.emplace_back(error.row, field.name);
    errors = merge_row_errors(std::move(errors), std::move(value.errors));
    out.columns.push_back(std::move(value.column));
  }
  if (errors.empty()) return out;
  std::vector<bool> bad(out.rows, false);
  for (const RowError& error : errors) {
    bad[error.row] = true;
    std::string column;
    for (const auto& [row, name] : column_of_error) {
      if (row == error.row && column.empty()) column = name;
    }
    const auto i = inputs.columns[0]->value<int64_t>(error.row);
    delivery.dead.push_back({PartitionId(0), fmt::format("row {}", i), "expression", error.sqlstate,
                             std::move(column), error.message, fmt::format("{{\"i\":{}}}", i)});
  }
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < out.rows; ++row) {
    if (!bad[row]) kept.push_back(row);
  }
  return gather(out, kept);
}

Result<std::optional<Delivery>> GenerateReader::poll() {
  const auto count = static_cast<uint32_t>(std::min<uint64_t>(due(), options_.max_rows));
  if (count == 0) return std::nullopt;
  Delivery delivery;
  delivery.partition = PartitionId(0);
  std::vector<uint32_t> kept;
  drop_broken(delivery, next_, count, kept);
  Batch inputs = generate_inputs(settings_, next_, count);
  if (kept.size() < count) inputs = gather(inputs, kept);
  delivery.batch = TRY(evaluate_columns(inputs, delivery));
  next_ += count;
  delivery.records = count;
  delivery.bytes = delivery.batch.byte_size();
  delivery.next = PositionWriter().add("row", next_).add("start", settings_.start).finish();
  return delivery;
}

Result<Micros> parse_stamp(const Options& values, const std::string& name) {
  const auto value = parse_text_form(values.text(name), TypeId::kTimestamptz);
  if (!value || value->is_null()) return values.wrong(name, "a timestamp with a zone");
  return std::get<int64_t>(value->data);
}

}  // namespace

ReaderResult open_generate_source(const SourceSpec& spec, const SourceContext& context,
                                  const ReaderOptions& options) {
  const Options values(spec.options, "source " + spec.definition.name);
  GenerateSettings settings;
  settings.seed = static_cast<uint64_t>(TRY(values.integer("seed", 1)));
  settings.rate = TRY(values.rate("rate", 100));
  settings.late = TRY(values.share("late", 0));
  settings.late_by = TRY(values.duration("late_by", settings.late_by));
  settings.duplicates = TRY(values.share("duplicates", 0));
  settings.broken = TRY(values.share("broken", 0));
  if (settings.duplicates >= 1) return values.wrong("duplicates", "less than 100%");
  const int64_t rows = TRY(values.integer("rows", INT64_MAX));
  if (rows < 0) return values.wrong("rows", "a number from 0");
  settings.start = values.has("start") ? TRY(parse_stamp(values, "start")) : context.clock.now();
  int64_t next = 0;
  int64_t end = rows;
  const auto start = options.start.find(PartitionId(0));
  if (start != options.start.end()) {
    const PositionReader position = TRY(PositionReader::parse(start->second));
    next = TRY(position.integer("row"));
    settings.start = TRY(position.integer("start"));
  }
  if (options.stop) {
    end = next;
    const auto stop = options.stop->find(PartitionId(0));
    if (stop != options.stop->end()) {
      const PositionReader position = TRY(PositionReader::parse(stop->second));
      end = TRY(position.integer("row"));
      settings.start = TRY(position.integer("start"));
    }
  }
  auto reader = std::make_unique<GenerateReader>(spec, context, options, settings);
  reader->set_range(std::min(next, end), end);
  const bool paced = values.has("rate") || !values.has("rows");
  if (paced && !options.stop) reader->pace();
  return std::unique_ptr<SourceReader>(std::move(reader));
}

}  // namespace weir::connect
