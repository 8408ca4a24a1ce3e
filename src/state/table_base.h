// What the engine sees of a table of keyed state: its delta, its whole, its size; and how most of
// it may be on disk alone (ColdRows).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::state {

// The rows of a table as of some commit, on disk: parts by the greatest bits of the key's hash,
// entries (state/entry.h) in the order of their hashes.
class ColdRows {
 public:
  virtual ~ColdRows() = default;
  virtual uint64_t entries() const = 0;
  virtual size_t parts() const = 0;
  virtual size_t part_of(uint64_t hash) const = 0;
  virtual Result<std::string> read(size_t part) const = 0;
};

class TableBase {
 public:
  virtual ~TableBase() = default;
  // Appends (key, value or tombstone) of each dirty entry; clear_dirty() follows after the commit.
  virtual void write_delta(std::string& out) const = 0;
  virtual void write_all(std::string& out) const = 0;   // the same format, every entry
  virtual Status apply(std::string_view delta) = 0;     // kCorrupt: not such bytes
  virtual void clear_dirty() = 0;
  virtual void clear() = 0;
  virtual uint64_t size() const = 0;
  virtual uint64_t byte_size() const = 0;
  virtual uint64_t dirty_count() const = 0;

  // A table that holds nothing takes `entries` live ones, each once, in the order of their hashes:
  // load() of some, the first of which is the one of number `first`, by several threads at once.
  // begin_load() answers false where the table takes deltas only.
  virtual bool begin_load(uint64_t) { return false; }
  virtual Status load(uint64_t, std::string_view) { return {}; }
  virtual void end_load() {}

  // State that is larger than memory. Of a table that can spill, entries that ColdRows has as they
  // are may leave memory; they come back when they are asked for. size() counts them.
  virtual bool can_spill() const { return false; }
  // Between two commits: from here on it remembers what changes, and what goes.
  virtual void mark() {}
  // The rows as of the last mark(), or of nothing but them: `whole` of a table that holds nothing.
  virtual void set_cold(std::shared_ptr<const ColdRows>) {}
  // Between two commits: lets go of entries until `bytes` are free, or none can go.
  virtual uint64_t evict(uint64_t) { return 0; }
  // Of byte_size(): places of entries that are free to be taken.
  virtual uint64_t spare_bytes() const { return 0; }
  // Rows could not be read: what was answered since is void.
  virtual Status cold_status() const { return {}; }
};

Error damaged_delta();

}  // namespace weir::state
