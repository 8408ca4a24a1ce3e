// Follows a view of what runs: asks its HTTP port for the view's changes, and prints one line a
// row.
#include "cli/tail.h"

#include <simdjson.h>

#include <fmt/core.h>

#include "cli/running.h"
#include "cli/signals.h"
#include "http/client.h"

namespace weir::cli {

namespace {

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

Status follow(Context& context, const Running& running, const Invocation& invocation) {
  const auto answer = TRY(http::Get::start(
      running.http, fmt::format("/v1/views/{}/changes{}", invocation.arguments[0],
                                invocation.has("--all") ? "" : "?contents=no")));
  while (const auto line = TRY(answer->next_line(stop_was_asked_for))) {
    if (line->starts_with("data: ")) print_changes(context, line->substr(6));
  }
  return {};
}

int run(Context& context, const Invocation& invocation) {
  const auto running = find_running(context);
  if (!running) {
    context.complain(Error(ErrorKind::kUnavailable, 1010, "the project does not run")
                         .hint("start it with `weir dev` or `weir run`"));
    return kExitUnavailable;
  }
  catch_stop_signals();
  const Status status = follow(context, *running, invocation);
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
