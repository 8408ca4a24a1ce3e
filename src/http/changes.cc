// The changes of a view as server-sent events:
//
//   event: begin    {"view", "columns", "key"}: forget what you have, the view starts empty
//   event: change   {"epoch", "time", "more", "changes": [{"weight": 1, "row": {...}}, ...]}
//   event: end      {"reason"}: the server ends it; ask again and start anew
//
// The first change carries the contents of now (not with ?contents=no); each further one is an
// epoch. A row comes with weight +n and goes with -n; an update is both, the old row first. A
// large epoch is told in parts, all but the last with "more": true, so that a reader can show whole
// epochs only.
#include <fmt/core.h>

#include "codec/encoder.h"
#include "http/api.h"
#include "http/json_writer.h"

namespace weir::http {

namespace {

constexpr Micros kLookAgain = 250'000;  // for a client that left, and a server that stops
constexpr int kQuietLooks = 60;         // a sign of life each 15 s
constexpr uint32_t kRowsOfPart = 1'000;

// The engine forgets a subscription that is closed.
class OpenSubscription {
 public:
  explicit OpenSubscription(std::shared_ptr<engine::Subscription> subscription)
      : subscription_(std::move(subscription)) {}
  ~OpenSubscription() { subscription_->close("the client left"); }
  OpenSubscription(const OpenSubscription&) = delete;
  OpenSubscription& operator=(const OpenSubscription&) = delete;
  engine::Subscription* operator->() { return subscription_.get(); }

 private:
  std::shared_ptr<engine::Subscription> subscription_;
};

std::string begin_event(const engine::Session::Relation& view, const Schema& schema) {
  JsonWriter json;
  json.open('{').member("view", view.name).key("columns").open('[');
  for (const Field& field : schema.fields) {
    json.open('{').member("name", field.name).member("type", field.type.name()).close('}');
  }
  json.close(']').key("key").open('[');
  for (const std::string& column : view.key) json.value(column);
  json.close(']').close('}');
  return fmt::format("retry: 1000\nevent: begin\ndata: {}\n\n", json.take());
}

std::string end_event(const std::string& reason) {
  JsonWriter json;
  json.open('{').member("reason", reason).close('}');
  return fmt::format("event: end\ndata: {}\n\n", json.take());
}

std::string change_event(const connect::EpochChanges& changes, codec::Encoder& encoder,
                         uint32_t begin) {
  const uint32_t end = std::min(changes.batch.rows, begin + kRowsOfPart);
  JsonWriter json;
  json.open('{').member("epoch", changes.epoch.value);
  json.member("time", text_form({TypeId::kTimestamptz, changes.time}));
  json.member("more", end < changes.batch.rows).key("changes").open('[');
  for (uint32_t row = begin; row < end; ++row) {
    std::string object;
    encoder.encode(changes.batch, row, object);
    json.open('{').member("weight", changes.batch.weight(row)).key("row").raw(object).close('}');
  }
  json.close(']').close('}');
  return fmt::format("id: {}\nevent: change\ndata: {}\n\n", changes.epoch.value, json.take());
}

Status send_changes(io::Connection& connection, OpenSubscription& subscription) {
  const auto encoder = codec::make_encoder(codec::OutputFormat::kJson, subscription->schema());
  int quiet = 0;
  while (!connection.stopping() && !connection.peer_is_gone()) {
    const auto changes = subscription->next(kLookAgain);
    if (!changes && subscription->closed()) {
      return connection.write(end_event(subscription->reason()));
    }
    if (!changes && ++quiet == kQuietLooks) {
      TRY_VOID(connection.write(": still here\n\n"));
      quiet = 0;
    }
    if (!changes) continue;
    for (uint32_t row = 0; row < changes->batch.rows; row += kRowsOfPart) {
      TRY_VOID(connection.write(change_event(*changes, *encoder, row)));
    }
    quiet = 0;
  }
  return connection.stopping() ? connection.write(end_event("the server is being stopped"))
                               : Status();
}

}  // namespace

Answer view_changes(Call& call) {
  const engine::Session::Relation view = TRY(find_view(call.backend, call.name));
  const auto contents = call.request.query.find("contents");
  const bool with_contents = contents == call.request.query.end() || contents->second != "no";
  OpenSubscription subscription(TRY(call.backend.subscribe(call.name, with_contents)));
  Response head;
  head.content_type = "text/event-stream";
  std::string text = head_of(head, std::string::npos, false);
  const bool head_only = call.request.method == "HEAD";
  if (!head_only) text += begin_event(view, subscription->schema());
  TRY_VOID(call.connection.write(text));
  if (!head_only) TRY_VOID(send_changes(call.connection, subscription));
  return std::optional<Response>();
}

}  // namespace weir::http
