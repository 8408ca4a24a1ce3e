// Changes of a view as records of a format with a schema. The same modes as in encode_changes.cc;
// keys are records of the key's columns. In topics a frame stands before the format's own bytes:
//   0            a byte
//   the number   of the schema in the registry, 4 bytes, the highest first
//   0            Protobuf only: the first message of its file
#include <cstdlib>

#include "connect/key_changes.h"
#include "connect/sink_schemas.h"
#include "data/record.h"
#include "data/value.h"

namespace weir::connect {

namespace {

std::string frame_of(const SinkSpec& spec, uint32_t RegisteredSchemas::*which) {
  std::string out;
  if (!spec.registered) return out;
  out.push_back('\0');
  const uint32_t number = (*spec.registered).*which;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
  if (spec.format == codec::OutputFormat::kProtobuf) out.push_back('\0');
  return out;
}

class SchemaEncoder {
 public:
  SchemaEncoder(const SinkSpec& spec, const EpochChanges& changes)
      : spec_(spec),
        changes_(changes),
        batch_(changes.batch),
        values_(codec::make_encoder(spec.format, value_columns(spec))),
        keys_(codec::make_encoder(spec.format, key_columns(spec))),
        value_frame_(frame_of(spec, &RegisteredSchemas::value)),
        key_frame_(frame_of(spec, &RegisteredSchemas::key)) {
    key_batch_.rows = batch_.rows;
    for (const uint32_t column : spec.key) key_batch_.columns.push_back(batch_.columns[column]);
  }

  std::vector<log::Record> append();
  std::vector<log::Record> upsert();
  std::vector<log::Record> debezium();

 private:
  Batch with_operations() const;
  Batch envelopes(const std::vector<KeyChange>& changes) const;
  ColumnPtr rows_as_records(const std::vector<KeyChange>& changes, Type type,
                            uint32_t KeyChange::*which) const;
  ColumnPtr sources(uint32_t count, Type type) const;
  log::Record record(const Batch& values, uint32_t value_row, uint32_t key_row) const;
  log::Record tombstone(uint32_t key_row) const;

  const SinkSpec& spec_;
  const EpochChanges& changes_;
  const Batch& batch_;
  std::unique_ptr<codec::Encoder> values_;
  std::unique_ptr<codec::Encoder> keys_;
  std::string value_frame_;
  std::string key_frame_;
  Batch key_batch_;
};

log::Record SchemaEncoder::tombstone(uint32_t key_row) const {
  log::Record out;
  out.timestamp = changes_.time;
  if (spec_.key.empty()) return out;
  keys_->encode(key_batch_, key_row, out.key.emplace(key_frame_));
  return out;
}

log::Record SchemaEncoder::record(const Batch& values, uint32_t value_row,
                                  uint32_t key_row) const {
  log::Record out = tombstone(key_row);
  values_->encode(values, value_row, out.value.emplace(value_frame_));
  return out;
}

Batch SchemaEncoder::with_operations() const {
  ColumnBuilder operations(TypeId::kText);
  for (uint32_t row = 0; row < batch_.rows; ++row) {
    operations.append_text(batch_.weight(row) > 0 ? "insert" : "delete");
  }
  Batch out = batch_;
  out.columns.insert(out.columns.begin(), operations.finish());
  return out;
}

std::vector<log::Record> SchemaEncoder::append() {
  const Batch values = spec_.view_is_append_only ? batch_ : with_operations();
  std::vector<log::Record> out;
  for (uint32_t row = 0; row < batch_.rows; ++row) {
    // What retain lets go of is no change.
    if (spec_.view_is_append_only && batch_.weight(row) < 0) continue;
    const log::Record one = record(values, row, row);
    for (int64_t n = std::abs(batch_.weight(row)); n > 0; --n) out.push_back(one);
  }
  return out;
}

std::vector<log::Record> SchemaEncoder::upsert() {
  std::vector<log::Record> out;
  for (const KeyChange& change : changes_by_key(spec_, batch_)) {
    const uint32_t row = change.any_row();
    out.push_back(change.is_delete() ? tombstone(row) : record(batch_, row, row));
  }
  return out;
}

ColumnPtr SchemaEncoder::rows_as_records(const std::vector<KeyChange>& changes, Type type,
                                         uint32_t KeyChange::*which) const {
  ColumnBuilder out(type);
  for (const KeyChange& change : changes) {
    const uint32_t row = change.*which;
    if (row == KeyChange::kNoRow) {
      out.append_null();
    } else {
      out.append_text(make_record(batch_.columns, row));
    }
  }
  return out.finish();
}

ColumnPtr SchemaEncoder::sources(uint32_t count, Type type) const {
  const ColumnPtr fields[] = {constant_column(Value::of(std::string("weir")), 1),
                              constant_column(Value::of(spec_.from), 1),
                              constant_column(Value::of(static_cast<int64_t>(
                                  changes_.epoch.value)), 1),
                              constant_column(Value::of(int64_t{changes_.time / 1000}), 1)};
  return constant_column({type, make_record(fields, 0)}, count);
}

Batch SchemaEncoder::envelopes(const std::vector<KeyChange>& changes) const {
  const Schema columns = value_columns(spec_);
  const auto count = static_cast<uint32_t>(changes.size());
  ColumnBuilder operations(TypeId::kText);
  for (const KeyChange& change : changes) operations.append_text(change.debezium_operation());
  Batch out;
  out.rows = count;
  out.columns = {rows_as_records(changes, columns.fields[0].type, &KeyChange::before),
                 rows_as_records(changes, columns.fields[1].type, &KeyChange::after),
                 sources(count, columns.fields[2].type), operations.finish(),
                 constant_column(Value::of(int64_t{changes_.time / 1000}), count)};
  return out;
}

std::vector<log::Record> SchemaEncoder::debezium() {
  const std::vector<KeyChange> changes = changes_by_key(spec_, batch_);
  const Batch values = envelopes(changes);
  std::vector<log::Record> out;
  for (uint32_t i = 0; i < values.rows; ++i) {
    out.push_back(record(values, i, changes[i].any_row()));
    if (changes[i].is_delete()) out.push_back(tombstone(changes[i].before));
  }
  return out;
}

}  // namespace

std::vector<log::Record> encode_with_schema(const SinkSpec& spec, const EpochChanges& changes) {
  SchemaEncoder encoder(spec, changes);
  switch (spec.changes) {
    case ChangeMode::kUpsert: return encoder.upsert();
    case ChangeMode::kDebezium: return encoder.debezium();
    case ChangeMode::kAppend: break;
  }
  return encoder.append();
}

}  // namespace weir::connect
