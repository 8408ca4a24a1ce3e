// The only source that sees CLI11. It parses what the table of verbs describes; help and errors are
// printed in our own words, because they are the first thing that a new user reads.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/verb.h"
#include "project/diagnostic.h"
#include "project/spelling.h"

namespace weir::cli {

namespace {

struct Parsed {
  std::vector<std::string> positional;
  std::map<std::string, std::string> values;
  std::map<std::string, bool> switches;
};

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> out;
  for (size_t from = 0; from <= choices.size() && !choices.empty();) {
    const size_t bar = std::min(choices.find('|', from), choices.size());
    out.emplace_back(choices.substr(from, bar - from));
    from = bar + 1;
  }
  return out;
}

std::string usage_line(const Verb& verb) {
  std::string out = fmt::format("weir {}", verb.name);
  for (const VerbArgument& a : verb.arguments) {
    out += a.required ? fmt::format(" {}", a.name) : fmt::format(" [{}]", a.name);
  }
  for (const VerbOption& o : verb.options) {
    out +=
        o.value.empty() ? fmt::format(" [{}]", o.name) : fmt::format(" [{} {}]", o.name, o.value);
  }
  return out;
}

std::string verb_help(const Verb& verb) {
  std::string out = fmt::format("{}: {}\n\n  {}\n", verb.name, verb.summary, usage_line(verb));
  if (!verb.help.empty()) out += fmt::format("\n{}\n", verb.help);
  if (!verb.arguments.empty() || !verb.options.empty()) out += '\n';
  for (const VerbArgument& a : verb.arguments)
    out += fmt::format("  {:<22} {}\n", a.name, a.summary);
  for (const VerbOption& o : verb.options) {
    const std::string left =
        o.value.empty() ? std::string(o.name) : fmt::format("{} {}", o.name, o.value);
    out += fmt::format("  {:<22} {}\n", left, o.summary);
  }
  return out;
}

std::string main_help() {
  std::string out =
      "weir: a folder of YAML and SQL becomes running data streams.\n\n"
      "  weir init shop && cd shop    a project that runs at once\n"
      "  weir dev                     run it, and see changes as you save\n"
      "  weir check                   find everything that is wrong, offline\n\n"
      "usage: weir [-C DIR] [--env NAME] [--json] VERB\n\n"
      "  -C DIR                 the project's folder; default: this one\n"
      "  --env NAME             the environment; default: dev\n"
      "  --json                 print JSON, stable for programs\n"
      "  --help, --version\n\nverbs:\n";
  std::string later;
  for (const Verb* verb : all_verbs()) {
    if (!verb->run) {
      later += fmt::format("{}{}", later.empty() ? "" : ", ", verb->name);
      continue;
    }
    out += fmt::format("  {:<12} {}\n", verb->name, verb->summary);
  }
  if (!later.empty()) out += fmt::format("\nnot there yet: {}\n", later);
  out +=
      "\n`weir VERB --help` says more about a verb.\n"
      "exit codes: 0 done, 2 the plan has changes, 3 tests failed, 4 the project or statement is\n"
      "invalid, 5 something outside could not be reached, 1 anything else\n";
  return out;
}

Error usage_error(const Verb* verb, const std::string& message) {
  return Error(ErrorKind::kInvalidUsage, 1001, message)
      .hint(verb ? fmt::format("usage: {}", usage_line(*verb)) : "see `weir --help`");
}

std::vector<std::string> option_names(const Verb* verb) {
  std::vector<std::string> names{"-C", "--env", "--json", "--help"};
  if (!verb) names.emplace_back("--version");
  for (size_t i = 0; verb && i < verb->options.size(); ++i) {
    names.emplace_back(verb->options[i].name);
  }
  return names;
}

Error wrong_choice(std::string_view name, const std::string& given, std::string_view choices) {
  const std::string nearest = project::nearest_name(given, split_choices(choices));
  return Error(ErrorKind::kInvalidUsage, 1004, fmt::format("{} cannot be \"{}\"", name, given))
      .detail(fmt::format("one of {}", choices))
      .hint(nearest.empty() ? "choose one of these" : fmt::format("did you mean {}?", nearest));
}

// What is wrong with the words, in ours: CLI11 speaks of types and counts.
Error misuse(const Verb* verb, const std::vector<std::string>& words, const CLI::ParseError& e) {
  const std::vector<std::string> names = option_names(verb);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() < 2 || words[i][0] != '-') continue;
    const std::string name = words[i].substr(0, words[i].find('='));
    if (std::find(names.begin(), names.end(), name) == names.end() && name != "-h") {
      const std::string nearest = project::nearest_name(name, names);
      Error error = usage_error(verb, fmt::format("there is no option {}", name));
      return nearest.empty() ? std::move(error)
                             : std::move(error).hint(fmt::format("did you mean {}?", nearest));
    }
    const bool last = i + 1 == words.size() && name.size() == words[i].size();
    if (last && name != "--json") {
      return usage_error(verb, fmt::format("{} needs a value behind it", name));
    }
  }
  if (!verb) return usage_error(verb, e.what());
  const auto missing = dynamic_cast<const CLI::RequiredError*>(&e);
  if (missing && !verb->arguments.empty()) {
    return usage_error(verb, fmt::format("{} is missing", verb->arguments[0].name));
  }
  if (dynamic_cast<const CLI::ValidationError*>(&e)) {
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      for (const VerbOption& option : verb->options) {
        if (words[i] == option.name && !option.choices.empty()) {
          return wrong_choice(option.name, words[i + 1], option.choices);
        }
      }
    }
    return usage_error(verb, e.what());
  }
  return usage_error(verb, verb->arguments.empty()
                               ? fmt::format("{} takes no arguments", verb->name)
                               : fmt::format("{} takes {} alone: put what has spaces in quotes",
                                             verb->name, verb->arguments[0].name));
}

