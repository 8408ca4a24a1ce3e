// Models: one SELECT a file, an optional YAML front matter in a leading /*--- ... ---*/ comment,
// and the file's name as the view's name. All are planned against one catalog, each behind what it
// reads.
//
// Which model reads which is guessed from the words of its SQL (a superset: a column may have the
// name of a model). The guess only orders the planning; the planner has the last word, so a wrong
// guess costs nothing: where every model left waits for another, each is tried, and only those that
// truly fail are a cycle.
#include <fmt/core.h>

#include "project/loading.h"

namespace weir::project {

namespace {

constexpr uint16_t kNoRelation = 1210;  // the planner's "relation ... does not exist"

struct Model {
  catalog::ViewDefinition definition;
  std::string path;
  YamlNode front;               // a mapping; empty where there is none
  std::vector<std::string> mentions;
  bool good = true;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// Skips a comment or a string that begins at `at`; false: none begins there.
bool skip_quiet(std::string_view sql, size_t& at) {
  const auto behind = [&](size_t found, size_t length) {
    at = found == std::string_view::npos ? sql.size() : found + length;
    return true;
  };
  if (sql.substr(at, 2) == "--") return behind(sql.find('\n', at), 1);
  if (sql.substr(at, 2) == "/*") return behind(sql.find("*/", at + 2), 2);
  if (sql[at] == '\'') return behind(sql.find('\'', at + 1), 1);
  return false;
}

// Words outside of strings and comments, and the names in {{ ref('x') }}, {{ source('a', 'b') }}.
std::set<std::string> words_of(std::string_view sql) {
  std::set<std::string> words;
  const auto braces = [&](std::string_view inside) {
    std::string joined;
    for (size_t at = 0; at < inside.size(); ++at) {
      if (inside[at] != '\'' && inside[at] != '"') continue;
      const size_t end = inside.find(inside[at], at + 1);
      if (end == std::string_view::npos) break;
      joined += (joined.empty() ? "" : ".") + std::string(inside.substr(at + 1, end - at - 1));
      at = end;
    }
    words.insert(joined);
  };
  for (size_t at = 0; at < sql.size();) {
    if (sql.substr(at, 2) == "{{") {
      const size_t end = std::min(sql.find("}}", at), sql.size());
      braces(sql.substr(at + 2, end - at - 2));
      at = end;
      continue;
    }
    if (skip_quiet(sql, at)) continue;
    if (!is_word(sql[at])) {
      ++at;
      continue;
    }
    std::string word;
    while (at < sql.size() && is_word(sql[at])) {
      word += static_cast<char>(sql[at] >= 'A' && sql[at] <= 'Z' ? sql[at] + 32 : sql[at]);
      ++at;
    }
    words.insert(std::move(word));
  }
  return words;
}

class ModelsLoad {
 public:
  explicit ModelsLoad(Loading& loading) : loading_(loading) {}
  void run();

 private:
  void read(const std::string& path);
  bool split(const std::string& text, Model& model);
  void apply_front(Model& model);
  void find_mentions();
  bool waits(const Model& model) const;
  bool plan_round(bool force);
  bool plan(Model& model, bool force);
  void finish(Model& model, plan::View view);
  void report_cycle();
  std::string missing_model(const Error& error) const;

