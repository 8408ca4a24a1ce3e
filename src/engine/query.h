// A one-off query: the planned SELECT as a graph of its own, fed once with the contents of what it
// reads and finished at the end of time. The same operators answer that keep views up to date.
#pragma once
#include <functional>

#include "engine/session.h"
#include "plan/plan.h"

namespace weir::engine {

// Contents of a relation by name; its schema is the catalog's.
using ContentsOf = std::function<Result<std::vector<Batch>>(const std::string& relation)>;

// `inlined`: views that the query reads and nobody keeps, in dependency order. Rows are in the
// order of view.order, without hidden columns, a row of weight n n times. An error of a row ends
// the query.
Result<StatementResult> run_query(const plan::View& view, const std::vector<plan::View>& inlined,
                                  const ContentsOf& contents, Micros now);

// The schema that clients see.
Schema visible_schema(const plan::View& view);
StatementDescription describe_query(const plan::View& view);

}  // namespace weir::engine
