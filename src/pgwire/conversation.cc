// Three kinds of trouble are kept apart. What is wrong with a statement comes back from its
// handler, is sent as ERROR, and the conversation goes on. What is wrong with the framing ends it:
// where a message begins is no longer known. What is wrong with the connection (Wire::broken) ends
// it without a word.
#include "pgwire/conversation.h"

#include <fmt/core.h>
#include <simdjson.h>

#include "data/text_form.h"
#include "pgwire/binary_form.h"
#include "pgwire/report.h"
#include "data/wire_type.h"

namespace weir::pgwire {

namespace {

Status check_utf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return {};
  return Error(ErrorKind::kInvalidData, 1635, "invalid byte sequence for encoding \"UTF8\"")
      .sqlstate("22021");
}

Result<Value> parameter_value(std::optional<std::string_view> text, Type type, int16_t format) {
  if (!text) return Value::null(type);
  if (type.id == TypeId::kUnknown) {
    TRY_VOID(check_utf8(*text));
    return Value{TypeId::kUnknown, std::string(*text)};
  }
  if (format != 0) return parse_binary_form(*text, type);
  TRY_VOID(check_utf8(*text));
  return parse_text_form(*text, type);
}

}  // namespace

Status Conversation::run() {
  TRY_VOID(ready());
  for (;;) {
    const auto frame = TRY(wire_.read());
    if (!frame || frame->type == 'X') return {};
    if (Status status = take(*frame); !status) return status;
    TRY_VOID(wire_.flush_if_full());
  }
}

Status Conversation::take(const Frame& frame) {
  switch (frame.type) {
    case 'S':
      return sync();
    case 'Q': {
      if (skip_until_sync_) return {};
      text_.clear();
      if (Status status = simple_query(frame); !status) {
        if (wire_.broken()) return status;
        append_error(wire_.out(), status.error(), Severity::kError, text_);
      }
      return ready();
    }
    case 'c':
    case 'd':
    case 'f':
      return {};  // the rest of a COPY that has failed
    default:
      break;
  }
  if (skip_until_sync_) return {};
  Status status = take_extended(frame);
  if (status || wire_.broken()) return status;
  append_error(wire_.out(), status.error(), Severity::kError, text_);
  skip_until_sync_ = true;
  return wire_.flush();  // at once: a client may wait for it before it says Sync
}

Status Conversation::take_extended(const Frame& frame) {
  text_.clear();
  switch (frame.type) {
    case 'P': return parse(frame);
    case 'B': return bind(frame);
    case 'D': return describe(frame);
    case 'E': return execute(frame);
    case 'C': return close(frame);
    case 'H': return wire_.flush();
    case 'F':
      return Error(ErrorKind::kNotSupported, 1634, "function calls are not supported")
          .hint("call the function in a SELECT");
    default:
      return Error(ErrorKind::kInvalidStatement, 1620,
                   fmt::format("unexpected message type {}", static_cast<uint8_t>(frame.type)))
          .sqlstate("08P01");
  }
}

Status Conversation::ready() {
  const engine::TransactionState state = session_.transaction_state();
  if (state == engine::TransactionState::kIdle) prepared_.close_portals();
  MessageWriter(wire_.out(), 'Z').be(static_cast<uint8_t>(state));
  return wire_.flush();
}

Status Conversation::sync() {
  skip_until_sync_ = false;
  return ready();
}

void Conversation::complete(std::string_view tag) { MessageWriter(wire_.out(), 'C').string(tag); }

Status Conversation::simple_query(const Frame& frame) {
  text_ = TRY(parse_string(frame.body));
  session_.prepared_statements().remove("");
  prepared_.close_portal("");
  TRY_VOID(check_utf8(text_));
  bool any = false;
  TRY_VOID(session_.execute(text_, [&](engine::StatementResult result) {
    any = true;
    return send_result(result);
  }));
  if (!any) MessageWriter(wire_.out(), 'I');
  return {};
}

Status Conversation::send_result(const engine::StatementResult& result) {
  for (const std::string& notice : result.notices) append_notice(wire_.out(), notice);
  if (result.copy_in) return copy_in(*result.copy_in);
  if (result.is_copy) TRY_VOID(send_copy(result));
  if (result.has_rows) {
    append_row_description(wire_.out(), result.schema);
    for (RowCursor cursor(result); !cursor.at_end(); cursor.next()) {
      append_data_row(wire_.out(), cursor);
      TRY_VOID(wire_.flush_if_full());
    }
    if (result.stream) TRY_VOID(send_stream(result));
  }
  complete(result.tag);
  return {};
}