  Loading& loading_;
  std::map<std::string, Model> left_;    // not planned yet
  std::map<std::string, std::string> waits_for_;  // what a forced planning found missing
};

// Front matter is parsed as YAML in place; `sql` is what stands behind it.
bool ModelsLoad::split(const std::string& text, Model& model) {
  size_t at = text.find_first_not_of(" \t\r\n");
  const size_t open = at;
  std::string sql = text;
  size_t sql_at = at == std::string::npos ? 0 : at;
  model.front.kind = YamlNode::Kind::kMapping;
  bool good = true;
  if (at != std::string::npos && text.compare(at, 5, "/*---") == 0) {
    const size_t close = text.find("---*/", at + 5);
    if (close == std::string::npos) {
      SourceSpan span = place_of_byte(text, open, model.path);
      span.end_line = span.line;
      span.end_column = span.column + 5;
      loading_.report(1146, "the front matter is not closed", span, "---*/ on a line of its own",
                      "add ---*/ behind the last key");
      return false;
    }
    // Blanks instead of the opening keep every column where it is.
    const std::string yaml = std::string(5, ' ') + text.substr(at + 5, close - at - 5);
    const uint32_t lines = place_of_byte(text, at, "").line - 1;
    auto tree = parse_yaml(yaml, model.path, loading_.diagnostics, lines);
    if (!tree) {
      good = false;
    } else if (!tree->is_null()) {
      substitute(loading_, *tree);
      good = check_object(loading_, *tree, *find_object_type("model"));
      if (tree->is_mapping()) model.front = std::move(*tree);
    }
    sql_at = text.find_first_not_of(" \t\r\n", close + 5);
    if (sql_at == std::string::npos) sql_at = text.size();
  }
  model.definition.sql = text.substr(sql_at);
  model.definition.sql_start = place_of_byte(text, sql_at, model.path);
  if (model.definition.sql.empty()) {
    loading_.report(1145, "the model has no SQL", model.definition.sql_start, "a SELECT statement",
                    "write the SELECT, or remove the file");
    return false;
  }
  return good;
}

void ModelsLoad::apply_front(Model& model) {
  catalog::ViewDefinition& d = model.definition;
  d.key = text_list(model.front, "key");
  d.emit = loading_.emit;
  d.emit_every = loading_.emit_every;
  parse_emit(text_value(model.front, "emit"), d.emit, d.emit_every);
  d.retain = duration_value(model.front, "retain");
  d.on_error = on_error_value(model.front, loading_.on_error);
  d.description = text_value(model.front, "description");
  d.owner = text_value(model.front, "owner");
}

void ModelsLoad::read(const std::string& path) {
  Model model;
  model.path = path;
  const std::string base = io::base_name(path);
  model.definition.name = base.substr(0, base.size() - 4);
  const std::string* text = loading_.text_of(path);
  const bool named = loading_.take_name(model.definition.name, {path}, "model");
  if (!text) {
    loading_.failed.insert(model.definition.name);
    return;
  }
  const size_t broken = find_broken_utf8(*text);
  if (broken != std::string::npos) {
    loading_.report(
        1101,
        fmt::format("byte 0x{:02x} is not UTF-8 text", static_cast<unsigned char>((*text)[broken])),
        place_of_byte(*text, broken, path), "a file in UTF-8", "save the file as UTF-8");
    loading_.failed.insert(model.definition.name);
    return;
  }
  model.good = split(*text, model);
  if (model.definition.sql.empty() || !named) {
    if (named) loading_.failed.insert(model.definition.name);
    return;
  }
  apply_front(model);
  const std::string name = model.definition.name;
  left_[name] = std::move(model);
}

void ModelsLoad::find_mentions() {
  for (auto& [name, model] : left_) {
    for (const std::string& word : words_of(model.definition.sql)) {
      // "orders.amount" mentions orders too.
      for (std::string part = word;; part.erase(part.rfind('.'))) {
        if (left_.count(part) || loading_.failed.count(part)) model.mentions.push_back(part);
        if (part.find('.') == std::string::npos) break;
      }
    }
  }
}

bool ModelsLoad::waits(const Model& model) const {
  return std::any_of(model.mentions.begin(), model.mentions.end(),
                     [&](const std::string& name) { return left_.count(name) > 0; });
}

void ModelsLoad::finish(Model& model, plan::View view) {
  const Schema& schema = view.root->schema;
  for (const YamlNode* column : list_value(model.front, "columns")) {
    if (!column->is_mapping()) continue;
    if (const YamlNode* name = column->find("name")) {
      check_column(loading_, *name, schema, "columns");
    }
    check_tests(loading_, *column, schema);
  }
  check_tests(loading_, model.front, schema);
  loading_.project.catalog.add_view(model.definition.name, schema);
  if (model.good) loading_.project.models.push_back(std::move(view));
}

bool ModelsLoad::plan(Model& model, bool force) {
  auto view = plan::plan_view(model.definition, loading_.project.catalog);
  if (view) {
    finish(model, std::move(*view));
    return true;
  }
  const std::string waits_for = missing_model(view.error());
  if (force && !waits_for.empty()) {
    waits_for_[model.definition.name] = waits_for;
    return false;
  }
  // What fails because an input is wrong has been said already, at the input.
  bool consequence = loading_.unread && view.error().code() == kNoRelation;
  for (const std::string& name : model.mentions) {
    const std::string& text = view.error().primary();
    consequence |= loading_.failed.count(name) && text.find(name) != std::string::npos;
  }
  if (!consequence) {
    Diagnostic d = to_diagnostic(view.error(), model.definition.sql_start);
    // What the planner says of the front matter belongs to the front matter.
    const bool of_key = d.code == 1250 || d.code == 1251;
    const char* blamed = of_key ? "key" : d.code == 1252 ? "emit" : "";
    if (const YamlNode* key = model.front.find(blamed)) d.span = key->span;
    loading_.diagnostics.push_back(std::move(d));
  }
  loading_.failed.insert(model.definition.name);
  return true;
}

// True: something moved.
bool ModelsLoad::plan_round(bool force) {
  bool moved = false;
  for (auto it = left_.begin(); it != left_.end();) {
    if (!force && waits(it->second)) {
      ++it;
      continue;
    }
    if (plan(it->second, force)) {
      it = left_.erase(it);
      moved = true;
      if (force) return true;  // the others may go on without force
    } else {
      ++it;
    }
  }
  return moved;
}

// The model left whose absence the planner complains of; empty: it complains of something else.
std::string ModelsLoad::missing_model(const Error& error) const {
  if (error.code() != kNoRelation) return "";
  const std::string& text = error.primary();
  const size_t open = text.find('"');
  const size_t close = text.find('"', open + 1);
  if (open == std::string::npos || close == std::string::npos) return "";
  const std::string name = text.substr(open + 1, close - open - 1);
  return left_.count(name) ? name : "";
}

// One cycle among the models left, each of which waits for another; its models are then done with.
void ModelsLoad::report_cycle() {
  std::vector<std::string> path;
  std::string at = left_.begin()->first;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    at = waits_for_.at(at);
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::string text;
  for (const std::string& name : path) text += name + " -> ";
  text += path.front();
  const Model& first = left_.at(path.front());
  loading_.report(1140, "models read one another in a circle: " + text, first.definition.sql_start,
                  "models that read only what does not depend on them",
                  "break the circle: let one of them read a source instead");
  for (const std::string& name : path) {
    loading_.failed.insert(name);
    left_.erase(name);
  }
}

void ModelsLoad::run() {
  for (const std::string& path : loading_.list_files("models", true)) {
    if (path.ends_with(".sql")) read(path);
  }
  find_mentions();
  while (!left_.empty()) {
    if (plan_round(false)) continue;
    if (plan_round(true)) continue;
    report_cycle();
  }
}

}  // namespace

void load_models(Loading& loading) { ModelsLoad(loading).run(); }

}  // namespace weir::project
