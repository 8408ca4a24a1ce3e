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


// Of rows that come bit by bit: names, then tab-separated lines, or an object a line with --json.
std::string render_stream_head(const Schema& schema, RowFormat format);
std::string render_stream_rows(const engine::StatementResult& piece, RowFormat format);

}  // namespace weir::cli
