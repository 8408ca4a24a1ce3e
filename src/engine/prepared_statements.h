// The prepared statements of a session, by name: PREPARE's and those of the wire protocol alike, as
// clients mix the two (DEALLOCATE of what Parse has made). Bounded in number and bytes. One thread.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "data/batch.h"

namespace weir::engine {

struct StatementDescription {
  std::vector<Type> parameters;   // of $1, $2, ...
  bool has_rows = false;
  Schema schema;
};

struct PreparedStatement {
  std::string sql;
  StatementDescription description;
  std::vector<Type> declared;  // parameters, by the client; may be fewer than there are
  bool blank = false;          // nothing but blanks and comments

  // Of a parameter that nobody has given a type: text, which as an untyped literal becomes what the
  // statement needs.
  bool is_untyped(size_t parameter) const;
  // Clients read rows by the description that they were given. Errors: 0A000 these are others, as
  // what the statement reads was altered since.
  Status refuse_other_columns(const Schema& now) const;
};

class PreparedStatements {
 public:
  // The unnamed one replaces the one before. Errors: 42P05, 54000 (too many).
  Status add(const std::string& name, PreparedStatement statement);
  // Errors: 26000.
  Result<std::shared_ptr<const PreparedStatement>> find(const std::string& name) const;
  void remove(const std::string& name);
  void clear();

 private:
  static constexpr size_t kMaxStatements = 10'000;
  static constexpr size_t kMaxBytes = 128u << 20;

  std::unordered_map<std::string, std::shared_ptr<const PreparedStatement>> statements_;
  size_t bytes_ = 0;  // of texts
};

}  // namespace weir::engine
