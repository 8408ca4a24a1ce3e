// A session: what a client connection (PostgreSQL wire, HTTP query, the shell) may do, whatever
// stands behind it: the running project (read only) or the scratch engine of `weir sql`.
//
// Threads: a session is used by one thread at a time; different sessions in parallel.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/value.h"
#include "engine/prepared_statements.h"

namespace weir {
class TimeZone;  // data/time_zone.h
}

namespace weir::engine {

struct StatementResult;

// COPY table FROM STDIN, once begun: bytes as the client sends them.
class CopyIn {
 public:
  virtual ~CopyIn() = default;
  virtual Status data(std::string_view bytes) = 0;
  virtual Result<StatementResult> finish() = 0;  // destroying it without finish() cancels
  virtual size_t columns() const = 0;            // of a row
};

// Rows of a statement that has no end (SUBSCRIBE): those behind the ones of its result.
class RowStream {
 public:
  virtual ~RowStream() = default;
  // What has come, waiting a moment for it; without rows: nothing has. nullopt: the end.
  virtual Result<std::optional<Batch>> next() = 0;
};

// The same as lines, of COPY (SUBSCRIBE ...) TO STDOUT.
class LineStream {
 public:
  virtual ~LineStream() = default;
  virtual Result<std::optional<std::vector<std::string>>> next() = 0;
};

struct StatementResult {
  bool has_rows = false;          // SELECT, EXPLAIN, SHOW, RETURNING: schema and batches count
  Schema schema;
  std::vector<Batch> batches;     // all weights +1 (a row of weight n stands n times), in order
  std::string tag;                // PostgreSQL's command tag: "SELECT 3", "INSERT 0 1", "BEGIN"
  std::vector<std::string> notices;
  bool is_copy = false;           // COPY ... TO STDOUT: these lines are the answer
  std::vector<std::string> copy_lines;
  std::unique_ptr<CopyIn> copy_in;  // COPY ... FROM STDIN: wants the rows, and answers then
  std::unique_ptr<RowStream> stream;
  std::unique_ptr<LineStream> copy_stream;
  std::shared_ptr<const TimeZone> zone;  // in which the text of timestamptz is; null: UTC
  uint64_t rows() const;
};

enum class TransactionState : char { kIdle = 'I', kOpen = 'T', kFailed = 'E' };

class Session {
 public:
  virtual ~Session() = default;

  // The statements of a text, one after another, in one implicit transaction where none is open.
  // Each result is handed over as it is ready; the first error ends it. Empty text: no result.
  using OnResult = std::function<Status(StatementResult)>;
  virtual Status execute(std::string_view sql, const OnResult& on_result) = 0;

  // One statement with parameters. `types` may be shorter than the parameters, or kUnknown.
  virtual Result<StatementDescription> describe(std::string_view sql,
                                                const std::vector<Type>& types) = 0;
  virtual Result<StatementResult> execute_prepared(const PreparedStatement& prepared,
                                                   const std::vector<Value>& parameters) = 0;

  virtual TransactionState transaction_state() const = 0;
  virtual void cancel() {}  // from another thread: ends what runs, SQLSTATE 57014

  // For completion and \d: names of relations, with their columns and what they are.
  struct Relation {
    std::string schema;         // "public"
    std::string name;
    std::string kind;           // "table", "view", "materialized view", "stream"
    Schema columns;
    std::vector<std::string> key;
    std::string definition;     // SQL of a view
  };
  virtual std::vector<Relation> relations() = 0;

  PreparedStatements& prepared_statements() { return prepared_statements_; }

 private:
  PreparedStatements prepared_statements_;
};

// Makes sessions for connections. Any thread.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  virtual Result<std::unique_ptr<Session>> connect(const std::string& user,
                                                   const std::string& database) = 0;
};

}  // namespace weir::engine
