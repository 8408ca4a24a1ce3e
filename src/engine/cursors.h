// The cursors of a session. The rows of a cursor are those of its query at DECLARE, kept until it
// is closed; those of a SUBSCRIBE come as they are fetched, forward alone. One thread.
#pragma once
#include <map>

#include "engine/session.h"
#include "sql/ast.h"

namespace weir::engine {

class Cursors {
 public:
  // Errors: 42P03 the name is taken, 54000 too many.
  Status declare(const std::string& name, const sql::CursorUse& use, StatementResult result);
  // FETCH and MOVE. Errors: 34000 no such cursor, 55000 it goes forward alone.
  Result<StatementResult> fetch(const std::string& name, const sql::CursorUse& use);
  Result<Schema> schema(const std::string& name);
  Status close(const std::string& name);
  void close_all() { cursors_.clear(); }
  // What was declared WITH HOLD stays, unless the transaction that declared it is rolled back.
  void end_transaction(bool commits);
  void begin_transaction() { in_transaction_ = true; }
  // At a savepoint, and at the way back: what was declared since is closed.
  uint64_t declared() const { return declared_; }
  void go_back(uint64_t declared);

 private:
  struct Cursor {
    Schema schema;
    Batch rows;
    std::unique_ptr<RowStream> stream;
    bool forward_only = false;
    bool hold = false;
    bool is_new = false;     // of the transaction that is open
    uint64_t number = 0;     // in the order of DECLARE
    int64_t position = 0;    // 0: before the first row; rows + 1: behind the last
  };
  static constexpr size_t kMaxCursors = 1000;

  Result<Cursor*> find(const std::string& name);
  static Result<std::vector<uint32_t>> move(Cursor& cursor, const sql::CursorUse& use);
  static Result<Batch> take(Cursor& cursor, const sql::CursorUse& use);

  std::map<std::string, Cursor> cursors_;
  bool in_transaction_ = false;
  uint64_t declared_ = 0;  // ever
};

}  // namespace weir::engine
