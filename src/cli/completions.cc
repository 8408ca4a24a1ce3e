// Completion scripts, made from the table of verbs.
#include "cli/completions.h"

#include <fmt/core.h>

namespace weir::cli {

namespace {

std::string verb_names() {
  std::string out;
  for (const Verb* verb : all_verbs()) {
    if (verb->run) out += (out.empty() ? "" : " ") + std::string(verb->name);
  }
  return out;
}

std::string spaced(std::string_view choices) {
  std::string out(choices);
  for (char& c : out) {
    if (c == '|') c = ' ';
  }
  return out;
}

std::string words_of(const Verb& verb) {
  std::string out;
  for (const VerbOption& o : verb.options) out += std::string(o.name) + " ";
  for (const VerbArgument& a : verb.arguments) {
    if (!a.choices.empty()) out += spaced(a.choices) + " ";
  }
  return out + "--help";
}

std::string bash() {
  std::string out =
      "_weir() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= i\n"
      "  case $before in\n"
      "    -C) COMPREPLY=($(compgen -d -- \"$word\")); return;;\n"
      "    --env) COMPREPLY=($(compgen -W \"$(ls environments 2>/dev/null | sed 's/\\.ya*ml$//')\""
      " -- \"$word\")); return;;\n";
  for (const Verb* verb : all_verbs()) {
    for (const VerbOption& o : verb->options) {
      if (o.choices.empty()) continue;
      out += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return;;\n",
                         o.name, spaced(o.choices));
    }
  }
  out +=
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in -C|--env) ((i++));; -*) ;; *) verb=${COMP_WORDS[i]}; break;; "
      "esac\n"
      "  done\n"
      "  case $verb in\n";
  out += fmt::format(
      "    '') COMPREPLY=($(compgen -W \"{} -C --env --json --help\" -- \"$word\"));;\n",
      verb_names());
  for (const Verb* verb : all_verbs()) {
    if (!verb->run) continue;
    out += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\"));;\n", verb->name,
                       words_of(*verb));
  }
  return out + "  esac\n}\ncomplete -o default -F _weir weir\n";
}

std::string zsh() {
  return "#compdef weir\nautoload -U +X bashcompinit && bashcompinit\n" + bash();
}

std::string fish() {
  std::string out = "complete -c weir -f\n"
                    "complete -c weir -s C -r -d \"the project's folder\"\n"
                    "complete -c weir -l env -r -d 'the environment'\n"
                    "complete -c weir -l json -d 'print JSON'\n";
  for (const Verb* verb : all_verbs()) {
    if (!verb->run) continue;
    out += fmt::format("complete -c weir -n __fish_use_subcommand -a {} -d \"{}\"\n", verb->name,
                       verb->summary);
    for (const VerbOption& o : verb->options) {
      const bool is_long = o.name.starts_with("--");
      out += fmt::format(
          "complete -c weir -n '__fish_seen_subcommand_from {}' {} {}{}{} -d \"{}\"\n", verb->name,
          is_long ? "-l" : "-s", o.name.substr(is_long ? 2 : 1), o.value.empty() ? "" : " -r",
          o.choices.empty() ? "" : fmt::format(" -a '{}'", spaced(o.choices)), o.summary);
    }
    for (const VerbArgument& a : verb->arguments) {
      if (a.choices.empty()) continue;
      out += fmt::format("complete -c weir -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                         verb->name, spaced(a.choices));
    }
  }
  return out;
}

int run(Context& context, const Invocation& invocation) {
  const std::string& shell = invocation.arguments[0];
  context.print(shell == "bash" ? bash() : shell == "zsh" ? zsh() : fish());
  return kExitDone;
}

constexpr VerbArgument kArguments[] = {{"SHELL", "bash, zsh or fish", true, "bash|zsh|fish"}};

}  // namespace

constexpr Verb kCompletionsVerb = {
    "completions", "print completions for a shell",
    "  bash   source <(weir completions bash)\n"
    "  zsh    source <(weir completions zsh)\n"
    "  fish   weir completions fish > ~/.config/fish/completions/weir.fish",
    kArguments, {}, run};

}  // namespace weir::cli
