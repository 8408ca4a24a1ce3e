#include "engine/manifest.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "data/row_encoding.h"
#include "data/type_detail.h"

namespace weir::engine {

namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kOldestVersion = 1;

Error corrupt(const char* what) {
  return Error(ErrorKind::kCorrupt, 1440, std::string("epoch manifest is damaged: ") + what)
      .hint("restore the folder from a backup, or remove it to read the sources again");
}

void write_input(ByteWriter& w, const InputProgress& input) {
  w.varint(input.partitions.size());
  for (const auto& [partition, progress] : input.partitions) {
    w.le(partition.value);
    w.string(progress.position);
    w.le(progress.max_event_time);
    w.le(progress.last_active);
  }
  w.le<uint8_t>(input.finished);
  w.le(input.watermark);
  w.le(input.signature);
  w.varint(input.records);
  w.varint(input.dead);
  w.varint(input.bytes);
}

InputProgress read_input(ByteReader& r) {
  InputProgress input;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const PartitionId partition(r.le<int32_t>());
    PartitionProgress& progress = input.partitions[partition];
    progress.position = r.string();
    progress.max_event_time = r.le<Micros>();
    progress.last_active = r.le<Micros>();
  }
  input.finished = r.le<uint8_t>() != 0;
  input.watermark = r.le<Micros>();
  input.signature = r.le<uint64_t>();
  input.records = r.varint();
  input.dead = r.varint();
  input.bytes = r.varint();
  return input;
}

void write_strings(ByteWriter& w, const std::map<std::string, std::string>& map) {
  w.varint(map.size());
  for (const auto& [name, value] : map) {
    w.string(name);
    w.string(value);
  }
}

void read_strings(ByteReader& r, std::map<std::string, std::string>& map) {
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string name(r.string());
    map[name] = r.string();
  }
}

void write_numbers(ByteWriter& w, const std::map<std::string, uint64_t>& map) {
  w.varint(map.size());
  for (const auto& [name, value] : map) {
    w.string(name);
    w.le(value);
  }
}

void read_numbers(ByteReader& r, std::map<std::string, uint64_t>& map) {
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string name(r.string());
    map[name] = r.le<uint64_t>();
  }
}

void write_identity(ByteWriter& w, const ViewIdentity& view) {
  w.le(view.root_id);
  w.varint(view.schema.size());
  for (const Field& field : view.schema.fields) {
    w.string(field.name);
    write_type(w, field.type);
    w.le<uint8_t>(field.nullable);
  }
}

ViewIdentity read_identity(ByteReader& r) {
  ViewIdentity view;
  view.root_id = r.le<uint64_t>();
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    Field& field = view.schema.fields.emplace_back();
    field.name = r.string();
    field.type = read_type(r);
    field.nullable = r.le<uint8_t>() != 0;
  }
  return view;
}

}  // namespace

connect::Positions InputProgress::positions() const {
  connect::Positions taken;
  for (const auto& [partition, progress] : partitions) {
    if (!progress.position.empty()) taken[partition] = progress.position;
  }
  return taken;
}

void Manifest::drop_changes() {
  resets.clear();
  table_deltas.clear();
  view_changes.clear();
  emitted.clear();
}

std::string encode_manifest(const Manifest& manifest) {
  std::string out;
  encode_manifest(manifest, out);
  return out;
}

void encode_manifest(const Manifest& manifest, std::string& out) {
  size_t changes = 0;
  for (const auto& [id, delta] : manifest.table_deltas) changes += id.size() + delta.size() + 20;
  for (const auto& [view, change] : manifest.view_changes) {
    changes += view.size() + change.size() + 20;
  }
  out.reserve(out.size() + changes + (4 << 10));
  ByteWriter w(out);
  w.le(kVersion);
  w.le(manifest.epoch.value);
  w.le(manifest.clock);
  w.le<uint8_t>(manifest.input_ended);
  w.varint(manifest.inputs.size());
  for (const auto& [name, input] : manifest.inputs) {
    w.string(name);
    write_input(w, input);
  }
  w.varint(manifest.sinks.size());
  for (const auto& [name, sink] : manifest.sinks) {
    w.string(name);
    w.string(sink.position);
    w.le(sink.last_emit);
  }
  write_numbers(w, manifest.counters);
  w.varint(manifest.views.size());
  for (const auto& [name, view] : manifest.views) {
    w.string(name);
    write_identity(w, view);
  }
  w.varint(manifest.resets.size());
  for (const std::string& reset : manifest.resets) w.string(reset);
  write_strings(w, manifest.table_deltas);
  write_strings(w, manifest.view_changes);
  write_strings(w, manifest.emitted);
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  ByteReader r(bytes);
  const auto version = r.le<uint8_t>();
  if (!r.ok()) return corrupt("it is empty");
  if (version > kVersion) {
    return Error(ErrorKind::kNewerFormat, 1441, "epoch manifest was written by a newer weir")
        .hint("run the weir that wrote this folder, or a later one");
  }
  if (version < kOldestVersion) return corrupt("unknown version");
  Manifest manifest;
  manifest.epoch = Epoch(r.le<uint64_t>());
  manifest.clock = r.le<Micros>();
  manifest.input_ended = r.le<uint8_t>() != 0;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string name(r.string());
    manifest.inputs[name] = read_input(r);
  }
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string name(r.string());
    SinkProgress& sink = manifest.sinks[name];
    sink.position = r.string();
    sink.last_emit = r.le<Micros>();
  }
  read_numbers(r, manifest.counters);
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string name(r.string());
    manifest.views[name] = read_identity(r);
  }
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) manifest.resets.emplace_back(r.string());
  read_strings(r, manifest.table_deltas);
  read_strings(r, manifest.view_changes);
  read_strings(r, manifest.emitted);
  if (!r.ok()) return corrupt("it ends early");
  if (!r.at_end()) return corrupt("bytes are left over");
  return manifest;
}

Error missing_frame(const std::string& pipeline, Epoch after) {
  return Error(ErrorKind::kCorrupt, 1446,
               fmt::format("the frame behind epoch {} of {} is missing", after.value, pipeline))
      .hint("restore the folder from a backup, or remove it to read the sources again");
}

std::string encode_change(const Batch& change) {
  std::string out;
  ByteWriter w(out);
  w.varint(change.rows);
  std::string row;
  for (uint32_t i = 0; i < change.rows; ++i) {
    row.clear();
    encode_row(change, i, row);
    w.zigzag(change.weight(i));
    w.string(row);
  }
  return out;
}

Result<Batch> decode_change(std::string_view bytes, const Schema& schema) {
  ByteReader r(bytes);
  BatchBuilder builder(schema);
  for (uint64_t n = r.varint(); n > 0; --n) {
    const int64_t weight = r.zigzag();
    const std::string_view row = r.string();
    if (!r.ok() || !decode_row(row, builder)) return corrupt("a row of a view's change");
    builder.end_row(weight);
  }
  if (!r.ok() || !r.at_end()) return corrupt("a view's change");
  return builder.finish();
}

Result<std::string> entries_of_change(std::string_view bytes) {
  ByteReader r(bytes);
  std::string entries;
  entries.reserve(bytes.size() + bytes.size() / 8);
  ByteWriter w(entries);
  std::string weight;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    weight.clear();
    ByteWriter(weight).zigzag(r.zigzag());
    w.string(r.string());
    w.le<uint8_t>(1);
    w.string(weight);
  }
  if (!r.ok() || !r.at_end()) return corrupt("a view's change");
  return entries;
}

}  // namespace weir::engine
