#include "cli/shell.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include <fmt/core.h>

#include "base/source_span.h"
#include "cli/line_editor.h"
#include "cli/rows.h"
#include "cli/script.h"
#include "cli/signals.h"
#include "expr/reference.h"

namespace weir::cli {

namespace {

constexpr std::string_view kHelp =
    "Statements end with ;\n"
    "  \\d         the relations\n"
    "  \\d NAME    one of them: its columns, key and SQL\n"
    "  \\dt \\dv \\dm  tables, views, materialized views\n"
    "  \\df WORD   functions whose names have the word in them\n"
    "  \\i FILE    run the statements of a file\n"
    "  \\echo TEXT print it\n"
    "  \\timing    say how long statements take, or no longer\n"
    "  \\x         print a row as a list of its columns, or no longer\n"
    "  \\?         this\n"
    "  \\q         leave\n";

// Where lines come from. `open`: a statement has begun.
class Lines {
 public:
  virtual ~Lines() = default;
  virtual std::optional<std::string> next(bool open) = 0;
  virtual void remember(const std::string& statement) {}
  virtual bool is_terminal() const { return false; }
};

class TerminalLines final : public Lines {
 public:
  explicit TerminalLines(engine::Session& session) : editor_(session) {}
  std::optional<std::string> next(bool open) override {
    return editor_.read(open ? "....> " : "weir> ");
  }
  void remember(const std::string& statement) override { editor_.remember(statement); }
  bool is_terminal() const override { return true; }

 private:
  LineEditor editor_;
};

class PipedLines final : public Lines {
 public:
  std::optional<std::string> next(bool) override {
    char* raw = nullptr;
    size_t size = 0;
    const ssize_t length = getline(&raw, &size, stdin);
    std::optional<std::string> line;
    if (length >= 0) line.emplace(raw, static_cast<size_t>(length));
    std::free(raw);
    return line;
  }
};

class TextLines final : public Lines {
 public:
  explicit TextLines(std::string_view text) : rest_(text) {}
  std::optional<std::string> next(bool) override {
    if (rest_.empty()) return std::nullopt;
    const size_t end = std::min(rest_.find('\n'), rest_.size() - 1) + 1;
    std::string line(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return line;
  }

 private:
  std::string_view rest_;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n;", text.front())) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n;", text.back())) text.remove_suffix(1);
  return text;
}

// An error in a statement as one in the script around it; without a place of its own: there.
Error in_script(const Error& error, const ScriptStatement& statement, const std::string& file) {
  SourceSpan place{file, statement.line, statement.column};
  if (const SourceSpan& at = error.span(); at.known() && at.file.empty()) {
    place.line += at.line - 1;
    place.column = at.line == 1 ? statement.column + at.column - 1 : at.column;
  }
  return Error(error.kind(), error.code(), error.primary())
      .detail(error.detail())
      .hint(error.hint())
      .sqlstate(error.sqlstate())
      .at(place);
}

// What the shell remembers between two statements.
class Shell {
 public:
  Shell(Context& context, engine::Session& session, Lines& lines, std::string file)
      : context_(context), session_(session), lines_(lines), file_(std::move(file)) {}
  int run();
  Status execute(const std::string& sql);

 private:
  enum class After { kGoOn, kFailed, kLeave };
  After run_command(std::string_view line);
  bool list_relations(std::string_view kinds);
  bool describe(std::string_view name);
  void list_functions(std::string_view word);
  bool run_file(const std::string& file);
  bool switch_on(bool& flag, std::string_view name, std::string_view argument);
  bool run_statement(const ScriptStatement& statement);
  Status copy_in(engine::CopyIn& copy);
  void print(const engine::StatementResult& result) const;

