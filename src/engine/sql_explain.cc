// EXPLAIN. With ANALYZE the statement really runs, and what each operator did stands beside it:
// rows in and out, its own time, and what it kept at the end. PostgreSQL's options are taken; those
// that name costs and buffers say nothing here.
#include <charconv>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/text_form.h"
#include "engine/sql_session.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

struct ExplainOptions {
  bool analyze = false;
  bool verbose = false;
  bool wal = false;
  std::optional<bool> timing;
  std::optional<bool> summary;
  bool json = false;

  bool times() const { return timing.value_or(analyze); }
  bool sums() const { return summary.value_or(analyze); }
};

Error wrong_option(int code, std::string message, const char* sqlstate) {
  return Error(ErrorKind::kInvalidStatement, code, std::move(message)).sqlstate(sqlstate);
}

Result<bool> flag_of(const sql::CopyOption& option) {
  const std::string word = lower(option.value);
  if (word.empty() || word == "true" || word == "on" || word == "1") return true;
  if (word == "false" || word == "off" || word == "0") return false;
  return wrong_option(1719, fmt::format("{} requires a Boolean value", option.name), "42601");
}

Result<bool> json_format(const sql::CopyOption& option) {
  if (option.value.empty()) {
    return wrong_option(1719, fmt::format("{} requires a parameter", option.name), "42601");
  }
  if (option.value == "text") return false;
  if (option.value == "json") return true;
  const bool known = option.value == "xml" || option.value == "yaml";
  if (known) {
    return Error(ErrorKind::kNotSupported, 1672, "EXPLAIN in this format is not supported yet")
        .hint("take text or json")
        .sqlstate("0A000");
  }
  return wrong_option(1719, fmt::format("unrecognized value for EXPLAIN option \"{}\": \"{}\"",
                                        option.name, option.value),
                      "22023");
}

Status refuse_without_analyze(bool given, const char* option) {
  if (!given) return {};
  return wrong_option(1719, fmt::format("EXPLAIN option {} requires ANALYZE", option), "22023");
}

Result<ExplainOptions> options_of(const std::vector<sql::CopyOption>& given) {
  ExplainOptions options;
  for (const sql::CopyOption& option : given) {
    const std::string& name = option.name;
    if (name == "format") {
      options.json = TRY(json_format(option));
    } else if (name == "analyze") {
      options.analyze = TRY(flag_of(option));
    } else if (name == "verbose") {
      options.verbose = TRY(flag_of(option));
    } else if (name == "timing") {
      options.timing = TRY(flag_of(option));
    } else if (name == "summary") {
      options.summary = TRY(flag_of(option));
    } else if (name == "wal") {
      options.wal = TRY(flag_of(option));
    } else if (name == "costs" || name == "buffers" || name == "settings") {
      TRY_VOID(flag_of(option));
    } else {
      return wrong_option(1719, fmt::format("unrecognized EXPLAIN option \"{}\"", name), "42601");
    }
  }
  if (!options.analyze) {
    TRY_VOID(refuse_without_analyze(options.wal, "WAL"));
    TRY_VOID(refuse_without_analyze(options.timing.value_or(false), "TIMING"));
  }
  return options;
}

double milliseconds(int64_t nanos) { return static_cast<double>(nanos) / 1e6; }

// What is explained, with what was found out about it.
struct Explained {
  std::string verb;      // "insert into t"; empty: a SELECT
  uint64_t changed = 0;  // rows
  std::vector<QueryProfile::Query> queries;
  std::optional<int64_t> planning_nanos;
  int64_t nanos = 0;
};

class TextForm {
 public:
  TextForm(const ExplainOptions& options, const Explained& explained)
      : options_(options), explained_(explained) {}

  std::vector<std::string> lines() {
    if (!explained_.verb.empty()) {
      const bool ran = options_.analyze;
      add(0, explained_.verb + (ran ? fmt::format(" (changed={})", explained_.changed) : ""));
    }
    for (const QueryProfile::Query& query : explained_.queries) {
      if (!query.view.empty()) add(0, "view " + query.view);
      const int depth = query.view.empty() && explained_.verb.empty() ? 0 : 1;
      for (const QueryProfile::Part& part : query.parts) add(part, depth + part.line.depth);
      for (const std::string& line : query.keys) add(depth, line);
    }
    if (!options_.sums()) return std::move(lines_);
    if (explained_.planning_nanos) {
      add(0, fmt::format("Planning Time: {:.3f} ms", milliseconds(*explained_.planning_nanos)));
    }
    if (options_.analyze) {
      add(0, fmt::format("Execution Time: {:.3f} ms", milliseconds(explained_.nanos)));
    }
    return std::move(lines_);
  }

