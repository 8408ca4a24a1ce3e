// What a SUBSCRIBE reads of a running project.
#pragma once
#include "engine/change_feed.h"
#include "engine/engine.h"

namespace weir::engine {

// The changes of a query of `text` over one model, which is what the engine has committed changes
// of. The engine outlives it.
Result<std::unique_ptr<ChangeFeed>> follow_query(Engine& engine, std::string_view text,
                                                 const sql::Select& select, bool contents);

}  // namespace weir::engine
