// One service behind an address: a signed request and its answer, tried again where the failure may
// pass, and its errors in words of ours. What all three protocols share.
//
// Threads: one at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/http_request.h"
#include "io/objects/credentials.h"

namespace weir::io {

// <Name>value</Name>, as often as it stands in `text`; references are resolved.
std::vector<std::string> xml_values(std::string_view text, std::string_view name);
std::string xml_value(std::string_view text, std::string_view name);  // the first; "" for none

struct ServiceAddress {
  std::string base;     // http://HOST[:PORT] or https://
  std::string name;     // of what is stored there, for people
  std::string ca_file;  // empty: the system's
};

class ObjectService {
 public:
  ObjectService(ServiceAddress address, std::unique_ptr<CallSigner> signer,
                const ObjectStoreContext& context);

  // The answer where it is 2xx, or one of `also`. The call's host is filled in.
  Result<HttpAnswer> send(const ObjectCall& call, std::initializer_list<int> also = {});
  // What the service refused, as an error.
  Error refused(const HttpAnswer& answer) const;

 private:
  Result<HttpAnswer> send_once(ObjectCall call);
  bool pause(int tries);

  const std::string base_;
  const std::string name_;
  const std::string ca_file_;
  const std::unique_ptr<CallSigner> signer_;
  const ObjectStoreContext context_;
};

}  // namespace weir::io
