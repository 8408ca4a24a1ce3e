// What a project defines, bound to types and free of files: the values that the planner and the
// engine work on. A relation is anything that a query can name: a source, a seed, a model, a table.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/source_span.h"
#include "data/batch.h"

namespace weir::catalog {

enum class OnError : uint8_t { kDeadLetter, kNull, kFail };
enum class SourceMode : uint8_t { kAppend, kUpsert, kCdc };

// How long what weir logs itself is kept; without one for ever.
struct Retention {
  std::optional<Micros> time;
  std::optional<int64_t> bytes;
  bool operator==(const Retention&) const = default;
};

struct DedupeSpec {
  std::vector<std::string> key;
  Micros within = 0;
};

// A relation whose rows come from outside.
struct StreamDefinition {
  std::string name;
  Schema schema;
  SourceMode mode = SourceMode::kAppend;
  std::vector<std::string> key;
  std::vector<std::vector<std::string>> unique;
  std::optional<DedupeSpec> dedupe;
  std::string operation;             // the column that says insert, update or delete; empty: none
  std::string event_time;            // empty: none
  Micros lateness = 0;               // watermark = max(event time) - lateness
  std::optional<Micros> idle;        // a partition that is silent for so long holds nothing back
  OnError on_error = OnError::kDeadLetter;
  Retention retention;               // of what weir logs itself
  bool bounded = false;              // it ends: a file read once, rows: n
};

enum class EmitMode : uint8_t { kOnChange, kOnClose, kEvery };

// A model before planning.
struct ViewDefinition {
  std::string name;
  std::string sql;
  SourceSpan sql_start;              // where `sql` stands in its file
  std::vector<std::string> key;      // as written; must be provable
  EmitMode emit = EmitMode::kOnChange;
  Micros emit_every = 0;
  std::optional<Micros> retain;
  OnError on_error = OnError::kDeadLetter;
  std::string description;
  std::string owner;
};

// The names a query may use and their columns. Names are lower case; a dotted name is schema.name.
class Catalog {
 public:
  void add_stream(StreamDefinition stream);
  void add_view(const std::string& name, Schema schema);
  void remove(const std::string& name);
  const Schema* find(const std::string& name) const;
  const StreamDefinition* find_stream(const std::string& name) const;
  std::vector<std::string> names() const;

  // How many rows a relation has, for what may be planned by it: queries, not what keeps state.
  void set_rows(const std::string& name, uint64_t rows) { rows_[name] = rows; }
  std::optional<uint64_t> rows_of(const std::string& name) const;

  // Types that a user has named, beside those of parse_type(). Error: 42704 (there is none).
  void add_type(const std::string& name, Type type);
  void remove_type(const std::string& name);
  const Type* find_type(const std::string& name) const;
  Result<Type> type_of(const std::string& text) const;
  const std::map<std::string, Type>& types() const { return types_; }

 private:
  std::map<std::string, Schema> schemas_;
  std::map<std::string, StreamDefinition> streams_;
  std::map<std::string, Type> types_;
  std::map<std::string, uint64_t> rows_;
};

}  // namespace weir::catalog
