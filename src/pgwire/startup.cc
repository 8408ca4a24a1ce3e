#include "pgwire/startup.h"

#include <fmt/core.h>

namespace weir::pgwire {

namespace {

constexpr Micros kLoginWait = 60'000'000;
constexpr int kMaxProbes = 4;  // SSLRequest, GSSENCRequest, each perhaps twice

// The encoding's name without case and punctuation: "'utf-8'", "UTF8" and "unicode" are one.
bool is_utf8(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain == "utf8" || plain == "unicode" || plain == "sqlascii";
}

Result<Login> login_of(const StartupPacket& packet, Wire& wire) {
  if (packet.major != 3) {
    return Error(ErrorKind::kNotSupported, 1623,
                 fmt::format("unsupported frontend protocol {}.{}: server supports 3.0",
                             packet.major, packet.minor));
  }
  std::vector<std::string_view> unknown;  // extensions that we are free to decline
  for (const auto& [name, value] : packet.parameters) {
    if (name.starts_with("_pq_.")) unknown.push_back(name);
  }
  if (packet.minor > 0 || !unknown.empty()) {
    MessageWriter message(wire.out(), 'v');
    message.be<uint32_t>(0).be(static_cast<uint32_t>(unknown.size()));
    for (const std::string_view name : unknown) message.string(name);
  }
  const auto value = [&](const char* name) {
    const auto it = packet.parameters.find(name);
    return it == packet.parameters.end() ? std::string() : it->second;
  };
  Login login{value("user"), value("database"), value("application_name")};
  if (login.user.empty()) {
    return Error(ErrorKind::kInvalidUsage, 1624,
                 "no PostgreSQL user name specified in startup packet")
        .sqlstate("28000");
  }
  if (login.database.empty()) login.database = login.user;
  if (const std::string encoding = value("client_encoding");
      !encoding.empty() && !is_utf8(encoding)) {
    return Error(ErrorKind::kNotSupported, 1625,
                 fmt::format("client encoding \"{}\" is not supported", encoding))
        .hint("set client_encoding to UTF8");
  }
  return login;
}

}  // namespace

Result<std::optional<Login>> read_login(Wire& wire, Sessions& sessions) {
  for (int probes = 0; probes <= kMaxProbes; ++probes) {
    const auto body = TRY(wire.read_startup(kLoginWait));
    if (!body) return std::optional<Login>();
    const StartupPacket packet = TRY(parse_startup(*body));
    switch (packet.kind) {
      case StartupPacket::Kind::kCancel:
        sessions.cancel({packet.process, packet.secret});
        return std::optional<Login>();
      case StartupPacket::Kind::kStartup:
        return std::optional(TRY(login_of(packet, wire)));
      case StartupPacket::Kind::kSsl:
      case StartupPacket::Kind::kGss:
        if (wire.has_unread()) {
          return Error(ErrorKind::kInvalidStatement, 1622,
                       "received unencrypted data after SSL request")
              .sqlstate("08P01");
        }
        wire.out().push_back('N');
        TRY_VOID(wire.flush());
    }
  }
  return Error(ErrorKind::kInvalidStatement, 1622, "too many encryption requests")
      .sqlstate("08P01");
}

void append_greeting(std::string& out, const Login& login, const SessionKey& key) {
  MessageWriter(out, 'R').be<uint32_t>(0);
  const std::pair<std::string_view, std::string_view> parameters[] = {
      {"application_name", login.application},
      {"client_encoding", "UTF8"},
      {"DateStyle", "ISO, MDY"},
      {"default_transaction_read_only", "off"},
      {"in_hot_standby", "off"},
      {"integer_datetimes", "on"},
      {"IntervalStyle", "postgres"},
      {"is_superuser", "on"},
      {"server_encoding", "UTF8"},
      {"server_version", "15.0 (weir)"},
      {"session_authorization", login.user},
      {"standard_conforming_strings", "on"},
      {"TimeZone", "UTC"},
  };
  for (const auto& [name, value] : parameters) {
    MessageWriter(out, 'S').string(name).string(value);
  }
  MessageWriter(out, 'K').be(key.process).be(key.secret);
}

}  // namespace weir::pgwire
