#include "http/server.h"

#include "base/log.h"
#include "http/api.h"
#include "http/guard.h"

namespace weir::http {

namespace {

Status write_response(io::Connection& connection, const Response& response, bool with_body,
                      bool keep_alive) {
  std::string text = head_of(response, response.body.size(), keep_alive);
  if (with_body) text += response.body;
  return connection.write(text);
}

Answer checked_answer(const Request& request, Backend& backend, io::Connection& connection) {
  TRY_VOID(check_caller(request));
  return answer(request, backend, connection);
}

// False: the connection is over.
Result<bool> serve_one(RequestReader& reader, io::Connection& connection, Backend& backend) {
  Result<std::optional<Request>> request = reader.next();
  if (!request) {
    const uint16_t code = request.error().code();
    if (code < 1650) return std::move(request).error();  // of the connection
    TRY_VOID(write_response(connection, error_response(request.error()), true, false));
    reader.drain();
    return false;
  }
  if (!*request) return false;
  const bool keep_alive = (*request)->keep_alive && !connection.stopping();
  const bool with_body = (*request)->method != "HEAD";
  Answer result = checked_answer(**request, backend, connection);
  if (result && !*result) return false;
  const Response response = result ? std::move(**result) : error_response(result.error());
  TRY_VOID(write_response(connection, response, with_body, keep_alive));
  return keep_alive;
}

}  // namespace

void serve_connection(io::Connection& connection, Backend& backend, BodyBudget& budget) {
  RequestReader reader(connection, budget);
  for (;;) {
    const Result<bool> more = serve_one(reader, connection, backend);
    if (!more) {
      log_debug("an HTTP connection ended",
                {{"peer", connection.peer()}, {"reason", more.error().to_string()}});
    }
    if (!more || !*more) return;
  }
}

Server::~Server() {
  if (tcp_) stop();
}

Result<std::unique_ptr<Server>> Server::start(Backend& backend, const io::ListenOptions& options) {
  std::unique_ptr<Server> server(new Server());  // NOLINT: private constructor
  io::TcpServer::Handlers handlers;
  handlers.serve = [&backend, &budget = server->budget_](io::Connection& connection) {
    serve_connection(connection, backend, budget);
  };
  handlers.refuse = [](io::Connection& connection) {
    const Error error(ErrorKind::kUnavailable, 1663, "too many connections are open");
    const Status sent = write_response(connection, error_response(error), true, false);
    if (!sent) log_debug("a client left early", {{"reason", sent.error().to_string()}});
  };
  server->tcp_ = TRY(io::TcpServer::start(options, std::move(handlers)));
  return server;
}

uint16_t Server::port() const { return tcp_->port(); }
std::string Server::address() const { return tcp_->address(); }
void Server::stop() { tcp_->stop(); }

}  // namespace weir::http
