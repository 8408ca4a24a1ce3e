#include "pgwire/report.h"

#include <fmt/core.h>

#include "expr/utf8_text.h"
#include "pgwire/message.h"

namespace weir::pgwire {

namespace {

std::string_view state_of_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidProject: return "F0000";
    case ErrorKind::kInvalidStatement: return "42000";
    case ErrorKind::kInvalidData: return "22000";
    case ErrorKind::kInvalidUsage: return "22023";
    case ErrorKind::kNotSupported: return "0A000";
    case ErrorKind::kNotFound: return "42704";
    case ErrorKind::kAlreadyExists: return "42710";
    case ErrorKind::kIo: return "58030";
    case ErrorKind::kNoSpace: return "53100";
    case ErrorKind::kCorrupt: return "XX001";
    case ErrorKind::kNewerFormat: return "58000";
    case ErrorKind::kLocked: return "55006";
    case ErrorKind::kUnavailable: return "57P03";
    case ErrorKind::kOutOfMemory: return "53200";
    case ErrorKind::kCancelled: return "57014";
    case ErrorKind::kAborted: return "25P02";
    case ErrorKind::kPermission: return "42501";
    case ErrorKind::kInternal: return "XX000";
  }
  return "XX000";
}

// Characters from the start of the text, from 1; 0: the place is not in it.
size_t position_of(const SourceSpan& span, std::string_view sql) {
  if (!span.known() || !span.file.empty()) return 0;
  size_t begin = 0;
  for (uint32_t line = 1; line < span.line; ++line) {
    const size_t end = sql.find('\n', begin);
    if (end == std::string_view::npos) return 0;
    begin = end + 1;
  }
  return expr::character_count(sql.substr(0, begin)) + span.column;
}

}  // namespace

ErrorKind kind_of_sqlstate(std::string_view state) {
  for (auto kind = ErrorKind::kInvalidProject; kind < ErrorKind::kInternal;
       kind = static_cast<ErrorKind>(static_cast<uint8_t>(kind) + 1)) {
    if (state_of_kind(kind) == state) return kind;
  }
  const std::string_view of = state.substr(0, 2);
  if (of == "42" || of == "25" || of == "34" || of == "26") return ErrorKind::kInvalidStatement;
  if (of == "22" || of == "23") return ErrorKind::kInvalidData;
  if (of == "0A") return ErrorKind::kNotSupported;
  if (of == "53" || of == "57" || of == "08") return ErrorKind::kUnavailable;
  return ErrorKind::kInternal;
}

SourceSpan span_of_position(size_t position, std::string_view sql) {
  SourceSpan span{"", 1, 1};
  for (const char c : sql) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside of a character
    if (--position == 0) return span;
    ++span.column;
    if (c == '\n') ++span.line, span.column = 1;
  }
  return span;
}

std::string_view sqlstate_of(const Error& error) {
  return error.sqlstate().size() == 5 ? error.sqlstate() : state_of_kind(error.kind());
}

void append_error(std::string& out, const Error& error, Severity severity, std::string_view sql) {
  const std::string_view name = severity == Severity::kFatal ? "FATAL" : "ERROR";
  MessageWriter message(out, 'E');
  message.raw("S").string(name).raw("V").string(name);
  message.raw("C").string(sqlstate_of(error));
  message.raw("M").string(error.primary());
  if (!error.detail().empty()) message.raw("D").string(error.detail());
  if (!error.hint().empty()) message.raw("H").string(error.hint());
  if (const size_t position = position_of(error.span(), sql); position > 0) {
    message.raw("P").string(std::to_string(position));
  }
  message.raw("R").string(error.code_text()).be<uint8_t>(0);
}

void append_notice(std::string& out, std::string_view text) {
  MessageWriter message(out, 'N');
  message.raw("S").string("NOTICE").raw("V").string("NOTICE");
  message.raw("C").string("00000").raw("M").string(text).be<uint8_t>(0);
}

}  // namespace weir::pgwire
