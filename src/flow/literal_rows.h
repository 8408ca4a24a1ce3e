// Values: rows that stand in the query. They come once, in the first epoch that the operator sees;
// a table of one entry remembers across restarts that they did.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_literal_rows(const plan::Node& node);

}  // namespace weir::flow
