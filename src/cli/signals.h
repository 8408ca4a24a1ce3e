// SIGINT and SIGTERM as a flag that a running verb looks at.
#pragma once

namespace weir::cli {

void catch_stop_signals();
bool stop_was_asked_for();
void forget_stop_signals();  // they end the process again

}  // namespace weir::cli
