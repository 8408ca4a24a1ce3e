#include "engine/prepared_statements.h"

#include <algorithm>

#include <fmt/core.h>

namespace weir::engine {

bool PreparedStatement::is_untyped(size_t parameter) const {
  const TypeId described = description.parameters[parameter].id;
  const bool is_declared =
      parameter < declared.size() && declared[parameter].id != TypeId::kUnknown;
  return !is_declared && (described == TypeId::kText || described == TypeId::kUnknown);
}

Status PreparedStatement::refuse_other_columns(const Schema& now) const {
  const auto same = [](const Field& told, const Field& is) {
    const TypeId type = is.type.id == TypeId::kUnknown ? TypeId::kText : is.type.id;
    const bool as_told = told.type.id == type || told.type.id == TypeId::kUnknown;
    return told.name == is.name && as_told;
  };
  const std::vector<Field>& told = description.schema.fields;
  if (std::equal(told.begin(), told.end(), now.fields.begin(), now.fields.end(), same)) return {};
  return Error(ErrorKind::kInvalidStatement, 1740, "cached plan must not change result type")
      .detail("What the statement reads was altered after it had been prepared.")
      .hint("prepare it again")
      .sqlstate("0A000");
}

Status PreparedStatements::add(const std::string& name, PreparedStatement statement) {
  if (name.empty()) {
    remove(name);
  } else if (statements_.count(name) != 0) {
    return Error(ErrorKind::kAlreadyExists, 1628,
                 fmt::format("prepared statement \"{}\" already exists", name))
        .sqlstate("42P05");
  }
  const size_t bytes = statement.sql.size();
  if (statements_.size() >= kMaxStatements || bytes_ + bytes > kMaxBytes) {
    return Error(ErrorKind::kOutOfMemory, 1637, "too many prepared statements or portals are open")
        .hint("close those that are no longer used")
        .sqlstate("54000");
  }
  bytes_ += bytes;
  statements_[name] = std::make_shared<const PreparedStatement>(std::move(statement));
  return {};
}

Result<std::shared_ptr<const PreparedStatement>> PreparedStatements::find(
    const std::string& name) const {
  const auto it = statements_.find(name);
  if (it != statements_.end()) return it->second;
  return Error(ErrorKind::kNotFound, 1627,
               name.empty() ? "unnamed prepared statement does not exist"
                            : fmt::format("prepared statement \"{}\" does not exist", name))
      .sqlstate("26000");
}

void PreparedStatements::remove(const std::string& name) {
  const auto it = statements_.find(name);
  if (it == statements_.end()) return;
  bytes_ -= it->second->sql.size();
  statements_.erase(it);
}

void PreparedStatements::clear() {
  statements_.clear();
  bytes_ = 0;
}

}  // namespace weir::engine
