#include "http/api.h"

#include <fmt/core.h>

namespace weir::http {

namespace {

struct Route {
  std::string_view method;
  std::string_view path;  // {name}: any one segment
  Answer (*carry_out)(Call&);
};

constexpr Route kRoutes[] = {
    {"POST", "/v1/streams/{name}", push_rows},
    {"POST", "/v1/query", run_query},
    {"POST", "/v1/letters/{name}", judge_letters},
    {"GET", "/v1/status", show_status},
    {"GET", "/v1/views", list_views},
    {"GET", "/v1/views/{name}", view_rows},
    {"GET", "/v1/views/{name}/changes", view_changes},
    {"GET", "/metrics", show_metrics},
    {"GET", "/healthz", show_health},
    {"GET", "/readyz", show_health},
    {"GET", "/", show_page},
    {"GET", "/page.css", show_page},
    {"GET", "/page.js", show_page},
};

bool matches(const Route& route, const std::vector<std::string>& path, std::string& name) {
  std::string_view pattern = route.path;
  size_t at = 0;
  while (pattern.size() > 1) {
    pattern.remove_prefix(1);
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(segment.size());
    if (at == path.size()) return false;
    if (segment == "{name}") {
      name = path[at];
    } else if (segment != path[at]) {
      return false;
    }
    ++at;
  }
  return at == path.size();
}

Error no_such_path(const Request& request) {
  std::string known;
  for (const Route& route : kRoutes) {
    if (route.path.starts_with("/page")) continue;
    known += (known.empty() ? "" : ", ") + std::string(route.path);
  }
  return Error(ErrorKind::kNotFound, 1653,
               fmt::format("there is nothing at {}", request.target.substr(0, 200)))
      .detail(fmt::format("Paths are {}.", known));
}

}  // namespace

Answer answer(const Request& request, Backend& backend, io::Connection& connection) {
  const std::string_view asked = request.method;
  const std::string_view method = asked == "HEAD" ? "GET" : asked;
  std::string_view allowed;
  for (const Route& route : kRoutes) {
    Call call{request, backend, connection, ""};
    if (!matches(route, request.path, call.name)) continue;
    if (route.method == method) return route.carry_out(call);
    allowed = route.method;
  }
  if (allowed.empty()) return no_such_path(request);
  Response refusal = error_response(
      Error(ErrorKind::kInvalidUsage, 1654,
            fmt::format("{} is not possible here", request.method.substr(0, 20)))
          .hint(fmt::format("use {}", allowed)));
  refusal.headers.emplace_back("Allow", allowed == "GET" ? "GET, HEAD" : std::string(allowed));
  return std::optional(std::move(refusal));
}

}  // namespace weir::http