 private:
  void add(int depth, const std::string& text) {
    lines_.push_back(std::string(static_cast<size_t>(depth) * 2, ' ') + text);
  }

  void add(const QueryProfile::Part& part, int depth) {
    std::string text = part.line.title;
    if (part.append_only) text += " [append-only]";
    if (part.measured) text += measured(*part.measured);
    if (!part.line.kept.empty() && !options_.analyze) text += "  -- " + part.line.kept;
    add(depth, text);
    if (!options_.verbose) return;
    std::string output;
    for (const Field& field : part.schema.fields) {
      output += (output.empty() ? "" : ", ") + field.name + " " + field.type.name();
    }
    add(depth + 1, "output: " + output);
  }

  std::string measured(const flow::OperatorProfile& profile) const {
    std::string text = fmt::format(" (in={} out={}", profile.rows_in, profile.rows_out);
    if (options_.times()) text += fmt::format(" time={:.3f} ms", milliseconds(profile.nanos));
    if (profile.state_rows > 0) {
      text += fmt::format(" state={} rows", profile.state_rows);
      if (options_.times()) text += fmt::format(" {} bytes", profile.state_bytes);
    }
    return text + ")";
  }

  const ExplainOptions& options_;
  const Explained& explained_;
  std::vector<std::string> lines_;
};

// As PostgreSQL nests it: each plan with the plans of its inputs.
class JsonForm {
 public:
  JsonForm(const ExplainOptions& options, const Explained& explained)
      : options_(options), explained_(explained) {}

  std::string text() {
    line(0, "[");
    line(1, "{");
    const bool changes = !explained_.verb.empty();
    line(2, "\"Plan\": {");
    if (changes) {
      line(3, "\"Node Type\": " + json_string(explained_.verb) + ",");
      if (options_.analyze) line(3, fmt::format("\"Rows Changed\": {},", explained_.changed));
      line(3, "\"Plans\": [");
      all_queries(4);
      line(3, "]");
    } else if (!explained_.queries.empty()) {
      put(explained_.queries[0].parts, 0, 3);
    }
    line(2, "}" + std::string(options_.sums() ? "," : ""));
    if (options_.sums()) sums();
    line(1, "}");
    line(0, "]");
    out_.pop_back();
    return std::move(out_);
  }

 private:
  void line(int depth, const std::string& text) {
    out_ += std::string(static_cast<size_t>(depth) * 2, ' ') + text + "\n";
  }

  static std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  }

  void sums() {
    const bool both = explained_.planning_nanos && options_.analyze;
    if (explained_.planning_nanos) {
      line(2, fmt::format("\"Planning Time\": {:.3f}{}",
                          milliseconds(*explained_.planning_nanos), both ? "," : ""));
    }
    if (options_.analyze) {
      line(2, fmt::format("\"Execution Time\": {:.3f}", milliseconds(explained_.nanos)));
    }
  }

  void all_queries(int depth) {
    for (size_t i = 0; i < explained_.queries.size(); ++i) {
      line(depth, "{");
      put(explained_.queries[i].parts, 0, depth + 1);
      line(depth, i + 1 < explained_.queries.size() ? "}," : "}");
    }
  }

  // The members of one plan; answers where the part behind its inputs stands.
  size_t put(const std::vector<QueryProfile::Part>& parts, size_t at, int depth) {
    const QueryProfile::Part& part = parts[at];
    std::vector<std::string> members = members_of(part);
    const int inner = part.line.depth + 1;
    size_t next = at + 1;
    const bool has_inputs = next < parts.size() && parts[next].line.depth == inner;
    for (size_t i = 0; i < members.size(); ++i) {
      line(depth, members[i] + (i + 1 < members.size() || has_inputs ? "," : ""));
    }
    if (!has_inputs) return next;
    line(depth, "\"Plans\": [");
    while (next < parts.size() && parts[next].line.depth == inner) {
      line(depth + 1, "{");
      next = put(parts, next, depth + 2);
      const bool more = next < parts.size() && parts[next].line.depth == inner;
      line(depth + 1, more ? "}," : "}");
    }
    line(depth, "]");
    return next;
  }

  std::vector<std::string> members_of(const QueryProfile::Part& part) const {
    std::vector<std::string> members;
    members.push_back("\"Node Type\": " + json_string(part.operator_name));
    members.push_back("\"Operation\": " + json_string(part.line.title));
    members.push_back(fmt::format("\"Append Only\": {}", part.append_only));
    if (!part.line.kept.empty()) members.push_back("\"Keeps\": " + json_string(part.line.kept));
    if (options_.verbose) {
      std::string output;
      for (const Field& field : part.schema.fields) {
        output += (output.empty() ? "" : ", ") + json_string(field.name);
      }
      members.push_back("\"Output\": [" + output + "]");
    }
    if (!part.measured) return members;
    members.push_back(fmt::format("\"Rows In\": {}", part.measured->rows_in));
    members.push_back(fmt::format("\"Rows Out\": {}", part.measured->rows_out));
    if (options_.times()) {
      members.push_back(fmt::format("\"Time\": {:.3f}", milliseconds(part.measured->nanos)));
    }
    members.push_back(fmt::format("\"State Rows\": {}", part.measured->state_rows));
    if (options_.times())
      members.push_back(fmt::format("\"State Bytes\": {}", part.measured->state_bytes));
    return members;
  }

  const ExplainOptions& options_;
  const Explained& explained_;
  std::string out_;
};

