// Rows as people and programs read them: an aligned table on a terminal, tab-separated lines
// elsewhere, an array of objects with --json.
#pragma once
#include "cli/verb.h"
#include "engine/session.h"

namespace weir::cli {

enum class RowFormat : uint8_t { kTable, kTabs, kJson };

RowFormat row_format(const Context& context);  // what the context asks for
std::string render_rows(const engine::StatementResult& result, RowFormat format);
std::string render_expanded(const engine::StatementResult& result);  // a line for each value

}  // namespace weir::cli
