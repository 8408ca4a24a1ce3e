// Takes rows that are pushed to a stream (POST /v1/streams/NAME): splits a body into records,
// writes them to the stream's topic and answers when they are durable. The server in front of it is
// not here.
//
// A record is stored as it came, one JSON object (CSV rows are turned into objects); what cannot be
// decoded is stored too, counted in the answer, and becomes a dead letter where the stream is read.
// A body that cannot be split into records is refused whole, and nothing of it is stored.
//
// An idempotency key is stored in the headers of the very records it came with, so it is durable
// exactly when they are: a repetition within the window gets the first answer, after a restart too.
//
// Threads: any; calls for one stream are one after the other.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connect/logged_input.h"
#include "connect/source.h"

namespace weir::connect {

struct ReceiveAnswer {
  uint64_t records = 0;   // stored
  uint64_t bad = 0;       // of them, not decodable: dead letters
  bool repeated = false;  // the key was known: nothing was stored this time
  Offset first;           // of the stream's topic
  bool operator==(const ReceiveAnswer&) const = default;
};

class StreamReceiver {
 public:
  static constexpr size_t kMaxBodyBytes = 32 << 20;
  static constexpr size_t kMaxRecords = 1'000'000;  // of one body
  static constexpr size_t kMaxKeyBytes = 256;

  // Streams of connector "http"; others in the list are left alone. Reads the tail of each topic.
  static Result<std::unique_ptr<StreamReceiver>> open(log::Log& log, Clock& clock,
                                                      const std::string& internal_topic_prefix,
                                                      const std::vector<SourceSpec>& sources);
  ~StreamReceiver();

  // `content_type`: application/x-ndjson, application/json (an object or an array of them),
  // text/csv (with a header), text/plain for streams of format raw; empty: application/json.
  // Errors: kNotFound (no such stream), kInvalidData (the body), kInvalidUsage (a key used for
  // another body), kNotSupported (the content type), those of the log.
  Result<ReceiveAnswer> receive(const std::string& stream, std::string_view content_type,
                                std::string_view body, std::string_view idempotency_key);
  std::vector<std::string> streams() const;

 private:
  struct Stream;
  explicit StreamReceiver(Clock& clock);

  Clock& clock_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
};

}  // namespace weir::connect
