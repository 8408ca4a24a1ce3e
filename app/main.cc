// Composition root: the real file system and clock, the words of the command line, one exit code.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "cli/verb.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of a write, not the end
  const auto files = weir::io::make_real_file_system();
  weir::RealClock clock;
  weir::cli::Context context{*files, clock};
  const char* no_colour = std::getenv("NO_COLOR");
  context.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
  return weir::cli::run_command_line(context, std::vector<std::string>(argv + 1, argv + argc));
}
