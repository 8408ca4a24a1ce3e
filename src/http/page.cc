#include <fmt/core.h>

#include "http/api.h"
#include "http/page_files.h"

namespace weir::http {

namespace {

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "text/html; charset=utf-8";
}

}  // namespace

Answer show_page(Call& call) {
  const std::string name = call.request.path.empty() ? "index.html" : call.request.path[0];
  for (const PageFile& file : page_files()) {
    if (file.name != name) continue;
    Response out;
    out.content_type = type_of(name);
    out.body = file.content;
    // Nothing from elsewhere, nothing inline, in nobody's frame.
    out.headers = {{"Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'"},
                   {"Referrer-Policy", "no-referrer"}};
    return std::optional(std::move(out));
  }
  return Error(ErrorKind::kNotFound, 1653, fmt::format("there is no file {}", name));
}

}  // namespace weir::http
