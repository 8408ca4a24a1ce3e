// A one-off query: the planned SELECT as a graph of its own, fed once with the contents of what it
// reads and finished at the end of time. The same operators answer that keep views up to date.
#pragma once
#include <atomic>
#include <functional>

#include "engine/session.h"
#include "flow/graph.h"
#include "plan/explain.h"

namespace weir::engine {

// Contents of a relation by name; its schema is the catalog's.
using ContentsOf = std::function<Result<std::vector<Batch>>(const std::string& relation)>;

// What a query has done, operator by operator: for EXPLAIN ANALYZE.
struct QueryProfile {
  struct Part {
    plan::ExplainLine line;  // its node is gone with the plan
    std::string_view operator_name;
    Schema schema;
    bool append_only = false;
    std::optional<flow::OperatorProfile> measured;
  };
  struct Query {
    std::string view;  // empty: the query itself; else one that it reads and nobody keeps
    std::vector<Part> parts;
    std::vector<std::string> keys;  // lines of what is unique, and what it closes by
  };
  explicit QueryProfile(Clock& c) : clock(c) {}

  Clock& clock;
  std::vector<Query> queries;
  int64_t nanos = 0;
};

// Who looks at a query while it runs.
struct QueryWatch {
  QueryProfile* profile = nullptr;               // null: nobody asks
  const std::atomic<bool>* cancelled = nullptr;  // null: it goes on to its end
};

struct QueryInput {
  ContentsOf contents;
  Micros now = 0;
  QueryWatch watch;
};

// 57014
Error cancelled_by_user();

// The operators of a planned query, nothing measured.
QueryProfile::Query explained_query(const plan::View& view);

// `inlined`: views that the query reads and nobody keeps, in dependency order. Rows are in the
// order of view.order, without hidden columns, a row of weight n n times. An error of a row ends
// the query.
Result<StatementResult> run_query(const plan::View& view, const std::vector<plan::View>& inlined,
                                  const QueryInput& input);

// The schema that clients see.
Schema visible_schema(const plan::View& view);
StatementDescription describe_query(const plan::View& view);

}  // namespace weir::engine
