#include "cli/signals.h"

#include <csignal>

namespace weir::cli {

namespace {

volatile std::sig_atomic_t asked = 0;

// A second signal ends the process at once: nothing is lost by that, only time at the next start.
void on_signal(int signal) {
  if (asked) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  asked = 1;
}

}  // namespace

void catch_stop_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void forget_stop_signals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  asked = 0;
}

bool stop_was_asked_for() { return asked != 0; }

}  // namespace weir::cli
