// Table<Value>: the one mutable structure of a keyed operator: bytes (data/row_encoding.h keys) to a
// value, with a list of the entries touched since the last commit. Durability, incremental snapshots
// and accounting are functions of that list, so an operator that uses a Table has them for free.
//
// Open addressing over one-byte tags; entries stand in a dense array and are named by 32-bit ids that
// stay valid until erase(). A Value has: `void encode(std::string&) const` and
// `bool decode(std::string_view)`, `size_t heap_bytes() const`, and is default-constructible.
//
// Not thread-safe: the pipeline's thread, or a reader that holds the pipeline's lock.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace weir::state {

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
};

}  // namespace weir::state
