#include "cli/servers.h"

namespace weir::cli {

struct Servers::Rep {};

Servers::Servers(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Servers::~Servers() { stop(); }

Result<std::unique_ptr<Servers>> Servers::start(Context&, engine::Engine&) {
  return std::unique_ptr<Servers>(new Servers(std::make_unique<Rep>()));
}

std::string Servers::description() const { return ""; }
void Servers::stop() {}

}  // namespace weir::cli
