#include "http/guard.h"

#include <arpa/inet.h>

#include <fmt/core.h>

namespace weir::http {

namespace {

// Without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// An address cannot be rebound; a name can, except the one that means this machine everywhere.
bool is_trusted(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  in6_addr address;
  std::string text(host);
  if (::inet_pton(AF_INET, text.c_str(), &address) == 1) return true;
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Status check_caller(const Request& request) {
  const std::string_view host = request.header("host");
  if (!is_trusted(host_of(host))) {
    return Error(ErrorKind::kPermission, 1655, fmt::format("this is not the host \"{}\"", host))
        .detail("Requests must name the server by address or as localhost.")
        .hint("use http://127.0.0.1 or http://localhost with the port");
  }
  const std::string_view origin = request.header("origin");
  const std::string_view site = request.header("sec-fetch-site");
  const bool other_origin = !origin.empty() && origin != fmt::format("http://{}", host) &&
                            origin != fmt::format("https://{}", host);
  // A link followed from elsewhere is a navigation and shows the page; anything else is a script.
  const bool other_site = (site == "cross-site" || site == "same-site") &&
                          request.header("sec-fetch-mode") != "navigate";
  if (!other_origin && !other_site) return {};
  return Error(ErrorKind::kPermission, 1656, "requests of other sites are not answered")
      .detail(fmt::format("The request came from {}.", origin.empty() ? site : origin));
}

}  // namespace weir::http
