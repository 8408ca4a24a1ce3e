// A client's statements, from the greeting to its goodbye: the simple and the extended protocol
// over one session. An error of a statement is told and the conversation goes on (in the extended
// protocol from the next Sync); one of the framing, or of the connection, ends it. One thread.
#pragma once
#include <string>

#include "pgwire/prepared.h"
#include "pgwire/wire.h"

namespace weir::pgwire {

class Conversation {
 public:
  Conversation(Wire& wire, engine::Session& session)
      : wire_(wire), session_(session), prepared_(session.prepared_statements()) {}
  // Until the client leaves. An error ends the connection and is for the client.
  Status run();

 private:
  Status take(const Frame& frame);
  Status take_extended(const Frame& frame);

  Status simple_query(const Frame& frame);
  Status parse(const Frame& frame);
  Status bind(const Frame& frame);
  Status describe(const Frame& frame);
  Status execute(const Frame& frame);
  Status close(const Frame& frame);
  Status sync();

  Status first_execution(Portal& portal);
  Status send_rows(Portal& portal, uint32_t max_rows);
  Status send_result(const engine::StatementResult& result);
  Status send_copy(const engine::StatementResult& result);
  void announce_copy(char type, size_t columns);
  Status copy_in(engine::CopyIn& copy);
  Status send_stream(const engine::StatementResult& result);
  Result<bool> take_more(Portal& portal);
  Result<engine::StatementResult> receive_copy(engine::CopyIn& copy);
  Status ready();
  void complete(std::string_view tag);

  Wire& wire_;
  engine::Session& session_;
  PreparedObjects prepared_;
  std::string text_;               // of the statement at hand: errors point into it
  bool skip_until_sync_ = false;
};

}  // namespace weir::pgwire
