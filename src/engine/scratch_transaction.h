// A transaction of the scratch engine: the relations as it sees them, and what it has changed and
// not committed. Rows that it reads are the committed ones with its own changes; materialized views
// are computed from those.
//
// Used with the database's mutex held; what changes it, with the right to write.
#pragma once
#include "engine/query.h"
#include "engine/scratch_database.h"

namespace weir::engine {

struct TableChange {
  ScratchTable* table = nullptr;
  std::vector<Batch> batches;
  KeyCounts keys;
};

class ScratchTransaction {
 public:
  explicit ScratchTransaction(ScratchDatabase::Rep& db) : db_(db) {}

  const Relations& relations() const { return own_ ? *own_ : db_.relations; }
  const catalog::Catalog& catalog() const { return relations().catalog; }
  bool defines() const { return own_.has_value(); }
  const std::map<uint64_t, TableChange>& changes() const { return changes_; }
  Micros now() const { return db_.clock.now(); }

  Result<std::vector<Batch>> contents(const std::string& relation) const;
  // `given`: a relation that is at hand, with its rows.
  Result<StatementResult> query(const plan::View& view, QueryProfile* profile = nullptr,
                                const std::string& given = "", const Batch& rows = {}) const;
  const KeyCounts& pending_keys(const ScratchTable& table) const;

  Relations& define();  // what the transaction sees, to be changed
  void put_view(std::unique_ptr<ScratchView> view);
  // Another table in place of one of its name, without rows.
  ScratchTable& put_table(TableDefinition definition);
  // An enum's values as they will be. A label that was added can be used once it is committed.
  std::vector<std::string> labels(const Type& type) const;
  void put_labels(const Type& type, std::vector<std::string> values);
  Status add(const ScratchTable& table, Batch change);  // 23505
  void clear();

  void save();
  void go_back(size_t save);  // to the nth save, which stays
  void forget(size_t save);   // the nth and those after it

 private:
  struct Saved {
    std::optional<Relations> own;
    std::map<uint64_t, size_t> batches;
  };

  ScratchDatabase::Rep& db_;
  std::optional<Relations> own_;
  std::map<uint64_t, TableChange> changes_;  // by the table's id
  std::vector<Saved> saved_;
  const KeyCounts no_keys_;
};

}  // namespace weir::engine