// Rows leave as they come; between two of them is looked whether the client is still there.
Status Conversation::send_stream(const engine::StatementResult& result) {
  engine::StatementResult piece;
  piece.zone = result.zone;
  while (std::optional<Batch> rows = TRY(result.stream->next())) {
    piece.batches.assign(1, std::move(*rows));
    for (RowCursor cursor(piece); !cursor.at_end(); cursor.next()) {
      append_data_row(wire_.out(), cursor);
      TRY_VOID(wire_.flush_if_full());
    }
    TRY_VOID(wire_.flush_to_peer());
  }
  return {};
}

void Conversation::announce_copy(char type, size_t columns) {
  MessageWriter message(wire_.out(), type);
  message.be<uint8_t>(0).be(static_cast<uint16_t>(columns));
  for (size_t i = 0; i < columns; ++i) message.be<uint16_t>(0);
}

Status Conversation::send_copy(const engine::StatementResult& result) {
  announce_copy('H', result.schema.size());
  for (const std::string& line : result.copy_lines) {
    MessageWriter(wire_.out(), 'd').raw(line);
    TRY_VOID(wire_.flush_if_full());
  }
  while (result.copy_stream) {
    TRY_VOID(wire_.flush_to_peer());
    const auto lines = TRY(result.copy_stream->next());
    if (!lines) break;
    for (const std::string& line : *lines) MessageWriter(wire_.out(), 'd').raw(line);
  }
  MessageWriter(wire_.out(), 'c');
  return {};
}

Status Conversation::parse(const Frame& frame) {
  const ParseMessage message = TRY(parse_parse(frame.body));
  text_ = message.sql;
  TRY_VOID(check_utf8(message.name));
  TRY_VOID(check_utf8(text_));
  Prepared prepared;
  prepared.sql = text_;
  prepared.blank = blank_prefix(text_) == text_.size();
  std::vector<Type> types;
  for (const uint32_t oid : message.types) {
    const std::optional<Type> type = type_of_oid(oid);
    if (!type) {
      return Error(ErrorKind::kNotSupported, 1633,
                   fmt::format("parameters of the type with OID {} are not supported", oid))
          .hint("leave the type open, or cast in the statement");
    }
    types.push_back(*type);
  }
  if (!prepared.blank) {
    prepared.description = TRY(session_.describe(text_, types));
  }
  prepared.declared = std::move(types);
  TRY_VOID(session_.prepared_statements().add(std::string(message.name), std::move(prepared)));
  MessageWriter(wire_.out(), '1');
  return {};
}

Status Conversation::bind(const Frame& frame) {
  const BindMessage message = TRY(parse_bind(frame.body));
  Portal portal;
  portal.statement = TRY(session_.prepared_statements().find(std::string(message.statement)));
  text_ = portal.statement->sql;
  const std::vector<Type>& types = portal.statement->description.parameters;
  if (message.parameters.size() != types.size()) {
    return Error(ErrorKind::kInvalidStatement, 1631,
                 fmt::format("bind message supplies {} parameters, but prepared statement \"{}\" "
                             "requires {}",
                             message.parameters.size(), message.statement, types.size()))
        .sqlstate("08P01");
  }
  const size_t columns = portal.statement->description.schema.size();
  if (message.result_formats.size() > 1 && message.result_formats.size() != columns) {
    return Error(ErrorKind::kInvalidStatement, 1632,
                 fmt::format("bind message has {} result formats but query has {} columns",
                             message.result_formats.size(), columns))
        .sqlstate("08P01");
  }
  portal.formats = message.result_formats;
  const std::vector<int16_t>& formats = message.parameter_formats;
  for (size_t i = 0; i < types.size(); ++i) {
    const int16_t format = formats.empty() ? int16_t{0} : formats[formats.size() == 1 ? 0 : i];
    const Type type = portal.statement->is_untyped(i) ? Type() : types[i];
    portal.parameters.push_back(TRY(parameter_value(message.parameters[i], type, format)));
  }
  portal.parameter_bytes = frame.body.size();
  TRY_VOID(prepared_.add_portal(std::string(message.portal), std::move(portal)));
  MessageWriter(wire_.out(), '2');
  return {};
}

Status Conversation::describe(const Frame& frame) {
  const TargetMessage message = TRY(parse_target(frame.body));
  std::shared_ptr<const Prepared> statement;
  Formats formats;  // not known yet where it is a statement
  if (message.kind == 'S') {
    statement = TRY(session_.prepared_statements().find(std::string(message.name)));
    MessageWriter parameters(wire_.out(), 't');
    parameters.be(static_cast<uint16_t>(statement->description.parameters.size()));
    for (const Type& type : statement->description.parameters) {
      parameters.be(wire_type(type).oid);
    }
  } else {
    const Portal* portal = TRY(prepared_.portal(std::string(message.name)));
    statement = portal->statement;
    formats = portal->formats;
  }
  if (statement->description.has_rows) {
    append_row_description(wire_.out(), statement->description.schema, formats);
  } else {
    MessageWriter(wire_.out(), 'n');
  }
  return {};
}