Error unknown_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb* verb : all_verbs()) names.emplace_back(verb->name);
  const std::string nearest = project::nearest_name(word, names);
  return Error(ErrorKind::kInvalidUsage, 1002, fmt::format("there is no verb \"{}\"", word))
      .hint(nearest.empty() ? "see `weir --help` for the verbs"
                            : fmt::format("did you mean `weir {}`?", nearest));
}

void describe(CLI::App& app, const Verb& verb, Parsed& parsed) {
  CLI::App* sub = app.add_subcommand(std::string(verb.name), std::string(verb.summary));
  sub->fallthrough();
  size_t required = 0;
  for (const VerbArgument& a : verb.arguments) required += a.required ? 1 : 0;
  if (!verb.arguments.empty()) {
    auto* option = sub->add_option("arguments", parsed.positional);
    option->expected(static_cast<int>(required), static_cast<int>(verb.arguments.size()));
    if (required > 0) option->required();
  }
  for (const VerbOption& o : verb.options) {
    const std::string name(o.name);
    if (o.value.empty()) {
      sub->add_flag(name, parsed.switches[name]);
      continue;
    }
    auto* option = sub->add_option(name, parsed.values[name]);
    option->type_name(std::string(o.value));
    if (!o.choices.empty()) option->check(CLI::IsMember(split_choices(o.choices)));
  }
}

// The arguments' own choices: CLI11 sees them as one list.
Status check_choices(const Verb& verb, const Invocation& invocation) {
  for (size_t i = 0; i < invocation.arguments.size() && i < verb.arguments.size(); ++i) {
    const std::vector<std::string> choices = split_choices(verb.arguments[i].choices);
    const std::string& given = invocation.arguments[i];
    if (choices.empty() || std::find(choices.begin(), choices.end(), given) != choices.end())
      continue;
    return wrong_choice(verb.arguments[i].name, given, verb.arguments[i].choices);
  }
  return {};
}

