#include "pgwire/message.h"

#include <fmt/core.h>

namespace weir::pgwire {

namespace {

constexpr uint32_t kSslRequest = 80877103;
constexpr uint32_t kGssRequest = 80877104;
constexpr uint32_t kCancelRequest = 80877102;

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidStatement, 1622, fmt::format("malformed {} message", what))
      .sqlstate("08P01");
}

// 0: no such message.
size_t max_body_bytes(Sender sender, char type) {
  if (sender == Sender::kServer) {
    return std::string_view("RSKTDCENZIvGt123ns").find(type) == std::string_view::npos
               ? 0
               : kMaxAnswerBytes;
  }
  switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'd':
      return kMaxStatementBytes;
    case 'D':
    case 'E':
    case 'C':
    case 'F':
    case 'H':
    case 'S':
    case 'X':
    case 'c':
    case 'f':
    case 'p':
      return kMaxOtherBytes;
    default:
      return 0;
  }
}

uint32_t length_at(std::string_view bytes) { return ByteReader(bytes).be<uint32_t>(); }

Error bad_length(uint32_t length) {
  return Error(ErrorKind::kInvalidStatement, 1621,
               fmt::format("invalid message length {}", length))
      .sqlstate("08P01");
}

std::vector<int16_t> formats(ByteReader& in) {
  std::vector<int16_t> out(in.be<uint16_t>());
  for (int16_t& format : out) {
    format = in.be<int16_t>();
    if (format != 0 && format != 1) in.fail();
    if (!in.ok()) return {};
  }
  return out;
}

}  // namespace

std::string_view read_string(ByteReader& in, std::string_view body) {
  const size_t begin = in.position();
  const size_t end = body.find('\0', begin);
  if (end == std::string_view::npos) {
    in.fail();
    return {};
  }
  const std::string_view text = in.raw(end - begin);
  in.raw(1);
  return text;
}

void FrameBuffer::append(std::string_view bytes) {
  if (at_ > 0) {
    bytes_.erase(0, at_);
    at_ = 0;
  }
  // What one large message took is given back.
  if (bytes_.empty() && bytes_.capacity() > (1u << 20)) bytes_.shrink_to_fit();
  bytes_.append(bytes);
}

Result<std::optional<std::string_view>> FrameBuffer::next_startup() {
  const std::string_view rest = std::string_view(bytes_).substr(at_);
  if (rest.size() < 4) return std::optional<std::string_view>();
  const uint32_t length = length_at(rest);
  if (length < 8 || length > kMaxStartupBytes) return bad_length(length);
  if (rest.size() < length) return std::optional<std::string_view>();
  at_ += length;
  return std::optional(rest.substr(4, length - 4));
}

Result<std::optional<Frame>> FrameBuffer::next() {
  const std::string_view rest = std::string_view(bytes_).substr(at_);
  if (rest.empty()) return std::optional<Frame>();
  const char type = rest[0];
  const size_t most = max_body_bytes(sender_, type);
  if (most == 0) {
    return Error(ErrorKind::kInvalidStatement, 1620,
                 fmt::format("invalid {} message type {}",
                             sender_ == Sender::kClient ? "frontend" : "backend",
                             static_cast<uint8_t>(type)))
        .sqlstate("08P01");
  }
  if (rest.size() < 5) return std::optional<Frame>();
  const uint32_t length = length_at(rest.substr(1));
  if (length < 4 || length - 4 > most) return bad_length(length);
  if (rest.size() < 1 + size_t{length}) return std::optional<Frame>();
  at_ += 1 + size_t{length};
  return std::optional(Frame{type, rest.substr(5, length - 4)});
}

Result<StartupPacket> parse_startup(std::string_view body) {
  ByteReader in(body);
  StartupPacket out;
  const auto code = in.be<uint32_t>();
  if (code == kSslRequest || code == kGssRequest) {
    out.kind = code == kSslRequest ? StartupPacket::Kind::kSsl : StartupPacket::Kind::kGss;
    return out;
  }
  if (code == kCancelRequest) {
    out.kind = StartupPacket::Kind::kCancel;
    out.process = in.be<uint32_t>();
    out.secret = in.be<uint32_t>();
    if (!in.ok()) return malformed("cancel");
    return out;
  }
  out.major = static_cast<uint16_t>(code >> 16);
  out.minor = static_cast<uint16_t>(code);
  if (out.major != 3) return out;  // what follows is not known
  for (;;) {
    const std::string_view name = read_string(in, body);
    if (!in.ok()) return malformed("startup");
    if (name.empty()) return out;
    const std::string_view value = read_string(in, body);
    if (!in.ok()) return malformed("startup");
    out.parameters[std::string(name)] = std::string(value);
  }
}

void append_startup(std::string& out, const std::map<std::string, std::string>& parameters) {
  std::string body;
  ByteWriter bytes(body);
  bytes.be<uint16_t>(3);
  bytes.be<uint16_t>(0);
  for (const auto& [name, value] : parameters) body += name + '\0' + value + '\0';
  body.push_back('\0');
  ByteWriter(out).be(static_cast<uint32_t>(body.size() + sizeof(uint32_t)));
  out += body;
}

Result<ParseMessage> parse_parse(std::string_view body) {
  ByteReader in(body);
  ParseMessage out;
  out.name = read_string(in, body);
  out.sql = read_string(in, body);
  const auto count = in.be<uint16_t>();
  if (!in.ok() || in.remaining() != size_t{count} * 4) return malformed("Parse");
  for (size_t i = 0; i < count; ++i) out.types.push_back(in.be<uint32_t>());
  return out;
}

Result<BindMessage> parse_bind(std::string_view body) {
  ByteReader in(body);
  BindMessage out;
  out.portal = read_string(in, body);
  out.statement = read_string(in, body);
  out.parameter_formats = formats(in);
  const size_t count = in.be<uint16_t>();
  for (size_t i = 0; i < count && in.ok(); ++i) {
    const auto length = in.be<int32_t>();
    if (length == -1) {
      out.parameters.emplace_back(std::nullopt);
    } else if (length < 0) {
      in.fail();
    } else {
      out.parameters.emplace_back(in.raw(static_cast<size_t>(length)));
    }
  }
  out.result_formats = formats(in);
  const size_t given = out.parameter_formats.size();
  if (!in.ok() || !in.at_end() || (given > 1 && given != count)) return malformed("Bind");
  return out;
}

Result<TargetMessage> parse_target(std::string_view body) {
  ByteReader in(body);
  TargetMessage out;
  out.kind = static_cast<char>(in.be<uint8_t>());
  out.name = read_string(in, body);
  if (!in.ok() || !in.at_end() || (out.kind != 'S' && out.kind != 'P')) {
    return malformed("Describe or Close");
  }
  return out;
}

Result<ExecuteMessage> parse_execute(std::string_view body) {
  ByteReader in(body);
  ExecuteMessage out;
  out.portal = read_string(in, body);
  const auto rows = in.be<int32_t>();
  out.max_rows = rows > 0 ? static_cast<uint32_t>(rows) : 0;
  if (!in.ok() || !in.at_end()) return malformed("Execute");
  return out;
}

Result<std::string_view> parse_string(std::string_view body) {
  ByteReader in(body);
  const std::string_view text = read_string(in, body);
  if (!in.ok() || !in.at_end()) return malformed("Query");
  return text;
}

}  // namespace weir::pgwire
