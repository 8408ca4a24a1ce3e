// The paths of the HTTP port, each a function from a request to a response. One that goes on for
// long (server-sent events) writes to the connection itself and answers nothing.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "http/backend.h"
#include "http/message.h"
#include "io/tcp_server.h"

namespace weir::http {

struct Call {
  const Request& request;
  Backend& backend;
  io::Connection& connection;
  std::string name;  // what stands for {name} in the path
};

// nullopt: the answer has been written, and the connection ends with it.
using Answer = Result<std::optional<Response>>;

// Finds the path and carries it out. Errors: 1653 (no such path), 1654 (not with this method), and
// those of the paths.
Answer answer(const Request& request, Backend& backend, io::Connection& connection);

Answer push_rows(Call& call);      // POST /v1/streams/{name}
Answer run_query(Call& call);      // POST /v1/query
Answer judge_letters(Call& call);  // POST /v1/letters/{name}
Answer show_status(Call& call);    // GET /v1/status
Answer list_views(Call& call);     // GET /v1/views
Answer view_rows(Call& call);      // GET /v1/views/{name}
Answer view_changes(Call& call);   // GET /v1/views/{name}/changes
Answer show_metrics(Call& call);   // GET /metrics
Answer show_health(Call& call);    // GET /healthz, GET /readyz
Answer show_page(Call& call);      // GET / and its parts

// The relation of a name; 1659 with the nearest name that there is.
Result<engine::Session::Relation> find_view(Backend& backend, const std::string& name);

}  // namespace weir::http
