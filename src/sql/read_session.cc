// Statements about the session itself: prepared statements, cursors, settings.
#include "sql/tree_reader_internal.h"
#include "sql/words.h"

namespace weir::sql {

namespace {

// Bits of a DeclareCursorStmt's options.
constexpr int64_t kBinary = 1;
constexpr int64_t kScroll = 2;
constexpr int64_t kNoScroll = 4;
constexpr int64_t kHold = 32;

void read_prepare(Statement& statement, Json body) {
  statement.kind = StatementKind::kPrepare;
  statement.name = text_at(body, "name");
  each(body, "argtypes",
       [&](Json type) { statement.types.push_back(read_type_name(tagged(type).body)); });
}

void read_execute(Statement& statement, Json body) {
  statement.kind = StatementKind::kExecute;
  statement.name = text_at(body, "name");
  each(body, "params", [&](Json value) { statement.arguments.push_back(read_expr(value)); });
}

void read_discard(Statement& statement, Json body) {
  statement.kind = StatementKind::kDiscard;
  const std::string_view target = text_at(body, "target");
  statement.name = target == "DISCARD_PLANS"       ? "PLANS"
                   : target == "DISCARD_SEQUENCES" ? "SEQUENCES"
                   : target == "DISCARD_TEMP"      ? "TEMP"
                                                   : "ALL";
}

void read_declare(Statement& statement, Json body) {
  statement.kind = StatementKind::kDeclare;
  statement.name = text_at(body, "portalname");
  CursorUse& cursor = statement.cursor.emplace();
  const int64_t options = number_at(body, "options");
  cursor.binary = (options & kBinary) != 0;
  cursor.scroll = (options & kScroll) != 0;
  cursor.no_scroll = (options & kNoScroll) != 0;
  cursor.hold = (options & kHold) != 0;
  statement.select = read_select(tagged(body["query"].value_unsafe()).body);
}

void read_fetch(Statement& statement, Json body) {
  statement.kind = StatementKind::kFetch;
  statement.name = text_at(body, "portalname");
  CursorUse& cursor = statement.cursor.emplace();
  cursor.moves = flag_at(body, "ismove");
  cursor.count = number_at(body, "howMany");
  const std::string_view direction = text_at(body, "direction");
  cursor.direction = direction == "FETCH_BACKWARD"   ? FetchDirection::kBackward
                     : direction == "FETCH_ABSOLUTE" ? FetchDirection::kAbsolute
                     : direction == "FETCH_RELATIVE" ? FetchDirection::kRelative
                                                     : FetchDirection::kForward;
}

void read_set(Statement& statement, Json body) {
  statement.kind = StatementKind::kSet;
  statement.name = text_at(body, "name");
  statement.is_local = flag_at(body, "is_local");
  const std::string_view kind = text_at(body, "kind");
  statement.set_kind = kind == "VAR_SET_DEFAULT" ? SetKind::kDefault
                       : kind == "VAR_RESET"     ? SetKind::kReset
                       : kind == "VAR_RESET_ALL" ? SetKind::kResetAll
                                                 : SetKind::kValue;
  if (kind == "VAR_SET_MULTI") {  // TRANSACTION, SESSION CHARACTERISTICS
    statement.kind = StatementKind::kSetTransaction;
    return read_transaction_modes(statement, body, "args");
  }
  each(body, "args", [&](Json arg) {
    if (!statement.value.empty()) statement.value += ", ";
    statement.value += read_expr(arg)->text;
  });
}

}  // namespace

void place_prepared(Statement& statement, std::string_view text) {
  Words words(text, static_cast<size_t>(statement.location));
  while (const auto word = words.next()) {
    if (!word->is("as")) continue;
    statement.select_location = static_cast<int32_t>(word->end);
    return;
  }
}

void read_session_statement(Statement& statement, std::string_view tag, Json body) {
  if (tag == "PrepareStmt") {
    read_prepare(statement, body);
  } else if (tag == "ExecuteStmt") {
    read_execute(statement, body);
  } else if (tag == "DeallocateStmt") {
    statement.kind = StatementKind::kDeallocate;
    statement.name = text_at(body, "name");
  } else if (tag == "DiscardStmt") {
    read_discard(statement, body);
  } else if (tag == "DeclareCursorStmt") {
    read_declare(statement, body);
  } else if (tag == "FetchStmt") {
    read_fetch(statement, body);
  } else if (tag == "ClosePortalStmt") {
    statement.kind = StatementKind::kClose;
    statement.name = text_at(body, "portalname");
  } else if (tag == "VariableSetStmt") {
    read_set(statement, body);
  } else if (tag == "VariableShowStmt") {
    statement.kind = StatementKind::kShow;
    statement.name = text_at(body, "name");
  }
}

}  // namespace weir::sql
