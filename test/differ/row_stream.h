// Tables as the graph sees them and as PostgreSQL does, and a stream of random changes to both, row
// by row: values come from small pools of ordinary and extreme ones, so that keys meet.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "catalog/definition.h"

namespace weir::differ {

using TextRow = std::vector<std::optional<std::string>>;

struct Change {
  size_t table = 0;
  uint64_t rid = 0;     // of the row in PostgreSQL, where rows need a name to be deleted by
  TextRow row;
  int weight = 1;
};

class RowStream {
 public:
  RowStream();
  const catalog::Catalog& catalog() const { return catalog_; }
  std::vector<std::string> postgres_tables() const;
  // The changes of one epoch, in order.
  std::vector<Change> epoch(Random& random);
  std::string sql(const Change& change) const;
  const std::string& name(size_t table) const { return tables_[table].definition.name; }
  size_t tables() const { return tables_.size(); }
  // Changes of one table as a delta; weights are absent where all are insertions.
  Batch batch(size_t table, const std::vector<const Change*>& changes) const;
  std::map<std::string, Batch> contents() const;

 private:
  struct Table {
    catalog::StreamDefinition definition;
    std::map<uint64_t, TextRow> rows;
    std::vector<std::vector<std::string>>
        pools;  // by column; "\\N" is NULL; none: a number of its own
  };
  void add_table(const std::string& name, bool append_only,
                 const std::vector<std::pair<std::string, std::string>>& columns);
  TextRow random_row(Random& random, const Table& table);
  void insert(size_t table, TextRow row, std::vector<Change>& out);
  void erase(size_t table, uint64_t rid, std::vector<Change>& out);

  catalog::Catalog catalog_;
  std::vector<Table> tables_;
  uint64_t next_rid_ = 1;
  uint64_t next_id_ = 1;
};

}  // namespace weir::differ