  Context& context_;
  engine::Session& session_;
  Lines& lines_;
  const std::string file_;
  Script script_;
  int depth_ = 0;  // of scripts that run one another
  bool timing_ = false;
  bool expanded_ = false;
};

void print_result(Context& context, const engine::StatementResult& result, bool expanded) {
  for (const std::string& notice : result.notices) {
    std::fprintf(context.err, "NOTICE: %s\n", notice.c_str());
  }
  for (const std::string& line : result.copy_lines) context.print(line);
  const RowFormat format = row_format(context);
  if (result.has_rows) {
    context.print(expanded && format != RowFormat::kJson ? render_expanded(result)
                                                         : render_rows(result, format));
  } else if (!result.tag.empty() && format == RowFormat::kTable) {
    context.print(result.tag + "\n");
  }
}

// Rows as they come, until Ctrl-C.
Status print_stream(Context& context, const engine::StatementResult& result) {
  engine::StatementResult piece;
  piece.schema = result.schema;
  piece.zone = result.zone;
  const bool lines = result.copy_stream != nullptr;
  if (!lines) context.print(render_stream_head(piece.schema, row_format(context)));
  for (const std::string& line : result.copy_lines) context.print(line);
  catch_stop_signals();
  Status status;
  while (status && !stop_was_asked_for()) {
    std::fflush(context.out);
    if (lines) {
      auto more = result.copy_stream->next();
      if (!more) status = std::move(more).error();
      if (!more || !*more) break;
      for (const std::string& line : **more) context.print(line);
      continue;
    }
    auto more = result.stream->next();
    if (!more) status = std::move(more).error();
    if (!more || !*more) break;
    piece.batches.assign(1, std::move(**more));
    context.print(render_stream_rows(piece, row_format(context)));
  }
  forget_stop_signals();
  return status;
}

void Shell::print(const engine::StatementResult& result) const {
  print_result(context_, result, expanded_);
}

bool Shell::list_relations(std::string_view kinds) {
  return run_statements(
      context_, session_,
      fmt::format("select relname as name, case relkind when 'v' then 'view' when 'm' then "
                  "'materialized view' else 'table' end as kind, relnatts as columns from "
                  "pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = "
                  "'public' and relkind in ({}) order by 1",
                  kinds));
}

bool Shell::describe(std::string_view name) {
  for (const auto& relation : session_.relations()) {
    if (relation.name != name) continue;
    std::string text = fmt::format("{} {}\n", relation.kind, relation.name);
    size_t width = 0;
    for (const Field& field : relation.columns.fields) width = std::max(width, field.name.size());
    for (const Field& field : relation.columns.fields) {
      text += fmt::format("  {:<{}}  {}{}\n", field.name, width, field.type.name(),
                          field.nullable ? "" : " not null");
    }
    std::string key;
    for (const std::string& column : relation.key) key += (key.empty() ? "" : ", ") + column;
    if (!key.empty()) text += fmt::format("  key ({})\n", key);
    if (!relation.definition.empty()) text += fmt::format("as {}\n", relation.definition);
    context_.print(text);
    return true;
  }
  context_.complain(
      Error(ErrorKind::kNotFound, 1007, fmt::format("there is no relation \"{}\"", name))
          .hint("\\d lists what there is"));
  return false;
}

// The lines of the reference page.
void Shell::list_functions(std::string_view word) {
  const std::string page = expr::function_reference();
  for (size_t at = 0; at < page.size();) {
    const std::string_view line(page.data() + at, std::min(page.find('\n', at), page.size()) - at);
    at += line.size() + 1;
    const std::string_view name = line.substr(0, line.find('(', 1));
    if (!line.starts_with("| `") || name.find(word) == std::string_view::npos) continue;
    context_.print(std::string(line) + "\n");
  }
}

bool Shell::run_file(const std::string& file) {
  constexpr int kDeepest = 16;
  const auto text = context_.files.read_all(file);
  if (!text || depth_ == kDeepest) {
    context_.complain(text ? Error(ErrorKind::kIo, 1508,
                                   fmt::format("no script can be read from {}", file))
                                 .detail("Scripts run one another more than 16 deep.")
                           : text.error());
    return false;
  }
  TextLines lines(*text);
  Shell inner(context_, session_, lines, file);
  inner.depth_ = depth_ + 1;
  inner.timing_ = timing_;
  inner.expanded_ = expanded_;
  return inner.run() == kExitDone;
}

bool Shell::switch_on(bool& flag, std::string_view name, std::string_view argument) {
  flag = argument.empty() ? !flag : argument == "on";
  context_.print(fmt::format("{} is {}\n", name, flag ? "on" : "off"));
  return true;
}

Shell::After Shell::run_command(std::string_view line) {
  line = trimmed(line);
  const size_t space = std::min(line.find(' '), line.size());
  const std::string_view command = line.substr(0, space);
  const std::string_view argument = trimmed(line.substr(space));
  bool good = true;
  if (command == "\\q") return After::kLeave;
  if (command == "\\d") {
    good = argument.empty() ? list_relations("'r', 'v', 'm'") : describe(argument);
  } else if (command == "\\dt") {
    good = list_relations("'r'");
  } else if (command == "\\dv") {
    good = list_relations("'v'");
  } else if (command == "\\dm") {
    good = list_relations("'m'");
  } else if (command == "\\df") {
    list_functions(argument);
  } else if (command == "\\i") {
    good = run_file(std::string(argument));
  } else if (command == "\\echo") {
    context_.print(std::string(argument) + "\n");
  } else if (command == "\\timing") {
    good = switch_on(timing_, "timing", argument);
  } else if (command == "\\x") {
    good = switch_on(expanded_, "expanded display", argument);
  } else if (command == "\\?") {
    context_.print(kHelp);
  } else {
    context_.complain(
        Error(ErrorKind::kInvalidUsage, 1008, fmt::format("there is no command {}", command))
            .hint("\\? lists them"));
    good = false;
  }
  return good ? After::kGoOn : After::kFailed;
}

// The lines behind the statement, up to \. or the end of the input.
Status Shell::copy_in(engine::CopyIn& copy) {
  Status status;
  while (std::optional<std::string> line = lines_.next(true)) {
    script_.skip_line();
    if (*line == "\\.\n" || *line == "\\.\r\n" || *line == "\\.") break;
    if (status) status = copy.data(*line);  // what is wrong with one row is said behind the last
  }
  TRY_VOID(std::move(status));
  print(TRY(copy.finish()));
  return {};
}

Status Shell::execute(const std::string& sql) {
  return session_.execute(sql, [&](engine::StatementResult result) -> Status {
    if (result.copy_in) return copy_in(*result.copy_in);
    if (result.stream || result.copy_stream) return print_stream(context_, result);
    print(result);
    return {};
  });
}

bool Shell::run_statement(const ScriptStatement& statement) {
  const int64_t begin = context_.clock.monotonic_nanos();
  const Status status = execute(statement.text);
  if (!status && lines_.is_terminal()) {
    context_.complain(status.error(), statement.text);
  } else if (!status) {
    context_.complain(in_script(status.error(), statement, file_),
                      std::string(statement.line - 1, '\n') + statement.before + statement.text);
  }
  if (timing_) {
    const auto nanos = static_cast<double>(context_.clock.monotonic_nanos() - begin);
    context_.print(fmt::format("Time: {:.3f} ms\n", nanos / 1e6));
  }
  return status.has_value();
}

int Shell::run() {
  const bool goes_on = lines_.is_terminal();
  bool good = true;
  while (good || goes_on) {
    const std::optional<std::string> line = lines_.next(!script_.is_between());
    if (!line) break;
    if (line->starts_with("\\") && script_.is_between()) {
      const After after = run_command(*line);
      if (after == After::kLeave) return kExitDone;
      good = after == After::kGoOn;
      lines_.remember(*line);
      script_.skip_line();
      continue;
    }
    script_.add_line(*line);
    while (good || goes_on) {
      const std::optional<ScriptStatement> statement = script_.next();
      if (!statement) break;
      lines_.remember(statement->text);
      good = run_statement(*statement);
    }
  }
  if (good || goes_on) {
    if (const auto statement = script_.rest()) good = run_statement(*statement);
  }
  return good || goes_on ? kExitDone : kExitInvalid;
}

}  // namespace

bool run_statements(Context& context, engine::Session& session, const std::string& sql) {
  PipedLines lines;  // of COPY ... FROM STDIN
  const Status status = Shell(context, session, lines, "").execute(sql);
  if (status) return true;
  context.complain(status.error(), sql);
  return false;
}

int run_script(Context& context, engine::Session& session, const std::string& file,
               std::string_view text) {
  TextLines lines(text);
  return Shell(context, session, lines, file).run();
}

int run_shell(Context& context, engine::Session& session) {
  if (isatty(STDIN_FILENO) == 0) {
    PipedLines lines;
    return Shell(context, session, lines, "").run();
  }
  context.print("weir: a scratch engine in memory. \\? helps, \\q leaves.\n");
  TerminalLines lines(session);
  return Shell(context, session, lines, "").run();
}

}  // namespace weir::cli
