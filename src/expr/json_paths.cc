// Functions and operators that take SQL/JSON paths. A path is text, mostly constant: the last one
// is kept parsed.
#include "data/array.h"
#include "expr/jsonpath_evaluation.h"
#include "expr/table_function_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

// The arguments (document, path [, variables [, silent]]) of a row, and the walk over them.
class PathCall {
 public:
  explicit PathCall(std::span<const ColumnPtr> args, bool zones = false, bool silent = false)
      : args_(args), zones_(zones), silent_(silent) {}

  // False: an error that counts, in error(). Items that were found before one that does not stay.
  bool run(uint32_t row, std::vector<PathItem>* items) {
    items->clear();
    failed_ = false;
    const std::string_view text = args_[1]->text(row);
    if (!parsed_ || text != text_) {
      text_ = text;
      parsed_ = parse_jsonpath(text, &path_, &error_);
      if (!parsed_) return false;
    }
    const std::string_view none = silent_ ? "" : "{}";  // the operators take none
    const std::string_view variables = args_.size() > 2 ? args_[2]->text(row) : none;
    const bool silent = silent_ || (args_.size() > 3 && args_[3]->value<uint8_t>(row));
    walk_.emplace(path_, args_[0]->text(row), variables, zones_);
    failed_ = !walk_->run(items);
    if (!failed_ || (silent && !walk_->is_hard())) return true;
    error_ = walk_->error();
    return false;
  }
  bool failed() const { return failed_; }  // whether an error was silenced
  bool is_silent(uint32_t row) const {
    return silent_ || (args_.size() > 3 && args_[3]->value<uint8_t>(row));
  }
  bool is_strict() const { return path_.strict; }
  bool is_hard() const { return walk_ && walk_->is_hard(); }
  const PathError& error() const { return error_; }

 private:
  std::span<const ColumnPtr> args_;
  bool zones_;
  bool silent_;
  bool failed_ = false;
  std::string text_;
  bool parsed_ = false;
  JsonPath path_;
  PathError error_;
  std::optional<PathWalk> walk_;
};

// In lax mode an item that was found before an error is enough.
template <bool kZones, bool kSilent>
ColumnPtr path_exists(const KernelCall& c) {
  PathCall call(c.args, kZones, kSilent);
  std::vector<PathItem> items;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const bool good = call.run(i, &items);
    const bool found = !items.empty() && !call.is_strict() && !call.is_hard();
    if (!good && !found) row.fail(call.error().sqlstate, call.error().message);
    if (call.failed() && !found) row.null();
    return !items.empty();
  });
}

template <bool kZones, bool kSilent>
ColumnPtr path_match(const KernelCall& c) {
  PathCall call(c.args, kZones, kSilent);
  std::vector<PathItem> items;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    if (!call.run(i, &items)) return row.fail(call.error().sqlstate, call.error().message), 0;
    const std::string_view only = items.size() == 1 ? items[0].json : "";
    if (only == "true" || only == "false") return only == "true";
    if (only != "null" && !call.is_silent(i)) {
      row.fail("22038", "single boolean result is expected");
    }
    row.null();
    return 0;
  });
}

template <bool kZones>
ColumnPtr query_array(const KernelCall& c) {
  PathCall call(c.args, kZones);
  std::vector<PathItem> items;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (!call.run(i, &items)) return row.fail(call.error().sqlstate, call.error().message);
    std::vector<std::string> texts;
    for (const PathItem& item : items) texts.emplace_back(item.json);
    out = json_array_of(texts);
  });
}

template <bool kZones>
ColumnPtr query_first(const KernelCall& c) {
  PathCall call(c.args, kZones);
  std::vector<PathItem> items;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (!call.run(i, &items)) return row.fail(call.error().sqlstate, call.error().message);
    if (items.empty()) return row.null();
    out = items[0].json;
  });
}

template <bool kZones>
void query_rows(const TableFunctionCall& call) {
  PathCall path(call.args, kZones);
  std::vector<PathItem> items;
  if (!path.run(call.row, &items)) return call.fail(path.error().sqlstate, path.error().message);
  for (const PathItem& item : items) call.text_row(item.json);
}

// With variables and silence or without.
template <class Add>
void with_options(Add add) {
  std::vector<Type> args{kJsonb, kText};
  add(args);
  args.emplace_back(kJsonb);
  add(args);
  args.emplace_back(kBool);
  add(args);
}

void add(JsonFunctions functions, std::string_view name, Kernel kernel, std::string_view summary) {
  with_options([&](const std::vector<Type>& args) { functions(name, args, kernel, summary); });
}

}  // namespace

void add_json_paths(FunctionList& out) {
  JsonFunctions answers(out, kBool);
  JsonFunctions items(out, kJsonb);
  const std::string_view exists = "whether a path has an item";
  const std::string_view match = "what a path that is a predicate answers";
  const std::string_view all = "the items of a path as an array";
  const std::string_view first = "the first item of a path";
  add(answers, "jsonb_path_exists", path_exists<false, false>, exists);
  add(answers, "jsonb_path_exists_tz", path_exists<true, false>, exists);
  add(answers, "jsonb_path_match", path_match<false, false>, match);
  add(answers, "jsonb_path_match_tz", path_match<true, false>, match);
  add(items, "jsonb_path_query_array", query_array<false>, all);
  add(items, "jsonb_path_query_array_tz", query_array<true>, all);
  add(items, "jsonb_path_query_first", query_first<false>, first);
  add(items, "jsonb_path_query_first_tz", query_first<true>, first);
  answers("@?", {kJsonb, kText}, path_exists<false, true>, exists);
  answers("@@", {kJsonb, kText}, path_match<false, true>, match);
}

void add_path_rows(TableFunctionList& out) {
  const auto add_rows = [&](std::string_view name, void (*rows)(const TableFunctionCall&)) {
    with_options([&](const std::vector<Type>& args) {
      out.push_back({.name = name, .args = args, .summary = "a row for each item of a path",
                     .columns = one_column<kJsonb>, .rows = rows});
    });
  };
  add_rows("jsonb_path_query", query_rows<false>);
  add_rows("jsonb_path_query_tz", query_rows<true>);
}

}  // namespace weir::expr
