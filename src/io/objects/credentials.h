// Who weir is to a service: keys and tokens from the settings, the process's environment, files
// that a platform puts there, or the machine's own metadata service. What expires is fetched again
// some minutes before it does.
//
// Threads: one at a time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/objects/object_store.h"
#include "io/objects/signing.h"

namespace weir::io {

// Signs one request after the other.
class CallSigner {
 public:
  virtual ~CallSigner() = default;
  // Errors: kPermission 1908, 1909, kUnavailable 1901.
  virtual Status sign(ObjectCall& call) = 0;
  // The service says that what was signed with is over: the next one is fetched anew.
  virtual bool forget() { return false; }  // false: there is no other
};

// Where these look: settings first, then AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a web
// identity (AWS_WEB_IDENTITY_TOKEN_FILE), a container's credentials, the instance's role.
Result<std::unique_ptr<CallSigner>> aws_signer(const ObjectStoreSettings& settings,
                                               const ObjectStoreContext& context,
                                               const std::string& region);
// HMAC keys of the settings; a service account of the settings or of
// GOOGLE_APPLICATION_CREDENTIALS; the metadata server (workload identity).
Result<std::unique_ptr<CallSigner>> google_signer(const ObjectStoreSettings& settings,
                                                  const ObjectStoreContext& context);
// The account's key or a SAS of the settings or the environment; a federated token (workload
// identity); the machine's managed identity.
Result<std::unique_ptr<CallSigner>> azure_signer(const ObjectStoreSettings& settings,
                                                 const ObjectStoreContext& context,
                                                 const std::string& account);

std::string environment_text(const char* name);
inline std::string first_of(const std::string& setting, const char* variable) {
  return setting.empty() ? environment_text(variable) : setting;
}

}  // namespace weir::io
