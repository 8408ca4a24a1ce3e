// The ports of a running project: PostgreSQL and HTTP where the project says so. The ports that
// were taken stand in `run.json` in the state folder, for the verbs that talk to what runs.
#pragma once
#include <memory>
#include <string>

#include "cli/verb.h"
#include "engine/engine.h"

namespace weir::cli {

class Servers {
 public:
  static Result<std::unique_ptr<Servers>> start(Context& context, engine::Engine& engine);
  ~Servers();
  std::string description() const;  // one line a port, for people
  void stop();

 private:
  struct Rep;
  explicit Servers(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace weir::cli
