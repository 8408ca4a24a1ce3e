// The oracle: one connection to a private PostgreSQL, whose answers are compared as text.
#pragma once
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace weir::differ {

using Rows = std::vector<std::string>;  // columns joined by |, sorted

class Postgres {
 public:
  explicit Postgres(const std::string& socket_dir);  // ends the process where nobody answers
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  // The SQLSTATE and message, or "". Appends the rows of a SELECT.
  std::string run(const std::string& sql, Rows* rows);
  // A statement by a name, with the names and types of its columns ("a integer, b text").
  std::string prepare(const std::string& name, const std::string& sql, std::string* columns);
  struct Answer {
    std::string error;
    Rows rows;
  };
  // Prepared statements at once, each a transaction of its own.
  std::vector<Answer> answers(const std::vector<std::string>& prepared);
  // A schema of its own, empty, with the settings that the text forms rest on.
  // Its now() is what set_now, a statement, makes it.
  void fresh_schema();
  static std::string set_now(int64_t micros);

 private:
  pg_conn* connection_;
};

// A quoted literal, or null.
std::string quoted(const std::optional<std::string>& text);
// What is missing and what is too much, or "".
std::string difference(const Rows& theirs, const Rows& ours);

}  // namespace weir::differ
