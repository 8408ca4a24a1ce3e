#include "pgwire/wire.h"

namespace weir::pgwire {

Result<std::optional<std::string>> Wire::read_startup(Micros wait) {
  for (;;) {
    if (const auto body = TRY(frames_.next_startup())) return std::optional(std::string(*body));
    if (!TRY(receive(wait))) return std::optional<std::string>();
  }
}

Result<std::optional<Frame>> Wire::read() {
  for (;;) {
    if (const auto frame = TRY(frames_.next())) return std::optional(*frame);
    if (!TRY(receive(io::Connection::kForever))) return std::optional<Frame>();
  }
}

Result<bool> Wire::receive(Micros wait) {
  char buffer[16 << 10];
  const size_t n = TRY(connection_.read_some(buffer, sizeof buffer, wait));
  frames_.append({buffer, n});
  return n > 0;
}

Status Wire::flush_to_peer() {
  if (!out_.empty()) return flush();
  if (!connection_.peer_is_gone()) return {};
  broken_ = true;
  return Error(ErrorKind::kUnavailable, 1610, "the client has left");
}

Status Wire::flush() {
  Status status = connection_.write(out_);
  out_.clear();
  if (!status) broken_ = true;
  return status;
}

}  // namespace weir::pgwire
