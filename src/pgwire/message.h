// PostgreSQL protocol v3, bytes to messages and back. A frame is a type byte, a length and a body;
// the first packet of a connection has no type. Every length is checked against a bound before
// anything is kept, and a body is read with a reader that cannot leave it: any bytes give a message
// or an error. Views point into the body that was parsed.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace weir::pgwire {

inline constexpr size_t kMaxStartupBytes = 10'000;       // PostgreSQL's own bound
inline constexpr size_t kMaxStatementBytes = 64u << 20;  // Query, Parse, Bind, CopyData
inline constexpr size_t kMaxOtherBytes = 64u << 10;
inline constexpr size_t kMaxAnswerBytes = 1u << 30;      // what a server sends

struct Frame {
  char type = 0;
  std::string_view body;
};

// Whose frames they are: the two sides use the same letters for other things.
enum class Sender : uint8_t { kClient, kServer };

// Bytes as they come, cut into frames.
class FrameBuffer {
 public:
  explicit FrameBuffer(Sender sender = Sender::kClient) : sender_(sender) {}
  void append(std::string_view bytes);
  // The body of a packet without a type; nullopt: not all of it is there.
  Result<std::optional<std::string_view>> next_startup();
  // Valid until the next call. Errors: 1620 an unknown type, 1621 a length out of bounds.
  Result<std::optional<Frame>> next();
  bool empty() const { return at_ == bytes_.size(); }

 private:
  const Sender sender_;
  std::string bytes_;
  size_t at_ = 0;
};

// Up to a NUL, which must be there, in a body that `in` reads.
std::string_view read_string(ByteReader& in, std::string_view body);

struct StartupPacket {
  enum class Kind : uint8_t { kStartup, kSsl, kGss, kCancel };
  Kind kind = Kind::kStartup;
  uint16_t major = 0;
  uint16_t minor = 0;
  std::map<std::string, std::string> parameters;
  uint32_t process = 0;  // kCancel
  uint32_t secret = 0;
};
Result<StartupPacket> parse_startup(std::string_view body);
void append_startup(std::string& out, const std::map<std::string, std::string>& parameters);

struct ParseMessage {
  std::string_view name;
  std::string_view sql;
  std::vector<uint32_t> types;  // oids; 0: not said
};
Result<ParseMessage> parse_parse(std::string_view body);

struct BindMessage {
  std::string_view portal;
  std::string_view statement;
  std::vector<int16_t> parameter_formats;  // none: all text; one: for all
  std::vector<std::optional<std::string_view>> parameters;
  std::vector<int16_t> result_formats;
};
Result<BindMessage> parse_bind(std::string_view body);

struct TargetMessage {  // Describe and Close
  char kind = 0;        // 'S': statement, 'P': portal
  std::string_view name;
};
Result<TargetMessage> parse_target(std::string_view body);

struct ExecuteMessage {
  std::string_view portal;
  uint32_t max_rows = 0;  // 0: all
};
Result<ExecuteMessage> parse_execute(std::string_view body);

// Query and CopyFail: one string.
Result<std::string_view> parse_string(std::string_view body);

// Appends one message to a buffer; the length is filled in when it goes out of scope.
class MessageWriter {
 public:
  MessageWriter(std::string& out, char type) : out_(out), bytes_(out) {
    out.push_back(type);
    begin_ = out.size();
    bytes_.be<uint32_t>(0);
  }
  ~MessageWriter() {
    const auto length = byte_swap(static_cast<uint32_t>(out_.size() - begin_));
    out_.replace(begin_, sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
  }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  template <class Int>
  MessageWriter& be(Int value) {
    bytes_.be(value);
    return *this;
  }
  MessageWriter& raw(std::string_view bytes) {
    bytes_.raw(bytes);
    return *this;
  }
  MessageWriter& string(std::string_view text) {  // up to a NUL, which ends it on the wire
    bytes_.raw(text.substr(0, text.find('\0')));
    out_.push_back('\0');
    return *this;
  }

 private:
  std::string& out_;
  ByteWriter bytes_;
  size_t begin_ = 0;
};

}  // namespace weir::pgwire
