// The sessions that are open, by the numbers that a client was given, so that another connection
// can ask to cancel what one of them does. Any thread.
#pragma once
#include <map>
#include <mutex>

#include "engine/session.h"

namespace weir::pgwire {

struct SessionKey {
  uint32_t process = 0;
  uint32_t secret = 0;
};

class Sessions {
 public:
  SessionKey add(engine::Session& session);
  void remove(const SessionKey& key);  // before the session goes
  void cancel(const SessionKey& key);  // nothing where the key is wrong
  void cancel_all();

 private:
  struct Entry {
    uint32_t secret = 0;
    engine::Session* session = nullptr;
  };
  std::mutex mutex_;
  uint32_t last_ = 0;
  std::map<uint32_t, Entry> open_;
};

}  // namespace weir::pgwire
