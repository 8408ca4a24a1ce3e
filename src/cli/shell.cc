#include "cli/shell.h"

#include <histedit.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include <fmt/core.h>

#include "base/source_span.h"
#include "cli/rows.h"

namespace weir::cli {

namespace {

constexpr const char* kKeywords[] = {"SELECT",       "FROM",        "WHERE",
                                     "GROUP BY",     "ORDER BY",    "HAVING",
                                     "LIMIT",        "JOIN",        "LEFT JOIN",
                                     "CREATE TABLE", "CREATE VIEW", "CREATE MATERIALIZED VIEW",
                                     "INSERT INTO",  "UPDATE",      "DELETE FROM",
                                     "DROP TABLE",   "DROP VIEW",   "DROP MATERIALIZED VIEW",
                                     "EXPLAIN",      "VALUES",      "DISTINCT",
                                     "UNION ALL",    "BEGIN",       "COMMIT",
                                     "ROLLBACK",     "SHOW",        "SET"};

constexpr std::string_view kHelp =
    "Statements end with ;\n"
    "  \\d         the relations\n"
    "  \\d NAME    one of them: its columns, key and SQL\n"
    "  \\timing    say how long statements take, or no longer\n"
    "  \\?         this\n"
    "  \\q         leave\n";

void print_result(Context& context, const engine::StatementResult& result) {
  for (const std::string& notice : result.notices) {
    std::fprintf(context.err, "NOTICE: %s\n", notice.c_str());
  }
  if (result.has_rows) {
    context.print(render_rows(result, row_format(context)));
  } else if (!result.tag.empty() && row_format(context) == RowFormat::kTable) {
    context.print(result.tag + "\n");
  }
}

// Behind the quote, comment or dollar quote that begins at `at`; `at` where none does.
size_t skip_quoted(std::string_view text, size_t at) {
  const auto behind = [&](std::string_view end, size_t from) {
    const size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() + 1 : found + end.size();
  };
  const std::string_view two = text.substr(at, 2);
  if (text[at] == '\'' || text[at] == '"') return behind(text.substr(at, 1), at + 1);
  if (two == "--") return behind("\n", at);
  if (two == "/*") return behind("*/", at);
  if (text[at] != '$') return at;
  size_t end = at + 1;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  if (end >= text.size() || text[end] != '$' ||
      std::isdigit(static_cast<unsigned char>(text[at + 1])))
    return at;
  return behind(text.substr(at, end + 1 - at), end + 1);
}

// The line editor, with the names of relations, columns and keywords to complete.
class LineEditor {
 public:
  explicit LineEditor(engine::Session& session) : session_(session) {
    editor_ = el_init("weir", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, 1000);
    history(history_, &event, H_SETUNIQUE, 1);
    const char* home = std::getenv("HOME");
    if (home) history_file_ = std::string(home) + "/.weir_history";
    if (!history_file_.empty()) history(history_, &event, H_LOAD, history_file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, prompt_of);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_ADDFN, "weir-complete", "complete a name", complete);
    el_set(editor_, EL_BIND, "^I", "weir-complete", nullptr);
    el_source(editor_, nullptr);
  }
  ~LineEditor() {
    HistEvent event;
    if (!history_file_.empty()) history(history_, &event, H_SAVE, history_file_.c_str());
    history_end(history_);
    el_end(editor_);
  }

  std::optional<std::string> read(const char* prompt) {
    prompt_ = prompt;
    int count = 0;
    const char* line = el_gets(editor_, &count);
    if (!line || count <= 0) return std::nullopt;
    return std::string(line, static_cast<size_t>(count));
  }
  void remember(const std::string& statement) {
    HistEvent event;
    history(history_, &event, H_ENTER, statement.c_str());
  }

 private:
  static LineEditor& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<LineEditor*>(self);
  }
  static char* prompt_of(EditLine* editor) { return of(editor).prompt_.data(); }
  static unsigned char complete(EditLine* editor, int) {
    const LineInfo* line = el_line(editor);
    const char* begin = line->cursor;
    while (begin > line->buffer && (std::isalnum(static_cast<unsigned char>(begin[-1])) ||
                                    begin[-1] == '_' || begin[-1] == '\\')) {
      --begin;
    }
    const std::string rest = of(editor).completion(std::string(begin, line->cursor));
    if (rest.empty()) return CC_REFRESH_BEEP;
    el_insertstr(editor, rest.c_str());
    return CC_REFRESH;
  }
  // What all names that begin so have in common behind it.
  std::string completion(const std::string& word) {
    std::vector<std::string> names(std::begin(kKeywords), std::end(kKeywords));
    for (const auto& relation : session_.relations()) {
      names.push_back(relation.name);
      for (const Field& field : relation.columns.fields) names.push_back(field.name);
    }
    std::optional<std::string> common;
    for (const std::string& name : names) {
      if (name.size() <= word.size() || strncasecmp(name.c_str(), word.c_str(), word.size()) != 0)
        continue;
      const std::string rest = name.substr(word.size());
      if (!common) common = rest;
      size_t same = 0;
      while (same < common->size() && same < rest.size() && (*common)[same] == rest[same]) ++same;
      common->resize(same);
    }
    return common.value_or("");
  }

