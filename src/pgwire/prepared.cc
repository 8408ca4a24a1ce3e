#include "pgwire/prepared.h"

#include <fmt/core.h>

namespace weir::pgwire {

namespace {

Error too_many() {
  return Error(ErrorKind::kOutOfMemory, 1637, "too many prepared statements or portals are open")
      .hint("close those that are no longer used")
      .sqlstate("54000");
}

// Behind a comment that begins at `at` (nested ones too); npos: it does not end.
size_t end_of_block_comment(std::string_view sql, size_t at) {
  int depth = 0;
  while (at + 1 < sql.size()) {
    const std::string_view two = sql.substr(at, 2);
    if (two == "/*") {
      ++depth;
      at += 2;
    } else if (two == "*/") {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

size_t blank_prefix(std::string_view sql) {
  size_t at = 0;
  while (at < sql.size()) {
    const std::string_view two = sql.substr(at, 2);
    if (std::string_view(" \t\n\r\f\v;").find(sql[at]) != std::string_view::npos) {
      ++at;
    } else if (two == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (two == "/*") {
      const size_t end = end_of_block_comment(sql, at);
      if (end == std::string_view::npos) return at;
      at = end;
    } else {
      return at;
    }
  }
  return at;
}

Result<Portal*> PreparedObjects::add_portal(const std::string& name, Portal portal) {
  if (name.empty()) {
    close_portal(name);
  } else if (portals_.count(name) != 0) {
    return Error(ErrorKind::kAlreadyExists, 1630, fmt::format("portal \"{}\" already exists", name))
        .sqlstate("42P03");
  }
  if (portals_.size() >= kMaxObjects || bytes_ + portal.parameter_bytes > kMaxBytes) {
    return too_many();
  }
  bytes_ += portal.parameter_bytes;
  return (portals_[name] = std::make_unique<Portal>(std::move(portal))).get();
}

Result<Portal*> PreparedObjects::portal(const std::string& name) {
  const auto it = portals_.find(name);
  if (it != portals_.end()) return it->second.get();
  return Error(ErrorKind::kNotFound, 1629, fmt::format("portal \"{}\" does not exist", name))
      .sqlstate("34000");
}

void PreparedObjects::close_statement(const std::string& name) {
  const auto statement = statements_.find(name);
  if (!statement) return;
  std::erase_if(portals_, [&](const auto& entry) {
    if (entry.second->statement != *statement) return false;
    bytes_ -= entry.second->parameter_bytes;
    return true;
  });
  statements_.remove(name);
}

void PreparedObjects::close_portal(const std::string& name) {
  const auto it = portals_.find(name);
  if (it == portals_.end()) return;
  bytes_ -= it->second->parameter_bytes;
  portals_.erase(it);
}

void PreparedObjects::close_portals() {
  for (const auto& [name, portal] : portals_) bytes_ -= portal->parameter_bytes;
  portals_.clear();
}

}  // namespace weir::pgwire
