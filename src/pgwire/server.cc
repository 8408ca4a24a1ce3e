#include "pgwire/server.h"

#include "base/log.h"
#include "pgwire/conversation.h"
#include "pgwire/report.h"
#include "pgwire/startup.h"

namespace weir::pgwire {

namespace {

constexpr auto kCancelAgain = std::chrono::milliseconds(20);

bool is_of_connection(const Error& error) { return error.code() == 1606 || error.code() == 1607; }

void say_goodbye(Wire& wire, const Error& error) {
  if (wire.broken() || is_of_connection(error)) return;
  if (error.code() == 1605) {
    const Error stopped = Error(ErrorKind::kCancelled, 1609,
                                "terminating connection due to administrator command")
                              .sqlstate("57P01");
    append_error(wire.out(), stopped, Severity::kFatal, "");
  } else {
    append_error(wire.out(), error, Severity::kFatal, "");
  }
  if (const Status status = wire.flush(); !status) {
    log_debug("a client left early", {{"reason", status.error().to_string()}});
  }
}

// In the list while it lives: the list must not know a session that has gone.
class OpenSession {
 public:
  OpenSession(Sessions& sessions, std::unique_ptr<engine::Session> session)
      : sessions_(sessions), session_(std::move(session)), key_(sessions_.add(*session_)) {}
  ~OpenSession() { sessions_.remove(key_); }
  OpenSession(const OpenSession&) = delete;
  OpenSession& operator=(const OpenSession&) = delete;
  engine::Session& session() { return *session_; }
  const SessionKey& key() const { return key_; }

 private:
  Sessions& sessions_;
  std::unique_ptr<engine::Session> session_;
  SessionKey key_;
};

Status converse(Wire& wire, engine::SessionFactory& factory, Sessions& sessions) {
  const std::optional<Login> login = TRY(read_login(wire, sessions));
  if (!login) return {};
  OpenSession open(sessions, TRY(factory.connect(login->user, login->database)));
  append_greeting(wire.out(), *login, open.key());
  return Conversation(wire, open.session()).run();
}

}  // namespace

void serve_connection(io::Connection& connection, engine::SessionFactory& factory,
                      Sessions& sessions) {
  Wire wire(connection);
  const Status status = converse(wire, factory, sessions);
  if (status) return;
  log_debug("a PostgreSQL connection ended",
            {{"peer", connection.peer()}, {"reason", status.error().to_string()}});
  say_goodbye(wire, status.error());
}

struct Server::Rep {
  Sessions sessions;
  std::unique_ptr<io::TcpServer> tcp;
};

Server::Server(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(engine::SessionFactory& factory,
                                              const io::ListenOptions& options) {
  auto rep = std::make_unique<Rep>();
  Sessions& sessions = rep->sessions;
  io::TcpServer::Handlers handlers;
  handlers.serve = [&factory, &sessions](io::Connection& connection) {
    serve_connection(connection, factory, sessions);
  };
  handlers.refuse = [](io::Connection& connection) {
    Wire wire(connection);
    say_goodbye(wire, Error(ErrorKind::kUnavailable, 1626, "sorry, too many clients already")
                          .sqlstate("53300"));
  };
  rep->tcp = TRY(io::TcpServer::start(options, std::move(handlers)));
  return std::unique_ptr<Server>(new Server(std::move(rep)));  // NOLINT: private constructor
}

uint16_t Server::port() const { return rep_->tcp->port(); }
std::string Server::address() const { return rep_->tcp->address(); }

// A statement may begin just after the others were cancelled: it is asked until all have ended.
void Server::stop() {
  std::atomic<bool> stopped = false;
  std::thread canceller([&] {
    while (!stopped) {
      rep_->sessions.cancel_all();
      std::this_thread::sleep_for(kCancelAgain);
    }
  });
  rep_->tcp->stop();
  stopped = true;
  canceller.join();
}

}  // namespace weir::pgwire
