// What a SUBSCRIBE reads in the scratch engine.
#pragma once
#include "engine/change_feed.h"
#include "engine/scratch_database.h"

namespace weir::engine {

// The changes of a query of `text` from now on, behind its contents where these are asked for. Ends
// where something that the query reads is dropped. The database outlives it.
Result<std::unique_ptr<ChangeFeed>> follow_query(ScratchDatabase::Rep& db, std::string_view text,
                                                 const sql::Select& select, bool contents);

}  // namespace weir::engine
