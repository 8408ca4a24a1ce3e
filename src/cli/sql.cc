#include "cli/sql.h"

#include <fmt/core.h>

#include "cli/shell.h"
#include "cli/signals.h"
#include "engine/scratch.h"
#include "pgwire/server.h"

namespace weir::cli {

namespace {

constexpr Micros kLook = 50'000;
constexpr size_t kMaxScript = 1 << 30;

// Until it is stopped. The first line tells the port, for scripts that asked for a free one.
int serve(Context& context, const Invocation& invocation, engine::ScratchDatabase& database) {
  catch_stop_signals();
  io::ListenOptions options;
  options.address = invocation.value("--listen");
  options.insecure = invocation.has("--insecure");
  const auto server = pgwire::Server::start(database, options);
  if (!server) {
    context.complain(server.error());
    return exit_code(server.error());
  }
  context.print(fmt::format("listening on {}\n", (*server)->address()));
  std::fflush(context.out);
  while (!stop_was_asked_for()) context.clock.sleep_for(kLook);
  (*server)->stop();
  return kExitDone;
}

// A pipe is a script as well: `weir sql -f <(...)`.
Result<std::string> script(Context& context, const std::string& path) {
  const io::FileInfo info = TRY(context.files.info(path));
  if (!info.is_special) return context.files.read_all(path);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(std::fopen(path.c_str(), "r"), std::fclose);
  std::string text;
  char part[1 << 16];
  for (size_t got = 1; pipe && got > 0 && text.size() <= kMaxScript; text.append(part, got)) {
    got = std::fread(part, 1, sizeof part, pipe.get());
  }
  if (pipe && !std::ferror(pipe.get()) && text.size() <= kMaxScript) return text;
  return Error(ErrorKind::kIo, 1508, fmt::format("no script can be read from {}", path))
      .detail("A script from a pipe or a device has at most 1 GiB.")
      .hint("write the statements to a file");
}

int run(Context& context, const Invocation& invocation) {
  engine::ScratchDatabase database(context.clock);
  const auto session = database.connect("weir", "weir");
  if (!session) {
    context.complain(session.error());
    return exit_code(session.error());
  }
  if (invocation.has("-c") + invocation.has("-f") + invocation.has("--listen") > 1) {
    context.complain(Error(ErrorKind::kInvalidUsage, 1006, "-c, -f and --listen exclude each other")
                         .hint("say one of them"));
    return kExitInvalid;
  }
  if (invocation.has("--listen")) return serve(context, invocation, database);
  if (invocation.has("-f")) {
    const auto text = script(context, invocation.value("-f"));
    if (!text) {
      context.complain(text.error());
      return exit_code(text.error());
    }
    return run_script(context, **session, invocation.value("-f"), *text);
  }
  if (invocation.has("-c")) {
    return run_statements(context, **session, invocation.value("-c")) ? kExitDone : kExitInvalid;
  }
  return run_shell(context, **session);
}

constexpr VerbOption kOptions[] = {
    {"-c", "TEXT", "run these statements as one transaction and end"},
    {"-f", "FILE", "run the statements of a file one by one and end"},
    {"--listen", "ADDRESS", "serve it over the PostgreSQL protocol, such as 127.0.0.1:0"},
    {"--insecure", "", "let other machines reach --listen, without TLS or a login"},
};

}  // namespace

constexpr Verb kSqlVerb = {
    "sql",
    "a scratch engine in memory",
    "CREATE TABLE, INSERT, UPDATE, DELETE, CREATE [MATERIALIZED] VIEW, SELECT, EXPLAIN, "
    "transactions.\n"
    "A materialized view is kept up to date by the operators that run models. Without -c, -f or\n"
    "--listen it reads statements from the terminal, or from standard input.",
    {},
    kOptions,
    run};

}  // namespace weir::cli
