// Rows that are pushed to a stream.
#include <fmt/core.h>

#include "base/edit_distance.h"
#include "http/api.h"
#include "http/json_writer.h"

namespace weir::http {

namespace {

// Says more than "there is no such stream": what there is, and what was probably meant.
Error no_such_stream(Backend& backend, const std::string& name) {
  std::vector<std::string> open;
  const engine::PipelineStatus status = backend.status();
  for (const engine::StreamStatus& stream : status.streams) {
    if (stream.connector == "http") open.push_back(stream.name);
    if (stream.name != name) continue;
    return Error(ErrorKind::kInvalidUsage, 1662,
                 fmt::format("stream \"{}\" does not take pushed rows", name))
        .detail(fmt::format("It reads from: {}.", stream.connector))
        .hint("give the source `from: {http: {}}`");
  }
  std::string list;
  for (const std::string& one : open) list += (list.empty() ? "" : ", ") + one;
  const auto near = nearest_spelling(name, open);
  return Error(ErrorKind::kNotFound, 1660, fmt::format("there is no stream \"{}\"", name))
      .detail(list.empty() ? "No source of this project is pushed to (`from: {http: {}}`)."
                           : fmt::format("Streams that take rows: {}.", list))
      .hint(near ? fmt::format("did you mean \"{}\"?", *near) : "");
}

}  // namespace

Answer push_rows(Call& call) {
  const Request& request = call.request;
  if (const auto encoding = request.header("content-encoding");
      !encoding.empty() && encoding != "identity") {
    return Error(ErrorKind::kNotSupported, 1657,
                 fmt::format("content encoding \"{}\" is not supported", encoding))
        .hint("send the body as it is");
  }
  Result<connect::ReceiveAnswer> received =
      call.backend.receive(call.name, request.header("content-type"), request.body,
                           request.header("idempotency-key"));
  if (!received) {
    if (received.error().code() == 1534) return no_such_stream(call.backend, call.name);
    return std::move(received).error();
  }
  JsonWriter json;
  json.open('{').member("records", received->records).member("bad", received->bad);
  json.member("repeated", received->repeated).close('}');
  Response out;
  out.body = json.take() + "\n";
  return std::optional(std::move(out));
}

}  // namespace weir::http
