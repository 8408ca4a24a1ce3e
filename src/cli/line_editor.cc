#include "cli/line_editor.h"

#include <histedit.h>

#include <cstdlib>
#include <cstring>

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

}  // namespace

class LineEditor::Terminal {
 public:
  explicit Terminal(engine::Session& session) : session_(session) {
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
  ~Terminal() {
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
  static Terminal& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<Terminal*>(self);
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

LineEditor::LineEditor(engine::Session& session) : terminal_(std::make_unique<Terminal>(session)) {}
LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read(const char* prompt) { return terminal_->read(prompt); }

void LineEditor::remember(const std::string& statement) { terminal_->remember(statement); }

}  // namespace weir::cli
