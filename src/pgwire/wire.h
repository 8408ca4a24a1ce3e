// A connection as messages: frames in, a buffer of messages out. Once sending or receiving has
// failed there is nobody to tell; broken() says so and everything above ends. One thread.
#pragma once
#include <optional>
#include <string>

#include "io/tcp_server.h"
#include "pgwire/message.h"

namespace weir::pgwire {

class Wire {
 public:
  explicit Wire(io::Connection& connection, Sender sender = Sender::kClient)
      : connection_(connection), frames_(sender) {}

  // nullopt: the client has gone. Errors: of the frames (1620, 1621), of the connection (1605 to
  // 1607).
  Result<std::optional<std::string>> read_startup(Micros wait);
  Result<std::optional<Frame>> read();
  // A request for TLS must come alone: bytes behind it would be taken as if they had been
  // encrypted.
  bool has_unread() const { return !frames_.empty(); }

  std::string& out() { return out_; }
  Status flush();
  Status flush_if_full() { return out_.size() < kFlushBytes ? Status() : flush(); }
  // Also where there is nothing to send; an error where the peer has gone.
  Status flush_to_peer();
  bool broken() const { return broken_; }

 private:
  static constexpr size_t kFlushBytes = 64u << 10;
  Result<bool> receive(Micros wait);  // false: the end

  io::Connection& connection_;
  FrameBuffer frames_;
  std::string out_;
  bool broken_ = false;
};

}  // namespace weir::pgwire
