// Random queries over the whole of SELECT: typed from the outside in, so that nearly all of them
// are SQL, and with what is known of values (Facts), so that none fails or leaves an answer open.
// README.md lists what is left out.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/type.h"
#include "differ/kinds.h"

namespace weir::differ {

struct Column {
  std::string ref;    // as an expression names it
  std::string name;
  Kind kind = Kind::kInt4;
  Facts facts;
  bool plain = true;  // a column of FROM, which a sub-query may name
  std::string row_of;     // the table, by its alias, whose primary key is its first column
};

// What expressions may name.
struct Scope {
  std::vector<Column> columns;
  const Scope* outer = nullptr;   // of the queries around
  const Scope* inputs = nullptr;  // aggregates over these may be called
  bool over = false;              // window functions may be called
  bool total = true;              // `columns` tell rows apart, as far as anyone sees
  // The one window of this SELECT whose order is total: rows that are the same to everyone come in
  // some order there, and another order would pair their answers in another way.
  PartPtr* total_window = nullptr;
};

struct Relation {
  PartPtr sql;
  std::vector<Column> columns;  // in a query: c1, c2, ...
  double rows = 1;              // about how many, at most
};

struct NamedRelation {
  std::string name;
  std::vector<Column> columns;  // refs are names
  double rows = 12;
  bool keyed = false;           // by its first column
};

class Grammar {
 public:
  Grammar(Random& random, std::map<std::string, uint64_t>& features)
      : random_(random), features_(features) {}

  // Tables and views that queries read.
  void add_relation(NamedRelation relation) { relations_.push_back(std::move(relation)); }
  // A whole query with random columns.
  Relation query();
  // A query as pieces for the partition of its rows by a condition: without it, and where it is
  // true, false and unknown.
  std::vector<PartPtr> partition();
  // Queries that share what they read: one relation joined by one of its columns with others, or
  // one FROM.
  std::vector<PartPtr> family();
  // A condition on now(), over a table with a time; null: none has one.
  PartPtr recent();
  // Unguarded calls of any functions over a table: rows may fail.
  PartPtr calls();

 private:
  struct Context {
    int depth = 0;
    const Scope* outer = nullptr;
    bool canonical = false;
  };
  using Kinds = std::vector<Kind>;

  // grammar_query.cc
  Relation any_query(const Kinds& kinds, const Context& context);
  Relation select(const Kinds& kinds, const Context& context);
  Relation select_from(const Relation& source, const Kinds& kinds, const Context& context);
  Relation set_operation(const Kinds& kinds, const Context& context);
  Relation values(const Kinds& kinds, const Context& context);
  Relation with(const Kinds& kinds, const Context& context);
  NamedRelation recursive(std::vector<PartPtr>& definitions, const Context& context);
  struct Grouped {
    std::vector<Column> keys;
    PartPtr sql;
    PartPtr having;
    bool sets = false;
  };
  Grouped group(const Scope& scope);
  Expression grouping_key(const Scope& scope);
  void add_dependents(const Scope& scope, Grouped& grouped);
  PartPtr sets_of(const std::string& kind, std::vector<PartPtr> items);
  PartPtr mixed_sets(std::vector<PartPtr> items);
  std::vector<PartPtr> show(const Kinds& kinds, const Scope& scope, bool canonical, Relation& out);
  void show_rows(const Scope& scope, std::vector<PartPtr>& items, Relation& out);
  PartPtr order_and_limit(Relation& query, const Scope& scope, bool hidden);
  PartPtr order_by_all(const Relation& query);
  PartPtr row_count(uint64_t most, const Scope& scope);
  PartPtr distinct_on(Relation& query, const Scope& scope, PartPtr& order);
  PartPtr direction();
  Kinds random_kinds();

  // grammar_from.cc
  Relation from(const Context& context);
  Relation relation(const Context& context, bool lateral);
  Relation named();
  Relation derived(const Context& context, bool lateral);
  Relation function(const Context& context, bool lateral);
  std::optional<Relation> asof(const Relation& left);
  // grammar_window.cc
  std::optional<std::pair<NamedRelation, Column>> timed_relation();
  std::optional<Relation> time_window();
  Relation windowed(const NamedRelation& relation, const Column& time,
                    const std::pair<std::string, std::string>& texts, double rows);
  Relation join(Relation left, const Context& context);
  PartPtr join_condition(const Relation& left, const Relation& right, const Context& context,
                         bool equal);
  std::optional<PartPtr> shared_columns(const Relation& left, const Relation& right,
                                        std::vector<Column>& columns);
  std::string alias() { return "q" + std::to_string(++aliases_); }

  // grammar_expression.cc
  Expression expression(Kind kind, int depth, const Scope& scope);
  Expression argument(Kind kind, int depth, const Scope& scope);
  Expression leaf(Kind kind, int depth, const Scope& scope, bool bare);
  std::optional<Expression> column(Kind kind, const Scope& scope);
  std::optional<Expression> by_rule(Kind kind, int depth, const Scope& scope);
  // Of which equal values look the same: to group by and to order by.
  Expression key(Kind kind, int depth, const Scope& scope);
  Expression canonical(Expression e, const Scope& scope);
  // The same, and at times a sub-query.
  Expression sort_key(int depth, const Scope& scope);
  Expression scalar_subquery(Kind kind, int depth, const Scope& scope);

  // grammar_condition.cc
  PartPtr condition(int depth, const Scope& scope);
  PartPtr comparison(int depth, const Scope& scope);
  PartPtr membership(int depth, const Scope& scope);
  PartPtr subquery_condition(int depth, const Scope& scope);
  PartPtr asking(Kind kind, const Scope& scope);

  // grammar_call.cc
  std::optional<Expression> aggregate(Kind kind, int depth, const Scope& inputs, bool over);
  std::optional<Expression> outer_aggregate(Kind kind, int depth, const Scope& scope);
  std::optional<Expression> over(Kind kind, int depth, const Scope& scope);
  PartPtr window(const Scope& scope, bool total, bool frame);
  std::string frame(bool ordered, bool rows);
  PartPtr total_order(const Scope& scope);

  // grammar_functions.cc
  PartPtr function_call(const Scope& scope);
  PartPtr call_argument(std::string_view name, size_t at, Type type, const Scope& scope,
                        bool of_column);
  std::vector<PartPtr> by_name(std::string_view function, std::vector<PartPtr> arguments);
  PartPtr cast_call(const Scope& scope);

  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[random_.below(from.size())];
  }
  std::string one_of(const std::vector<std::string>& from) { return pick(from); }
  void note(const std::string& feature) { ++features_[feature]; }

  Random& random_;
  std::map<std::string, uint64_t>& features_;
  std::vector<NamedRelation> relations_;
  std::vector<NamedRelation> common_tables_;
  int aliases_ = 0;
  int plain_ = 0;     // > 0: no sub-queries
  int one_text_ = 0;  // > 0: nothing that weir and PostgreSQL write in different ways
};

}  // namespace weir::differ
