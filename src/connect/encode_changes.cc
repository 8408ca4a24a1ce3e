// Changes of a view as records.
//   append:   {"_op":"insert", columns...}, repeated where the weight says more than one; plain
//   rows
//             where the view never takes one back; what `retain` lets go is no change then.
//   upsert:   key -> row; a key that is gone -> tombstone (null value). Within an epoch a key that
//   goes
//             and comes again is one record.
//   debezium: {"before":..., "after":..., "op":"c|u|d", "ts_ms":..., "source":{...}}, then a
//   tombstone
//             behind a delete, so that compaction forgets the key.
// Every record of a keyed mode carries its key as JSON; the order is that of the change. Formats
// with a schema: encode_with_schema.cc.
#include <cstdlib>

#include <fmt/core.h>

#include "connect/key_changes.h"
#include "connect/sink_schemas.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

class ChangeEncoder {
 public:
  ChangeEncoder(const SinkSpec& spec, const EpochChanges& changes)
      : spec_(spec),
        changes_(changes),
        batch_(changes.batch),
        encoder_(codec::make_encoder(spec.format, spec.schema)) {}

  std::vector<log::Record> append();
  std::vector<log::Record> upsert();
  std::vector<log::Record> debezium();

 private:
  std::string row_text(uint32_t row) const {
    std::string out;
    encoder_->encode(batch_, row, out);
    return out;
  }
  std::string with_operation(uint32_t row, std::string_view operation) const;
  std::string envelope(const KeyChange& change) const;
  log::Record record(std::optional<std::string> key, std::optional<std::string> value) const {
    log::Record out;
    out.key = std::move(key);
    out.value = std::move(value);
    out.timestamp = changes_.time;
    return out;
  }

  const SinkSpec& spec_;
  const EpochChanges& changes_;
  const Batch& batch_;
  std::unique_ptr<codec::Encoder> encoder_;
};

std::string ChangeEncoder::with_operation(uint32_t row, std::string_view operation) const {
  std::string text = row_text(row);
  if (spec_.format == codec::OutputFormat::kCsv) return fmt::format("{},{}", operation, text);
  const std::string_view rest = std::string_view(text).substr(1);
  return fmt::format("{{\"_op\":\"{}\"{}{}", operation, rest == "}" ? "" : ",", rest);
}

std::vector<log::Record> ChangeEncoder::append() {
  std::vector<log::Record> out;
  out.reserve(batch_.rows);
  for (uint32_t row = 0; row < batch_.rows; ++row) {
    const int64_t weight = batch_.weight(row);
    if (weight < 0 && spec_.view_is_append_only) continue;
    std::optional<std::string> key;
    if (!spec_.key.empty()) key = json_key(spec_, batch_, row);
    std::string value = spec_.view_is_append_only
                            ? row_text(row)
                            : with_operation(row, weight > 0 ? "insert" : "delete");
    for (int64_t n = 1; n < std::abs(weight); ++n) out.push_back(record(key, value));
    out.push_back(record(std::move(key), std::move(value)));
  }
  return out;
}

std::vector<log::Record> ChangeEncoder::upsert() {
  std::vector<log::Record> out;
  for (KeyChange& change : changes_by_key(spec_, batch_)) {
    std::optional<std::string> value;
    if (!change.is_delete()) value = row_text(change.after);
    out.push_back(record(std::move(change.key), std::move(value)));
  }
  return out;
}

std::string ChangeEncoder::envelope(const KeyChange& change) const {
  std::string source;
  append_json_string(source, spec_.from);
  const int64_t millis = changes_.time / 1000;
  return fmt::format(
      "{{\"before\":{},\"after\":{},\"source\":{{\"connector\":\"weir\",\"table\":{},\"epoch\":{},"
      "\"ts_ms\":{}}},\"op\":\"{}\",\"ts_ms\":{}}}",
      change.before == KeyChange::kNoRow ? "null" : row_text(change.before),
      change.is_delete() ? "null" : row_text(change.after), source, changes_.epoch.value, millis,
      change.debezium_operation(), millis);
}

std::vector<log::Record> ChangeEncoder::debezium() {
  std::vector<log::Record> out;
  for (KeyChange& change : changes_by_key(spec_, batch_)) {
    out.push_back(record(change.key, envelope(change)));
    if (change.is_delete()) out.push_back(record(std::move(change.key), std::nullopt));
  }
  return out;
}

}  // namespace

std::vector<log::Record> encode_changes(const SinkSpec& spec, const EpochChanges& changes) {
  if (codec::has_schema(spec.format)) return encode_with_schema(spec, changes);
  if (spec.changes == ChangeMode::kDebezium) {
    SinkSpec json = spec;  // an envelope is JSON whatever the format says
    json.format = codec::OutputFormat::kJson;
    return ChangeEncoder(json, changes).debezium();
  }
  ChangeEncoder encoder(spec, changes);
  return spec.changes == ChangeMode::kUpsert ? encoder.upsert() : encoder.append();
}

}  // namespace weir::connect
