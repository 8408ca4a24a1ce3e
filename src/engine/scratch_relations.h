// The tables and views of a scratch engine as one state: the committed one, and of a transaction
// that defines anything a copy of its own, until it commits. Copies are shallow: tables and views
// are the database's, and whatever changes what one of them is makes another.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/scratch_table.h"
#include "plan/plan.h"
#include "sql/ast.h"

namespace weir::engine {

// A relation that a view reads, by the names that its text knows: the relation and its columns may
// have been renamed since, and others may stand between them.
struct KnownRelation {
  std::string name;
  std::string now;
  Schema schema;                        // the columns that the text knows
  std::vector<uint32_t> columns;        // where each of them is now
};

struct ScratchView {
  plan::View view;
  std::string statement;                // CREATE ... VIEW, by the names in `known`
  std::string sql;                      // what stands behind AS, for people
  std::vector<std::string> names;       // of its columns, where they stand beside its own
  std::vector<KnownRelation> known;
  bool kept = false;                    // materialized
  std::optional<flow::ViewStore> rows;  // of a kept view that is committed

  const std::string& name() const { return view.definition.name; }
  const Schema& schema() const { return view.root->schema; }
  bool reads(const std::string& relation) const;
};

struct Relations {
  catalog::Catalog catalog;
  std::map<std::string, ScratchTable*> tables;
  std::vector<ScratchView*> views;  // each behind those that it reads
  // Of a transaction: the values of enums that it has changed.
  std::map<const TypeDetail*, std::vector<std::string>> labels;

  ScratchView* find_view(const std::string& name) const;
  ScratchTable* find_table(const std::string& name) const;
  // "table", "view" or "materialized view"; null: there is no such relation.
  const char* kind_of(const std::string& name) const;
  std::vector<ScratchView*> readers(const std::string& name) const;
  // The views of the names with those that they read, in order. `all`: kept ones too, which a
  // transaction that has changed anything computes.
  std::vector<plan::View> views_below(const std::vector<std::string>& names, bool all) const;

  void put(ScratchTable& table);
  void put(ScratchView& view);  // in place of one of its name
  void remove(const std::string& name);

 private:
  void sort_views();
};

// SELECT * FROM (select) AS name (columns)
sql::SelectPtr with_column_names(sql::SelectPtr select, const std::string& name,
                                 const std::vector<std::string>& columns);

// The view again, over its relations as they are now. The columns it answers keep their names.
Result<std::unique_ptr<ScratchView>> planned_again(const ScratchView& view,
                                                   const Relations& relations);

// Which columns of a relation the view reads, by their place now.
std::vector<uint32_t> columns_read(const ScratchView& view, const std::string& relation);

}  // namespace weir::engine