  engine::Session& session_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string history_file_;
  std::string prompt_;
};

// What the shell remembers between two lines.
struct Shell {
  Context& context;
  engine::Session& session;
  bool timing = false;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\n;", text.front())) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\n;", text.back())) text.remove_suffix(1);
  return text;
}

bool list_relations(Shell& shell) {
  return run_statements(
      shell.context, shell.session,
      "select relname as name, case relkind when 'v' then 'view' when 'm' then "
      "'materialized view' else 'table' end as kind, relnatts as columns from pg_class c "
      "join pg_namespace n on n.oid = c.relnamespace where nspname = 'public' and relkind <> 'i' "
      "order by 1");
}

bool describe(Shell& shell, std::string_view name) {
  for (const auto& relation : shell.session.relations()) {
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
    shell.context.print(text);
    return true;
  }
  shell.context.complain(Error(ErrorKind::kNotFound, 1007,
                               fmt::format("there is no relation \"{}\"", name))
                             .hint("\\d lists what there is"));
  return false;
}

enum class After { kGoOn, kFailed, kLeave };

After run_command(Shell& shell, std::string_view line) {
  line = trimmed(line);
  const size_t space = std::min(line.find(' '), line.size());
  const std::string_view command = line.substr(0, space);
  const std::string_view argument = trimmed(line.substr(space));
  bool good = true;
  if (command == "\\q") return After::kLeave;
  if (command == "\\d") {
    good = argument.empty() ? list_relations(shell) : describe(shell, argument);
  } else if (command == "\\timing") {
    shell.timing = argument.empty() ? !shell.timing : argument == "on";
    shell.context.print(shell.timing ? "timing is on\n" : "timing is off\n");
  } else if (command == "\\?") {
    shell.context.print(kHelp);
  } else {
    shell.context.complain(
        Error(ErrorKind::kInvalidUsage, 1008, fmt::format("there is no command {}", command))
            .hint("\\? lists them"));
    good = false;
  }
  return good ? After::kGoOn : After::kFailed;
}

bool run_timed(Shell& shell, const std::string& sql) {
  const int64_t begin = shell.context.clock.monotonic_nanos();
  const bool good = run_statements(shell.context, shell.session, sql);
  if (shell.timing) {
    const auto nanos = static_cast<double>(shell.context.clock.monotonic_nanos() - begin);
    shell.context.print(fmt::format("Time: {:.3f} ms\n", nanos / 1e6));
  }
  return good;
}

}  // namespace

size_t statements_end(std::string_view text) {
  size_t end = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t next = skip_quoted(text, i);
    if (next > text.size()) return end;  // it is still open
    if (next == i && text[i] == ';') end = i + 1;
    i = next == i ? i + 1 : next;
  }
  return end;
}

bool run_statements(Context& context, engine::Session& session, const std::string& sql) {
  const Status status = session.execute(sql, [&](engine::StatementResult result) -> Status {
    print_result(context, result);
    return {};
  });
  if (status) return true;
  context.complain(status.error(), sql);
  return false;
}

int run_shell(Context& context, engine::Session& session) {
  const bool people = isatty(STDIN_FILENO) != 0;
  std::optional<LineEditor> editor;
  if (people) {
    context.print("weir: a scratch engine in memory. \\? helps, \\q leaves.\n");
    editor.emplace(session);
  }
  Shell shell{context, session};
  std::string text;
  bool good = true;
  while (true) {
    std::optional<std::string> line;
    if (editor) {
      const bool open = text.find_first_not_of(" \n\t") != std::string::npos;
      line = editor->read(open ? "....> " : "weir> ");
    } else {
      char* raw = nullptr;
      size_t size = 0;
      const ssize_t length = getline(&raw, &size, stdin);
      if (length >= 0) line.emplace(raw, static_cast<size_t>(length));
      std::free(raw);
    }
    if (!line) break;
    if (line->starts_with("\\") && trimmed(text).empty()) {
      const After after = run_command(shell, *line);
      if (after == After::kLeave) break;
      if (after == After::kFailed && !people) return kExitInvalid;
      if (editor) editor->remember(*line);
      continue;
    }
    text += *line;
    const size_t end = statements_end(text);
    if (end == 0) continue;
    const std::string statements = text.substr(0, end);
    text.erase(0, end);
    if (editor) editor->remember(statements);
    good = run_timed(shell, statements) && good;
    if (!good && !people) return kExitInvalid;
  }
  if (text.find_first_not_of(" \n\t") != std::string::npos)
    good = run_timed(shell, text) && good;
  return good || people ? kExitDone : kExitInvalid;
}

}  // namespace weir::cli
