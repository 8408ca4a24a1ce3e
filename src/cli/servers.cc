#include "cli/servers.h"

#include <unistd.h>

#include <fmt/core.h>

#include "base/log.h"
#include "cli/running.h"
#include "engine/project_session.h"
#include "http/server.h"
#include "pgwire/server.h"

namespace weir::cli {

namespace {

// A port that is taken is no reason not to run the project: another one is, and it is said.
template <class Server, class Peer>
Result<std::unique_ptr<Server>> start_or_elsewhere(Peer& peer, std::string address,
                                                   std::string* notice) {
  io::ListenOptions options;
  options.address = address;
  Result<std::unique_ptr<Server>> server = Server::start(peer, options);
  if (server || server.error().kind() != ErrorKind::kLocked) return server;
  options.address = address.substr(0, address.rfind(':')) + ":0";
  server = Server::start(peer, options);
  if (server) *notice += fmt::format("{} is in use\n", address);
  return server;
}

}  // namespace

struct Servers::Rep {
  Rep(Context& c, engine::Engine& e)
      : context(c), sessions(e), backend(http::make_backend(e)), state_dir(e.state_dir()) {}

  Context& context;
  engine::ProjectSessions sessions;
  std::unique_ptr<http::Backend> backend;
  std::string state_dir;
  std::unique_ptr<pgwire::Server> postgres;
  std::unique_ptr<http::Server> http;
  std::string notice;

};

Servers::Servers(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Servers::~Servers() { stop(); }

Result<std::unique_ptr<Servers>> Servers::start(Context& context, engine::Engine& engine) {
  std::unique_ptr<Servers> servers(new Servers(std::make_unique<Rep>(context, engine)));
  Rep& rep = *servers->rep_;
  const project::Settings& settings = engine.project().settings;
  rep.postgres = TRY(start_or_elsewhere<pgwire::Server>(rep.sessions, settings.listen_postgres,
                                                        &rep.notice));
  rep.http = TRY(start_or_elsewhere<http::Server>(*rep.backend, settings.listen_http, &rep.notice));
  TRY_VOID(context.files.write_atomically(
      run_file(rep.state_dir),
      run_file_text(getpid(), {rep.postgres->address(), rep.http->address()})));
  return servers;
}

std::string Servers::description() const {
  const uint16_t port = rep_->postgres->port();
  return rep_->notice +
         fmt::format("HTTP        http://{}/\nPostgreSQL  psql -h 127.0.0.1 -p {} weir\n",
                     rep_->http->address(), port);
}

void Servers::stop() {
  if (!rep_ || !rep_->postgres) return;
  if (rep_->http) rep_->http->stop();
  rep_->postgres->stop();
  rep_->http.reset();
  rep_->postgres.reset();
  if (const Status removed = rep_->context.files.remove(run_file(rep_->state_dir)); !removed) {
    log_debug("run.json is gone already");
  }
}

}  // namespace weir::cli
