#include "expr/reference.h"

#include <map>
#include <set>

#include <fmt/core.h>

#include "expr/aggregate_function.h"
#include "expr/table_function.h"

namespace weir::expr {

namespace {

struct Entry {
  std::vector<std::string> takes;
  std::set<std::string> answers;
  std::string summary;
};
using Group = std::map<std::string, Entry>;

std::string argument_name(Type type) {
  return type.id == TypeId::kUnknown ? std::string("any") : type.name();
}

std::string arguments(const std::vector<Type>& args, bool variadic) {
  std::string text;
  for (const Type& arg : args) text += (text.empty() ? "" : ", ") + argument_name(arg);
  return variadic ? text + ", ..." : text;
}

void add(Entry& entry, std::string takes, std::string answers, std::string_view summary) {
  if (entry.summary.empty()) entry.summary = summary;
  entry.takes.push_back(std::move(takes));
  entry.answers.insert(std::move(answers));
}

std::string result_name(const Function& f) {
  if (f.result_type || f.result.id == TypeId::kUnknown) return "as its arguments";
  return f.result.name();
}

std::string within_group(const AggregateFunction& f) {
  if (f.form == AggregateForm::kPlain) return arguments(f.signature.args, f.signature.variadic);
  const auto& args = f.signature.args;
  const auto split = args.begin() + static_cast<std::ptrdiff_t>(std::min(f.direct, args.size()));
  const std::string direct = arguments({args.begin(), split}, false);
  return fmt::format("{}within group ({})", direct.empty() ? "" : direct + " ",
                     arguments({split, args.end()}, f.signature.variadic));
}

std::string columns_of(const TableFunction& f) {
  const Schema columns = f.columns(f.args);
  if (columns.size() == 0) return "rows";
  std::string text;
  for (const Field& field : columns.fields) {
    text += text.empty() ? "" : ", ";
    text += field.name.empty() ? "" : field.name + " ";
    text += argument_name(field.type);
  }
  return "rows of " + text;
}

// A bar would end the cell.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  std::set<std::string> seen;
  for (const std::string& part : parts) {
    if (seen.insert(part).second) text += fmt::format("{}({})", text.empty() ? "" : " ", part);
  }
  return text;
}

std::string table(const std::string& title, const Group& group) {
  std::string text = fmt::format("\n## {}\n\n| name | takes | answers | |\n|---|---|---|---|\n",
                                 title);
  for (const auto& [name, entry] : group) {
    std::string answers;
    for (const std::string& each : entry.answers) answers += (answers.empty() ? "" : ", ") + each;
    text += fmt::format("| `{}` | {} | {} | {} |\n", cell(name), cell(joined(entry.takes)),
                        cell(answers), cell(entry.summary));
  }
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace

std::string function_reference() {
  std::map<std::string, Group> groups;
  size_t signatures = 0;
  for (const Function& f : all_functions()) {
    if (f.summary.empty()) continue;  // the binder's own
    if (f.name.ends_with(" variadic")) continue;
    Entry& entry = groups[capitalised(std::string(f.group))][std::string(f.name)];
    add(entry, arguments(f.args, f.variadic), result_name(f), f.summary);
    ++signatures;
  }
  for (const AggregateFunction& f : all_aggregates()) {
    Entry& entry = groups["Aggregates"][std::string(f.signature.name)];
    add(entry, within_group(f), result_name(f.signature), f.signature.summary);
    ++signatures;
  }
  for (const TableFunction& f : all_table_functions()) {
    Entry& entry = groups["Set-returning functions"][std::string(f.name)];
    add(entry, arguments(f.args, f.variadic), columns_of(f), f.summary);
    ++signatures;
  }
  std::set<std::string> names;
  std::string tables;
  for (const auto& [title, group] : groups) {
    for (const auto& [name, entry] : group) names.insert(name);
    tables += table(title, group);
  }
  return fmt::format(
             "# Functions and operators\n\n"
             "{} by name, {} with their types. Window functions and what has a syntax of its own "
             "stand in\n[sql.md](sql.md). Made from the program by `weir schema --functions`.\n",
             names.size(), signatures) +
         tables;
}

}  // namespace weir::expr
