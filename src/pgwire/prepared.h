// Prepared statements and portals of one connection, by name, within bounds: what a client may keep
// in the server is limited in number and bytes.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/session.h"
#include "pgwire/rows.h"

namespace weir::pgwire {

struct Prepared {
  std::string sql;
  engine::StatementDescription description;
  std::vector<Type> declared;  // parameters, by the client; may be fewer than there are
  bool blank = false;  // nothing but blanks and comments
};

struct Portal {
  std::shared_ptr<const Prepared> statement;
  std::vector<Value> parameters;
  size_t parameter_bytes = 0;
  Formats formats;  // of the results
  std::optional<engine::StatementResult> result;  // once it was executed
  std::optional<RowCursor> cursor;                // into it
  bool finished = false;
};

class PreparedObjects {
 public:
  // The unnamed one replaces the one before. Errors: 42P05, 42P03 (the name is taken), 54000 (too
  // many).
  Status add_statement(const std::string& name, Prepared prepared);
  Result<Portal*> add_portal(const std::string& name, Portal portal);
  // Errors: 26000, 34000.
  Result<std::shared_ptr<const Prepared>> statement(const std::string& name) const;
  Result<Portal*> portal(const std::string& name);
  void close_statement(const std::string& name);   // and its portals
  void forget_statement(const std::string& name);  // portals made of it live on
  void close_portal(const std::string& name);
  void close_portals();

 private:
  static constexpr size_t kMaxObjects = 10'000;
  static constexpr size_t kMaxBytes = 256u << 20;

  std::unordered_map<std::string, std::shared_ptr<const Prepared>> statements_;
  std::unordered_map<std::string, std::unique_ptr<Portal>> portals_;
  size_t bytes_ = 0;  // of texts and parameters
};

// Bytes of blanks, comments and semicolons before the first statement.
size_t blank_prefix(std::string_view sql);

}  // namespace weir::pgwire
