// The client's side of TLS over a connection: bytes in, bytes out, the peer's certificate checked
// against its name.
#pragma once
#include <memory>
#include <string>

#include "io/tcp_server.h"

namespace weir::io {

// Takes over `inner`, and shakes hands. Errors: kUnavailable 1862.
Result<std::unique_ptr<Connection>> start_tls(std::unique_ptr<Connection> inner,
                                              const std::string& host, const std::string& ca_file);

}  // namespace weir::io