Status Conversation::execute(const Frame& frame) {
  const ExecuteMessage message = TRY(parse_execute(frame.body));
  Portal& portal = *TRY(prepared_.portal(std::string(message.portal)));
  text_ = portal.statement->sql;
  if (portal.statement->blank) {
    MessageWriter(wire_.out(), 'I');
    return {};
  }
  if (portal.finished && !(portal.result && portal.result->has_rows)) {
    return Error(ErrorKind::kInvalidStatement, 1638,
                 fmt::format("portal \"{}\" cannot be run", message.portal))
        .sqlstate("55000");
  }
  if (!portal.result) TRY_VOID(first_execution(portal));
  if (!portal.result) return {};
  return send_rows(portal, message.max_rows);
}

// Leaves no result where the statement was a COPY: that has answered already.
Status Conversation::first_execution(Portal& portal) {
  engine::StatementResult result = TRY(session_.execute_prepared(*portal.statement, portal.parameters));
  if (result.copy_in) {
    portal.finished = true;
    return copy_in(*result.copy_in);
  }
  portal.result = std::move(result);
  for (const std::string& notice : portal.result->notices) append_notice(wire_.out(), notice);
  portal.cursor.emplace(*portal.result);
  return {};
}

Status Conversation::send_rows(Portal& portal, uint32_t max_rows) {
  const engine::StatementResult& result = *portal.result;
  uint64_t sent = 0;
  if (result.is_copy) TRY_VOID(send_copy(result));
  if (result.has_rows) {
    bool more = false;
    do {
      RowCursor& cursor = *portal.cursor;
      for (; !cursor.at_end() && (max_rows == 0 || sent < max_rows); cursor.next(), ++sent) {
        append_data_row(wire_.out(), cursor, portal.formats);
        TRY_VOID(wire_.flush_if_full());
      }
      if (!cursor.at_end()) {
        MessageWriter(wire_.out(), 's');
        return {};
      }
      more = result.stream && TRY(take_more(portal));
      // A client that asked for a number of rows is answered with those that are there.
      if (more && max_rows > 0 && sent > 0 && portal.cursor->at_end()) {
        MessageWriter(wire_.out(), 's');
        return {};
      }
    } while (more);
  }
  portal.finished = true;
  // As PostgreSQL counts: the rows of this Execute.
  complete(result.tag.starts_with("SELECT ") ? fmt::format("SELECT {}", sent) : result.tag);
  return {};
}

// False: the stream has ended.
Result<bool> Conversation::take_more(Portal& portal) {
  TRY_VOID(wire_.flush_to_peer());
  std::optional<Batch> rows = TRY(portal.result->stream->next());
  if (!rows) return false;
  portal.result->batches.assign(1, std::move(*rows));
  portal.cursor.emplace(*portal.result);
  return true;
}

Status Conversation::close(const Frame& frame) {
  const TargetMessage message = TRY(parse_target(frame.body));
  if (message.kind == 'S') {
    prepared_.close_statement(std::string(message.name));
  } else {
    prepared_.close_portal(std::string(message.name));
  }
  MessageWriter(wire_.out(), '3');
  return {};
}

Status Conversation::copy_in(engine::CopyIn& copy) {
  announce_copy('G', copy.columns());
  TRY_VOID(wire_.flush());
  return send_result(TRY(receive_copy(copy)));
}

Result<engine::StatementResult> Conversation::receive_copy(engine::CopyIn& copy) {
  for (;;) {
    const auto frame = TRY(wire_.read());
    if (!frame) return Error(ErrorKind::kUnavailable, 1610, "the client has left");
    switch (frame->type) {
      case 'd':
        TRY_VOID(copy.data(frame->body));
        break;
      case 'c':
        return copy.finish();
      case 'f':
        return Error(ErrorKind::kCancelled, 1636,
                     fmt::format("COPY from stdin failed: {}", TRY(parse_string(frame->body))))
            .sqlstate("57014");
      case 'H':
      case 'S':
        break;
      default:
        return Error(ErrorKind::kInvalidStatement, 1620,
                     fmt::format("unexpected message type {} during COPY from stdin",
                                 static_cast<uint8_t>(frame->type)))
            .sqlstate("08P01");
    }
  }
}

}  // namespace weir::pgwire
