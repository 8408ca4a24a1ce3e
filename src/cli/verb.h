// What a verb is: a name, what it takes and a function. A verb is one file pair and one line in
// verbs.cc; the command line, the help pages and the shell completions all come from these
// descriptions.
#pragma once
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "io/file_system.h"

namespace weir::cli {

constexpr std::string_view kVersion = "0.1.0";

// The outside world of a verb, and the options that all verbs have.
struct Context {
  io::FileSystem& files;
  Clock& clock;
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  std::string dir = ".";
  std::string env = "dev";
  bool json = false;
  bool colour = false;

  void print(std::string_view text) const;   // to out
  // To err, in the form of interfaces.md. `sql`: the statement that the error's place is in.
  void complain(const Error& error, std::string_view sql = "") const;
};

struct VerbArgument {
  std::string_view name;
  std::string_view summary;
  bool required = false;
  std::string_view choices = "";      // "bash|zsh|fish"
};

struct VerbOption {
  std::string_view name;              // "--until-idle" or "-f"
  std::string_view value;             // "FILE"; empty: a switch
  std::string_view summary;
  std::string_view choices = "";
};

// What the user typed, checked against the description.
struct Invocation {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> options;  // a switch has ""

  bool has(const std::string& option) const { return options.count(option) > 0; }
  std::string value(const std::string& option, std::string_view fallback = "") const;
};

struct Verb {
  std::string_view name;
  std::string_view summary;           // one line
  std::string_view help;              // what else to know; may be empty
  std::span<const VerbArgument> arguments;
  std::span<const VerbOption> options;
  int (*run)(Context& context, const Invocation& invocation) = nullptr;  // null: not there yet
};

std::span<const Verb* const> all_verbs();
const Verb* find_verb(std::string_view name);

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
constexpr int kExitInvalid = 4;
constexpr int kExitUnavailable = 5;
int exit_code(const Error& error);

// The whole command line: parses, runs the verb, answers the exit code.
int run_command_line(Context& context, const std::vector<std::string>& words);

}  // namespace weir::cli
