// What the HTTP server asks of a running project; a fake stands here in tests.
//
// Threads: any, several at a time. Names of views and streams come from outside and may be
// anything.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/http/receiver.h"
#include "engine/dead_letters.h"
#include "engine/session.h"
#include "engine/status.h"
#include "engine/subscription.h"

namespace weir::engine {
class Engine;
}

namespace weir::http {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual engine::PipelineStatus status() = 0;
  virtual std::vector<engine::Session::Relation> relations() = 0;
  virtual Result<engine::StatementResult> query(std::string_view sql,
                                                const std::vector<Value>& parameters) = 0;
  // With contents: those of now as the first change, where there are any; then each epoch's.
  virtual Result<std::shared_ptr<engine::Subscription>> subscribe(const std::string& view,
                                                                  bool with_contents) = 0;
  // Durable on return.
  virtual Result<connect::ReceiveAnswer> receive(const std::string& stream,
                                                 std::string_view content_type,
                                                 std::string_view body,
                                                 std::string_view idempotency_key) = 0;
  // Replays or drops dead letters of a source. Durable on return.
  virtual Result<engine::Judged> judge(const std::string& source,
                                       const engine::LetterFilter& filter,
                                       engine::LetterState verdict) = 0;
};

// The engine outlives it.
std::unique_ptr<Backend> make_backend(engine::Engine& engine);

}  // namespace weir::http
