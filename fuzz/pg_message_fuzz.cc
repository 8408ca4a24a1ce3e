// libFuzzer: any bytes as what a PostgreSQL client sends, given in pieces of any size. The first
// byte says how large they are. Every message that comes out is within the bytes that went in.
#include "base/check.h"
#include "pgwire/message.h"

namespace weir::pgwire {
namespace {

void check_within(std::string_view part, std::string_view body) {
  if (part.empty()) return;
  WEIR_CHECK(part.data() >= body.data());
  WEIR_CHECK(part.data() + part.size() <= body.data() + body.size());
}

void parse_body(const Frame& frame) {
  if (const auto parse = parse_parse(frame.body)) {
    check_within(parse->name, frame.body);
    check_within(parse->sql, frame.body);
  }
  if (const auto bind = parse_bind(frame.body)) {
    check_within(bind->portal, frame.body);
    check_within(bind->statement, frame.body);
    for (const auto& value : bind->parameters) check_within(value.value_or(""), frame.body);
  }
  if (const auto target = parse_target(frame.body)) check_within(target->name, frame.body);
  if (const auto execute = parse_execute(frame.body)) check_within(execute->portal, frame.body);
  if (const auto text = parse_string(frame.body)) check_within(*text, frame.body);
}

// False: the connection would end.
bool take_all(FrameBuffer& frames, bool& started) {
  if (!started) {
    const auto body = frames.next_startup();
    if (!body) return false;
    if (!*body) return true;
    const auto packet = parse_startup(**body);
    if (!packet) return false;
    started = packet->kind == StartupPacket::Kind::kStartup;
  }
  for (;;) {
    const auto frame = frames.next();
    if (!frame) return false;
    if (!*frame) return true;
    parse_body(**frame);
  }
}

}  // namespace
}  // namespace weir::pgwire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + size_t{data[0]};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  weir::pgwire::FrameBuffer frames;
  bool started = (data[0] & 1) != 0;
  while (!rest.empty()) {
    frames.append(rest.substr(0, piece));
    rest.remove_prefix(std::min(piece, rest.size()));
    if (!weir::pgwire::take_all(frames, started)) return 0;
  }
  return 0;
}
