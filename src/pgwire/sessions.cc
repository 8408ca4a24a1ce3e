#include "pgwire/sessions.h"

#include <random>

namespace weir::pgwire {

SessionKey Sessions::add(engine::Session& session) {
  const auto secret = static_cast<uint32_t>(std::random_device()());
  const std::lock_guard lock(mutex_);
  const SessionKey key{++last_, secret};
  open_[key.process] = {secret, &session};
  return key;
}

void Sessions::remove(const SessionKey& key) {
  const std::lock_guard lock(mutex_);
  open_.erase(key.process);
}

void Sessions::cancel(const SessionKey& key) {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(key.process);
  if (it != open_.end() && it->second.secret == key.secret) it->second.session->cancel();
}

void Sessions::cancel_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [process, entry] : open_) entry.session->cancel();
}

}  // namespace weir::pgwire
