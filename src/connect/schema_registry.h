// A client of a schema registry (Confluent's HTTP API): the schemas that records name by number,
// and the numbers of schemas. A number's schema never changes, so what was found is kept for ever;
// that there is none is remembered for a few seconds only. Where the registry does not answer,
// calls fail at once until the next attempt is due, so that a reader may ask at every poll.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "codec/output_schema.h"
#include "codec/schema_source.h"
#include "io/http_request.h"

namespace weir::connect {

struct RegistrySettings {
  std::string url;  // "https://registry.example.org:8081"
  std::string username;
  std::string password;
  std::string token;
  std::string ca_file;
};

class SchemaRegistry final : public codec::SchemaSource {
 public:
  // Errors: an address that is none.
  static Result<std::shared_ptr<const SchemaRegistry>> make(RegistrySettings settings);
  Result<codec::WriterSchema> by_id(uint32_t id) const override;
  // The number that a schema has under a subject. Errors: kNotFound 1830 (there is no such
  // subject), 1831 (it has other schemas only), kUnavailable.
  Result<uint32_t> find(const std::string& subject, const codec::OutputSchema& schema) const;
  // The same; one that is not there is registered. Errors: kInvalidProject 1832 (the registry says
  // that it is incompatible with what the subject has), 1833 (refused otherwise), kUnavailable.
  Result<uint32_t> add(const std::string& subject, const codec::OutputSchema& schema) const;

 private:
  struct Found {
    codec::WriterSchema schema;
    std::string missing;            // not empty: there is none, and why
    int64_t ask_again_nanos = 0;
  };
  struct Reading {
    codec::WriterSchema schema;
    std::set<std::string> seen;     // references, by subject and version
    int depth = 0;
  };

  explicit SchemaRegistry(RegistrySettings settings);
  Result<io::HttpAnswer> send(const std::string& path, std::string body = "") const;
  Result<std::string> get(const std::string& path) const;
  Status read_schema(const std::string& body, Reading& out) const;
  struct Reference {
    std::string name;
    std::string subject;
    int64_t version = 0;
  };
  Status read_reference(const Reference& reference, Reading& out) const;

  RegistrySettings settings_;
  std::vector<std::pair<std::string, std::string>> headers_;
  mutable std::mutex mutex_;        // of what follows
  mutable std::map<uint32_t, Found> found_;
  mutable std::string trouble_;     // of the last attempt, while it holds
  mutable int64_t next_attempt_nanos_ = 0;
  mutable int64_t back_off_nanos_ = 0;
};

}  // namespace weir::connect
