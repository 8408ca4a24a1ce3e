// The portals of one connection, by name, within bounds: what a client may keep in the server is
// limited in number and bytes. Prepared statements are the session's.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/session.h"
#include "pgwire/rows.h"

namespace weir::pgwire {

using Prepared = engine::PreparedStatement;

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
  explicit PreparedObjects(engine::PreparedStatements& statements) : statements_(statements) {}
  // The unnamed one replaces the one before. Errors: 42P03 (the name is taken), 54000 (too many).
  Result<Portal*> add_portal(const std::string& name, Portal portal);
  // Errors: 34000.
  Result<Portal*> portal(const std::string& name);
  void close_statement(const std::string& name);   // and its portals
  void close_portal(const std::string& name);
  void close_portals();

 private:
  static constexpr size_t kMaxObjects = 10'000;
  static constexpr size_t kMaxBytes = 128u << 20;

  engine::PreparedStatements& statements_;
  std::unordered_map<std::string, std::unique_ptr<Portal>> portals_;
  size_t bytes_ = 0;  // of parameters
};

// Bytes of blanks, comments and semicolons before the first statement.
size_t blank_prefix(std::string_view sql);

}  // namespace weir::pgwire
