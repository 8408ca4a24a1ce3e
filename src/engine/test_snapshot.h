// Snapshots for tests: written from maps, read into them, and as the first version had them.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "engine/snapshot.h"
#include "state/entry.h"

namespace weir::engine {

using Tables = std::map<std::string, std::map<std::string, std::string>>;  // id, key, value

inline void append_entry(std::string& out, const std::string& key, const std::string& value) {
  ByteWriter w(out);
  w.string(key);
  w.le<uint8_t>(1);
  w.string(value);
}

inline void write_snapshot(SnapshotStore& store, const Manifest& manifest, const Tables& tables) {
  const auto writer = store.begin(manifest.epoch).value();
  for (const auto& [id, rows] : tables) {
    std::vector<std::pair<uint64_t, std::string>> entries;
    uint64_t bytes = 0;
    for (const auto& [key, value] : rows) {
      std::string entry;
      append_entry(entry, key, value);
      bytes += entry.size();
      entries.emplace_back(hash64(key), std::move(entry));
    }
    std::sort(entries.begin(), entries.end());
    writer->begin_table(id, bytes);
    for (const auto& [hash, entry] : entries) {
      WEIR_CHECK(writer->add(hash, entry).has_value());
      writer->count(1);
    }
    WEIR_CHECK(writer->end_table().has_value());
  }
  WEIR_CHECK(writer->finish(manifest).has_value());
}

inline Tables read_snapshot(const SnapshotFile& file) {
  Tables tables;
  for (const auto& [id, table] : file.tables()) {
    const std::string bytes = file.read_parts(table, 0, table.parts.size()).value();
    ByteReader r(bytes);
    for (state::Entry entry; !r.at_end();) {
      WEIR_CHECK(entry.read(r, bytes) && entry.live);
      tables[id][std::string(entry.key)] = entry.value;
    }
  }
  return tables;
}

// docs/formats/snapshot.md, version 1.
inline void write_version_1(io::FileSystem& files, const std::string& path, Manifest manifest,
                            const Tables& tables) {
  for (const auto& [id, rows] : tables) {
    std::string bytes;
    const bool view = id.starts_with("view:");
    if (view) ByteWriter(bytes).varint(rows.size());
    for (const auto& [key, value] : rows) {
      if (view) {
        bytes += value;
        ByteWriter(bytes).string(key);
      } else {
        append_entry(bytes, key, value);
      }
    }
    (view ? manifest.view_changes[id.substr(5)] : manifest.table_deltas[id]) = bytes;
  }
  const std::string payload = encode_manifest(manifest);
  std::string file("weirSNAP");
  ByteWriter w(file);
  w.le<uint32_t>(1);
  w.le<uint64_t>(payload.size());
  w.le(hash64(payload));
  w.raw(payload);
  WEIR_CHECK(files.write_atomically(path, file).has_value());
}

}  // namespace weir::engine
