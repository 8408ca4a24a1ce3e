// What every use of a Kafka client begins with: the cluster's addresses and security as settings of
// librdkafka, its handles with an owner, and its error codes as our errors. Inside src/log/kafka
// only.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "log/kafka/kafka_log.h"

// librdkafka's own names, so that its header stays in sources.
typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_error_s rd_kafka_error_t;
typedef struct rd_kafka_message_s rd_kafka_message_t;

namespace weir::log::kafka {

enum class ClientKind : uint8_t { kProducer, kConsumer };

struct DestroyClient {
  void operator()(rd_kafka_t* client) const;
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;

using OnDelivery = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);

// `own` are settings that belong to the use and win over those of the cluster.
Result<Client> make_client(const KafkaCluster& cluster, ClientKind kind,
                           const std::map<std::string, std::string>& own,
                           OnDelivery on_delivery = nullptr);

// Of a response code. `doing`: "reading topic orders".
Error error_of(int code, const std::string& doing, const std::string& text = "");

// What a call that answers an rd_kafka_error_t* said; freed here.
struct CallOutcome {
  bool ok = true;
  bool fatal = false;         // the producer is of no use any more
  bool retriable = false;
  bool must_abort = false;    // the transaction is to be aborted and begun anew
  int code = 0;
  std::string text;
};
CallOutcome outcome_of(rd_kafka_error_t* error);

// What the client last complained of by itself (a refused login, brokers that are gone), which a
// call that merely timed out does not say. "" and 0: nothing.
struct Complaint {
  int code = 0;
  std::string text;
};
Complaint last_complaint(rd_kafka_t* client);

}  // namespace weir::log::kafka
