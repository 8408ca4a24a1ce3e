// Sessions over a running project: everything can be read, nothing written (rows come by sources).
#pragma once
#include "engine/engine.h"
#include "engine/session.h"

namespace weir::engine {

class ProjectSessions final : public SessionFactory {
 public:
  explicit ProjectSessions(Engine& engine) : engine_(engine) {}
  Result<std::unique_ptr<Session>> connect(const std::string& user,
                                           const std::string& database) override;

 private:
  Engine& engine_;
};

}  // namespace weir::engine