StatementResult answer(const ExplainOptions& options, const Explained& explained) {
  if (!options.json) {
    return text_rows("QUERY PLAN", TextForm(options, explained).lines(), "EXPLAIN");
  }
  StatementResult result =
      text_rows("QUERY PLAN", {JsonForm(options, explained).text()}, "EXPLAIN");
  return result;
}

std::string verb_of(const sql::Statement& statement) {
  switch (statement.kind) {
    case sql::StatementKind::kInsert: return "insert into " + statement.name;
    case sql::StatementKind::kUpdate: return "update " + statement.name;
    case sql::StatementKind::kDelete: return "delete from " + statement.name;
    default: return "";
  }
}

// The number at the end of "INSERT 0 3".
uint64_t count_of(const std::string& tag) {
  uint64_t count = 0;
  const size_t at = tag.rfind(' ') + 1;
  std::from_chars(tag.data() + at, tag.data() + tag.size(), count);
  return count;
}

}  // namespace

// EXPLAIN EXECUTE explains what was prepared, with its parameters.
Result<StatementResult> SqlSession::explained_execute(std::string_view text,
                                                      sql::Statement& statement,
                                                      const Parameters& parameters) {
  const sql::Statement& execute = *statement.inner;
  const auto prepared = TRY(prepared_statements().find(execute.name));
  const Parameters arguments = TRY(arguments_of(text, execute, *prepared, parameters));
  std::vector<sql::Statement> statements = TRY(sql::parse(prepared->sql));
  if (statements.empty()) return StatementResult();
  statement.inner = std::make_unique<sql::Statement>(std::move(statements[0]));
  return explained(prepared->sql, statement, arguments);
}

Result<StatementResult> SqlSession::explained(std::string_view text, sql::Statement& statement,
                                              const Parameters& parameters) {
  const ExplainOptions options = TRY(options_of(statement.options));
  sql::Statement& inner = *statement.inner;
  if (inner.kind == sql::StatementKind::kExecute) {
    return explained_execute(text, statement, parameters);
  }
  Explained explained;
  explained.verb = verb_of(inner);
  if (explained.verb.empty() && inner.kind != sql::StatementKind::kSelect) {
    return Error(ErrorKind::kNotSupported, 1672, "EXPLAIN of this statement is not supported yet")
        .hint("explain its SELECT")
        .sqlstate("0A000");
  }
  const int64_t start = clock().monotonic_nanos();
  if (!options.analyze) {
    const std::vector<plan::View> views = TRY(plan(text, inner, parameters));
    for (const plan::View& view : views) explained.queries.push_back(explained_query(view));
    explained.planning_nanos = clock().monotonic_nanos() - start;
    return answer(options, explained);
  }
  QueryProfile profile(clock());
  profile_ = &profile;
  Result<StatementResult> ran = run_in_block(text, inner, parameters);
  profile_ = nullptr;
  if (!ran) return ran;
  explained.nanos = clock().monotonic_nanos() - start;
  if (explained.verb.empty()) {
    explained.planning_nanos = explained.nanos - profile.nanos;
    explained.nanos = profile.nanos;
  }
  explained.changed = count_of(ran->tag);
  explained.queries = std::move(profile.queries);
  StatementResult result = answer(options, explained);
  result.notices = std::move(ran->notices);
  return result;
}

}  // namespace weir::engine
