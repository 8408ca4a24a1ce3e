// Looking opens the log read-only, whether the project runs or not. A verdict goes to the process
// that runs the project, over its HTTP port; where nothing runs it is written to the log, and the
// next run takes the replayed letters first.
#include "cli/dlq.h"

#include <simdjson.h>
#include <unistd.h>

#include <charconv>

#include <fmt/core.h>

#include "cli/dlq_text.h"
#include "cli/load.h"
#include "cli/running.h"
#include "data/text_form.h"
#include "engine/project_log.h"
#include "http/client.h"

namespace weir::cli {

namespace {

constexpr size_t kShown = 20;

struct Request {
  engine::SideName name;
  engine::LetterFilter filter;
  bool all = false;  // or a filter says which
  size_t limit = kShown;
};

Error misuse(const std::string& message, const char* hint) {
  return Error(ErrorKind::kInvalidUsage, 1884, message).hint(hint);
}

Result<int64_t> number_of(const Invocation& invocation, const char* option) {
  const std::string text = invocation.value(option);
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && number >= 0) {
    return number;
  }
  return misuse(fmt::format("{} cannot be \"{}\"", option, text), "give it a whole number");
}

Result<Request> request_of(const Invocation& invocation) {
  Request request;
  if (invocation.arguments.size() < 2) {
    return misuse("NAME is missing", "name a source or a model; see `weir dlq ls`");
  }
  const std::string& name = invocation.arguments[1];
  request.name = engine::parse_side_name(name).value_or(
      engine::SideName{name, engine::SideKind::kDead});
  request.all = invocation.has("--all");
  request.filter.reason = invocation.value("--reason");
  if (invocation.has("--offset")) request.filter.number = TRY(number_of(invocation, "--offset"));
  if (invocation.has("--limit")) {
    request.limit = static_cast<size_t>(TRY(number_of(invocation, "--limit")));
  }
  if (invocation.has("--since")) {
    const auto time = parse_text_form(invocation.value("--since"), TypeId::kTimestamptz);
    if (!time) {
      return misuse(fmt::format("--since cannot be \"{}\"", invocation.value("--since")),
                    "give it a time: 2026-01-31 10:00:00+00");
    }
    request.filter.since = std::get<int64_t>(time->data);
  }
  return request;
}

struct Opened {
  engine::ProjectLog log;
  engine::Manifest last;
};

Result<Opened> open_log(Context& context, const project::Project& project, bool read_only) {
  engine::ProjectLogOptions options;
  options.read_only = read_only;
  Opened opened;
  opened.log = TRY(engine::open_project_log(project, context.files, context.clock, options));
  opened.last =
      TRY(engine::last_manifest(*opened.log.log, engine::pipeline_name_of(project)));
  return opened;
}

Status list(Context& context, const project::Project& project) {
  const Opened opened = TRY(open_log(context, project, true));
  engine::DeadLetters letters(*opened.log.log, engine::internal_prefix_of(project), opened.last);
  std::vector<std::string> names;
  for (const auto& source : project.sources) names.push_back(source.definition.name);
  for (const auto& view : project.models) names.push_back(view.definition.name);
  std::vector<engine::LetterSummary> summaries;
  for (const std::string& name : names) {
    for (const engine::SideKind kind : {engine::SideKind::kDead, engine::SideKind::kLate}) {
      auto summary = TRY(letters.summary({name, kind}));
      if (summary) summaries.push_back(std::move(*summary));
    }
  }
  context.print(context.json ? summaries_json(summaries) : summaries_text(summaries));
  return {};
}

Status show(Context& context, const project::Project& project, const Request& request) {
  TRY_VOID(engine::can_be_judged(project, request.name.relation, engine::LetterState::kDropped));
  const Opened opened = TRY(open_log(context, project, true));
  engine::DeadLetters letters(*opened.log.log, engine::internal_prefix_of(project), opened.last);
  const auto found = TRY(letters.newest(request.name, request.filter, request.limit));
  context.print(context.json ? letters_json(found) : letters_text(found));
  return {};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

Result<engine::Judged> ask(const Running& running, const Request& request,
                           std::string_view verdict) {
  const engine::LetterFilter& filter = request.filter;
  std::string target =
      fmt::format("/v1/letters/{}?verdict={}", escaped(request.name.relation), verdict);
  if (!filter.reason.empty()) target += "&reason=" + escaped(filter.reason);
  if (filter.number) target += fmt::format("&number={}", *filter.number);
  if (filter.since) {
    target += "&since=" + escaped(text_form({TypeId::kTimestamptz, *filter.since}));
  }
  const std::string body = TRY(TRY(http::Get::post(running.http, target))->body());
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  engine::Judged judged;
  if (parser.parse(body).get(root) || root["letters"].get(judged.letters) ||
      root["cut"].get(judged.cut)) {
    return Error(ErrorKind::kUnavailable, 1885, "the project's answer is not understood")
        .hint("see that the process at this port is weir, of the same version");
  }
  return judged;
}

Result<engine::Judged> write(Context& context, const project::Project& project,
                             const Request& request, engine::LetterState verdict) {
  const Opened opened = TRY(open_log(context, project, false));
  engine::DeadLetters letters(*opened.log.log, engine::internal_prefix_of(project), opened.last);
  return letters.judge(request.name.relation, request.filter, verdict);
}

Status confirm(Context& context, const Request& request) {
  if (isatty(STDIN_FILENO) == 0) {
    return misuse("drop asks before it drops, and nobody can answer here", "add --yes");
  }
  fmt::print(context.err, "drop dead letters of {}? They are not replayed afterwards. [y/N] ",
             request.name.relation);
  std::fflush(context.err);
  char answer[16] = {};
  const ssize_t n = ::read(STDIN_FILENO, answer, sizeof answer - 1);
  if (n > 0 && (answer[0] == 'y' || answer[0] == 'Y')) return {};
  return Error(ErrorKind::kCancelled, 1886, "nothing was dropped");
}

Status judge(Context& context, const project::Project& project, const Request& request,
             const Invocation& invocation) {
  const bool replays = invocation.arguments[0] == "replay";
  const auto verdict = replays ? engine::LetterState::kReplayed : engine::LetterState::kDropped;
  const engine::LetterFilter& filter = request.filter;
  if (request.name.kind == engine::SideKind::kLate) {
    return misuse("late rows are neither replayed nor dropped: they would be late again",
                  "give the source a longer `watermark`, or query NAME__late");
  }
  if (!request.all && !filter.number && !filter.since && filter.reason.empty()) {
    return misuse(fmt::format("{} needs to know which letters", invocation.arguments[0]),
                  "add --all, --offset N, --reason TEXT or --since T");
  }
  TRY_VOID(engine::can_be_judged(project, request.name.relation, verdict));
  if (!replays && !invocation.has("--yes")) TRY_VOID(confirm(context, request));
  const auto running = find_running(context);
  const engine::Judged judged = running
                                    ? TRY(ask(*running, request, invocation.arguments[0]))
                                    : TRY(write(context, project, request, verdict));
  if (context.json) {
    context.print(fmt::format("{{\"letters\":{},\"cut\":{},\"running\":{}}}\n", judged.letters,
                              judged.cut, running.has_value()));
    return {};
  }
  context.print(fmt::format("{} {} {}{}\n", judged.letters,
                            judged.letters == 1 ? "letter" : "letters",
                            replays ? "replayed" : "dropped",
                            replays && !running && judged.letters > 0
                                ? ": the next run takes them"
                                : ""));
  if (judged.cut > 0) {
    context.print(fmt::format("{} left: more than 64 KiB, and not kept whole\n", judged.cut));
  }
  return {};
}

Status act(Context& context, const project::Project& project, const Invocation& invocation) {
  const std::string& action = invocation.arguments[0];
  if (action == "ls") return list(context, project);
  const Request request = TRY(request_of(invocation));
  if (action == "show") return show(context, project, request);
  return judge(context, project, request, invocation);
}

int run(Context& context, const Invocation& invocation) {
  const auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  const Status status = act(context, *project, invocation);
  if (status) return kExitDone;
  context.complain(status.error());
  return exit_code(status.error());
}

constexpr VerbArgument kArguments[] = {
    {"ACTION", "ls, show, replay or drop", true, "ls|show|replay|drop"},
    {"NAME", "a source or a model (not for ls)"}};
constexpr VerbOption kOptions[] = {
    {"--all", "", "replay, drop: all that wait"},
    {"--offset", "N", "the one of that number (the first figure that show prints)"},
    {"--reason", "TEXT", "those with TEXT in their reason"},
    {"--since", "T", "those since T"},
    {"--limit", "N", "show: the newest N; default: 20"},
    {"--yes", "", "drop: do not ask"},
};

}  // namespace

constexpr Verb kDlqVerb = {
    "dlq",
    "dead letters: look at them, replay or drop them",
    "  ls      how many wait, since when, and why\n"
    "  show    the newest ones, with their place, reason and raw bytes\n"
    "  replay  decode them again and take them into the views: each of them once, whatever ends\n"
    "          in between; what fails again is a new letter that names its former one\n"
    "  drop    mark them as done without\n"
    "Works on a running project and where nothing runs.",
    kArguments,
    kOptions,
    run};

}  // namespace weir::cli
