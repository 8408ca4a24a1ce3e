// Keeps pages of other sites away from a port that asks for no password. A browser lets any page
// send requests to 127.0.0.1; what gives such a page away is the Host it thinks it talks to (a name
// of its own, rebound to this machine) and the Origin that the browser adds.
#pragma once
#include "http/message.h"

namespace weir::http {

// Errors: 1655 (the Host header names something else than this machine), 1656 (from another site).
Status check_caller(const Request& request);

}  // namespace weir::http
