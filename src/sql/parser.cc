// libpg_query answers JSON (four times faster than its protobuf form); zero values are left out of
// it. It runs on a thread of its own (sql/parser_thread.h). Error positions are characters from 1,
// node locations are bytes from 0: both become bytes here.
#include "sql/parser.h"

#include <simdjson.h>

#include <charconv>

#include <fmt/core.h>

#include "sql/bounds.h"
#include "sql/parser_thread.h"
#include "sql/subscribe_text.h"
#include "sql/tree_reader_internal.h"
#include "sql/words.h"

namespace weir::sql {

namespace {

constexpr size_t kMaxTreeDepth = 6000;

int32_t byte_of_character(std::string_view text, int character) {  // from 1
  int n = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) != 0x80 && ++n == character)
      return static_cast<int32_t>(i);
  }
  return static_cast<int32_t>(text.size());
}

// `syntax error at or near "..."` quotes what may be the rest of a statement of many megabytes.
std::string bounded(std::string_view message) {
  constexpr size_t kMaxMessage = 160;
  if (message.size() <= kMaxMessage) return std::string(message);
  size_t end = kMaxMessage;
  while (end > 0 && (static_cast<uint8_t>(message[end]) & 0xc0) == 0x80) --end;
  return std::string(message.substr(0, end)) + (message.ends_with('"') ? "...\"" : "...");
}

Error syntax_error(std::string_view text, const ParsedText::Refusal& error) {
  // The grammar refuses frames that end before they begin, and says so with a state of its own.
  const bool frame = error.message.starts_with("frame ");
  return Error(ErrorKind::kInvalidStatement, 1201, bounded(error.message))
      .at(place_of(text, byte_of_character(text, error.character), {"", 1, 1, 0, 0}))
      .sqlstate(frame ? "42P20" : "42601");
}

Result<std::vector<Statement>> read_tree(std::string_view text, std::string_view json) {
  simdjson::dom::parser parser;
  if (parser.allocate(std::max<size_t>(json.size(), 64), kMaxTreeDepth)) {
    return Error(ErrorKind::kOutOfMemory, 1205, "no memory for the SQL parser");
  }
  simdjson::dom::element root;
  if (const auto failed = parser.parse(json.data(), json.size()).get(root)) {
    const bool deep = failed == simdjson::DEPTH_ERROR;
    return Error(ErrorKind::kInvalidStatement, 1202, "the statement is too complex")
        .detail(deep ? "It is nested too deeply." : simdjson::error_message(failed))
        .hint("split it into views that read one another")
        .sqlstate("54001");
  }
  return read_statements(text, root);
}

// The JSON form drops negative integers as if they were zero (-7 is one constant to the grammar):
// they are put back from the text, at the constant's location.
std::string with_negative_constants(std::string_view json, std::string_view text) {
  constexpr std::string_view kLost = "\"ival\":{},\"location\":";
  std::string out;
  size_t from = 0;
  for (size_t at = json.find(kLost); at != std::string_view::npos; at = json.find(kLost, at + 1)) {
    size_t location = 0;
    const char* number = json.data() + at + kLost.size();
    std::from_chars(number, json.data() + json.size(), location);
    if (location >= text.size() || text[location] != '-') continue;
    const size_t begin = skip_blanks(text, location + 1);
    const size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
    if (begin >= end) continue;
    out += json.substr(from, at - from);
    out += fmt::format("\"ival\":{{\"ival\":-{}}},\"location\":", text.substr(begin, end - begin));
    from = at + kLost.size();
  }
  return out.append(json.substr(from));
}

}  // namespace

SourceSpan place_of(std::string_view text, int32_t byte, const SourceSpan& start) {
  SourceSpan place = start;
  if (place.line == 0) place.line = place.column = 1;
  const size_t end = std::min(text.size(), static_cast<size_t>(std::max(byte, 0)));
  for (size_t i = 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<uint8_t>(text[i]) & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  place.end_line = place.end_column = 0;
  return place;
}

Result<std::vector<Statement>> parse(std::string_view text) {
  TRY_VOID(check_bounds(text));
  const SubscribeText owned = TRY(take_out_subscribe(text));
  const ParsedText parsed = TRY(parse_text(owned.text));
  if (parsed.refusal) return syntax_error(text, *parsed.refusal);
  std::vector<Statement> statements =
      TRY(read_tree(text, with_negative_constants(parsed.tree, text)));
  for (const SubscribeText::Place& place : owned.places) {
    const auto at = static_cast<int32_t>(place.at);
    for (Statement& statement : statements) {
      const bool within =
          at >= statement.location && at < statement.location + statement.length;
      if (within) statement.subscribe = place.options;
    }
  }
  return statements;
}

Result<SelectPtr> parse_select(std::string_view text) {
  std::vector<Statement> statements = TRY(parse(text));
  if (statements.size() != 1 || statements[0].kind != StatementKind::kSelect ||
      statements[0].subscribe) {
    Error error =
        Error(ErrorKind::kInvalidStatement, 1206, "expected one SELECT").sqlstate("42601");
    const size_t at = statements.size() > 1 ? 1 : 0;
    const int32_t byte = statements.empty() ? 0 : statements[at].location;
    return std::move(error).at(place_of(text, byte, {"", 1, 1, 0, 0}));
  }
  return std::move(statements[0].select);
}

Result<ExprPtr> parse_expression(std::string_view text) {
  constexpr std::string_view kPrefix = "select ";
  SelectPtr select = TRY(parse_select(std::string(kPrefix) + std::string(text)));
  const bool plain = select->items.size() == 1 && select->from.empty() && !select->where &&
                     select->items[0].alias.empty() && select->op == SetOp::kNone;
  if (!plain) {
    return Error(ErrorKind::kInvalidStatement, 1207,
                 fmt::format("\"{}\" is not one expression", text))
        .sqlstate("42601");
  }
  return std::move(select->items[0].expr);
}

Result<std::string> substitute_references(std::string_view text) {
  std::string out(text);
  for (size_t at = out.find("{{"); at != std::string::npos; at = out.find("{{", at + 1)) {
    const size_t end = out.find("}}", at);
    const auto bad = [&] {
      return Error(ErrorKind::kInvalidStatement, 1208, "a template other than ref() and source()")
          .detail("Only {{ ref('model') }} and {{ source('group', 'table') }} are replaced.")
          .hint("write the name itself")
          .at(place_of(text, static_cast<int32_t>(at), {"", 1, 1, 0, 0}))
          .sqlstate("42601");
    };
    if (end == std::string::npos) return bad();
    std::vector<std::string> quoted;
    std::string rest;
    for (size_t i = at + 2; i < end; ++i) {
      if (out[i] != '\'' && out[i] != '"') {
        if (out[i] != ' ') rest += out[i];
        continue;
      }
      const size_t close = out.find(out[i], i + 1);
      if (close == std::string::npos || close > end) return bad();
      quoted.push_back(out.substr(i + 1, close - i - 1));
      i = close;
    }
    std::string name;
    if (rest == "ref()" && quoted.size() == 1) name = quoted[0];
    if (rest == "source(,)" && quoted.size() == 2) name = quoted[0] + "." + quoted[1];
    const size_t width = end + 2 - at;
    if (name.empty() || name.size() > width) return bad();
    name.resize(width, ' ');
    out.replace(at, width, name);
  }
  return out;
}

}  // namespace weir::sql
