// Follows a view of what runs: asks its HTTP port for the view's changes, and prints one line a
// row.
#include "cli/tail.h"

#include <simdjson.h>

#include <charconv>

#include <fmt/core.h>

#include "cli/load.h"
#include "cli/signals.h"
#include "io/tcp_server.h"

namespace weir::cli {

namespace {

constexpr Micros kLook = 200'000;

// Lines of a connection, as they come.
class Lines {
 public:
  explicit Lines(io::Connection& connection) : connection_(connection) {}

  // nullopt: the peer ended it, or the user did.
  Result<std::optional<std::string>> next() {
    while (true) {
      const size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return std::optional<std::string>(std::move(line));
      }
      if (stop_was_asked_for()) return std::optional<std::string>();
      char chunk[16384];
      Result<size_t> n = connection_.read_some(chunk, sizeof chunk, kLook);
      if (!n && n.error().code() == 1606) continue;  // nothing came yet
      if (!n) return std::move(n).error();
      if (*n == 0) return std::optional<std::string>();
      buffer_.append(chunk, *n);
    }
  }

 private:
  io::Connection& connection_;
  std::string buffer_;
};

Result<std::string> http_address(Context& context, const project::Project& project) {
  const std::string& dir = project.settings.state_dir;
  const std::string file = io::join_path(
      dir.starts_with('/') ? dir : io::join_path(project.dir, dir), "run.json");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view address;
  const Result<std::string> text = context.files.read_all(file);
  if (text && !parser.parse(*text).get(root) && !root["http"].get(address))
    return std::string(address);
  return Error(ErrorKind::kUnavailable, 1010, fmt::format("{} does not run", project.name))
      .hint("start it with `weir dev` or `weir run`");
}

// One part of the changes: "+ {...}" and "- {...}", or with --json an object a row.
void print_changes(Context& context, const std::string& data) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array changes;
  uint64_t epoch = 0;
  if (parser.parse(data).get(root) || root["changes"].get(changes) || root["epoch"].get(epoch))
    return;
  std::string out;
  for (const simdjson::dom::element change : changes) {
    int64_t weight = 0;
    simdjson::dom::element row;
    if (change["weight"].get(weight) || change["row"].get(row)) continue;
    const std::string text = simdjson::minify(row);
    if (context.json) {
      out += fmt::format("{{\"epoch\":{},\"weight\":{},\"row\":{}}}\n", epoch, weight, text);
      continue;
    }
    for (int64_t n = 0; n < std::abs(weight); ++n) {
      const char* colour = !context.colour ? "" : (weight > 0 ? "\033[32m" : "\033[31m");
      out += fmt::format("{}{} {}{}\n", colour, weight > 0 ? '+' : '-', text,
                         context.colour ? "\033[0m" : "");
    }
  }
  context.print(out);
  std::fflush(context.out);
}

// An answer other than 200 carries an error as JSON.
Error refused(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element error;
  std::string_view message = "the project answered something else than changes";
  std::string_view hint;
  simdjson::dom::element root;
  const bool is_error = !parser.parse(body).get(root) && !root["error"].get(error);
  if (is_error && error["message"].get(message)) message = "an error without a message";
  if (is_error && error["hint"].get(hint)) hint = {};
  return Error(ErrorKind::kNotFound, 1011, std::string(message)).hint(std::string(hint));
}

Status follow(Context& context, const project::Project& project, const Invocation& invocation) {
  const std::string address = TRY(http_address(context, project));
  const auto connection = TRY(io::connect_to(address));
  TRY_VOID(connection->write(fmt::format(
      "GET /v1/views/{}/changes{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
      invocation.arguments[0], invocation.has("--all") ? "" : "?contents=no", address)));
  Lines lines(*connection);
  const std::optional<std::string> status = TRY(lines.next());
  const bool good = status && status->find(" 200") != std::string::npos;
  std::optional<std::string> line = TRY(lines.next());
  while (line && !line->empty()) line = TRY(lines.next());  // the head
  if (!good) {
    std::string body;
    while ((line = TRY(lines.next()))) body += *line;
    return refused(body);
  }
  while ((line = TRY(lines.next()))) {
    if (line->starts_with("data: ")) print_changes(context, line->substr(6));
  }
  return {};
}

int run(Context& context, const Invocation& invocation) {
  const auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  catch_stop_signals();
  const Status status = follow(context, *project, invocation);
  if (status) return kExitDone;
  context.complain(status.error());
  return exit_code(status.error());
}

constexpr VerbArgument kArguments[] = {{"VIEW", "a model of the project", true}};
constexpr VerbOption kOptions[] = {{"--all", "", "first what the view holds now"}};

}  // namespace

constexpr Verb kTailVerb = {"tail",
                            "follow a view's changes",
                            "Prints each row that comes (+) and goes (-) as epochs are committed, "
                            "until it is stopped. The project\n"
                            "must run (`weir dev` or `weir run`).",
                            kArguments,
                            kOptions,
                            run};

}  // namespace weir::cli