int run_verb(Context& context, const Verb& verb, const CLI::App& sub, Parsed parsed) {
  if (!verb.run) {
    context.complain(Error(ErrorKind::kNotSupported, 1003,
                           fmt::format("the verb \"{}\" is not there yet", verb.name))
                         .hint("see `weir --help` for the verbs that are"));
    return kExitFailed;
  }
  Invocation invocation;
  invocation.arguments = std::move(parsed.positional);
  for (const VerbOption& o : verb.options) {
    const std::string name(o.name);
    if (sub.count(name) == 0) continue;
    invocation.options[name] = o.value.empty() ? "" : parsed.values[name];
  }
  if (auto status = check_choices(verb, invocation); !status) {
    context.complain(status.error());
    return kExitInvalid;
  }
  return verb.run(context, invocation);
}

int parse_and_run(Context& context, std::vector<std::string> words) {
  CLI::App app("weir");
  app.set_help_flag("");
  app.set_version_flag("--version", "");
  bool help = false;
  app.add_flag("-h,--help", help);
  app.add_option("-C", context.dir);
  app.add_option("--env", context.env);
  app.add_flag("--json", context.json);
  app.require_subcommand(0, 1);
  std::map<std::string_view, Parsed> parsed;
  for (const Verb* verb : all_verbs()) describe(app, *verb, parsed[verb->name]);
  const std::vector<std::string> given = words;
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForVersion&) {
    context.print(fmt::format("weir {}\n", kVersion));
    return kExitDone;
  } catch (const CLI::ParseError& e) {
    const auto subs = app.get_subcommands();
    if (help) {
      context.print(subs.empty() ? main_help() : verb_help(*find_verb(subs[0]->get_name())));
      return kExitDone;
    }
    context.complain(misuse(subs.empty() ? nullptr : find_verb(subs[0]->get_name()), given, e));
    return kExitInvalid;
  }
  const auto subs = app.get_subcommands();
  if (help || subs.empty()) {
    context.print(subs.empty() ? main_help() : verb_help(*find_verb(subs[0]->get_name())));
    return help ? kExitDone : kExitInvalid;
  }
  const Verb& verb = *find_verb(subs[0]->get_name());
  return run_verb(context, verb, *subs[0], std::move(parsed[verb.name]));
}

// The first word that is no option: CLI11's own message for an unknown verb is a riddle.
std::string first_word(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-C" || words[i] == "--env") {
      ++i;
    } else if (!words[i].starts_with("-")) {
      return words[i];
    }
  }
  return "";
}

std::string line_of(std::string_view text, uint32_t line) {
  while (--line > 0 && !text.empty()) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void Context::print(std::string_view text) const { std::fwrite(text.data(), 1, text.size(), out); }

void Context::complain(const Error& error, std::string_view sql) const {
  project::Diagnostic d = project::to_diagnostic(error, {});
  if (d.span.known() && (d.span.file.empty() || !sql.empty()))
    keep_source_line(d, line_of(sql, d.span.line));
  if (json) {
    fmt::print(err, "{}\n", project::render_json(d));
    return;
  }
  const std::string text = project::render_text(d, colour);
  std::fwrite(text.data(), 1, text.size(), err);
  for (const Error* cause = error.cause(); cause; cause = cause->cause()) {
    fmt::print(err, "because: {}\n", cause->to_string());
  }
}

std::string Invocation::value(const std::string& option, std::string_view fallback) const {
  const auto it = options.find(option);
  return it == options.end() ? std::string(fallback) : it->second;
}

int exit_code(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kInvalidProject:
    case ErrorKind::kInvalidStatement:
    case ErrorKind::kInvalidUsage: return kExitInvalid;
    case ErrorKind::kUnavailable: return kExitUnavailable;
    default: return kExitFailed;
  }
}

int run_command_line(Context& context, const std::vector<std::string>& words) {
  const std::string verb = first_word(words);
  if (verb == "help") {  // `weir help run` is `weir run --help`
    std::vector<std::string> asked(std::find(words.begin(), words.end(), verb) + 1, words.end());
    asked.emplace_back("--help");
    return run_command_line(context, asked);
  }
  if (!verb.empty() && !find_verb(verb)) {
    context.complain(unknown_verb(verb));
    return kExitInvalid;
  }
  return parse_and_run(context, words);
}

}  // namespace weir::cli
