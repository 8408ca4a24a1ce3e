#include "log/kafka/client.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include <mutex>

#include "base/log.h"

namespace weir::log::kafka {

namespace {

constexpr size_t kErrorText = 512;

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

// The client's own lines: its complaints are warnings of ours, the rest is for --debug.
void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;
  if (level > kWarning) {
    log_debug("kafka client", {{"facility", facility}, {"text", text}});
  } else {
    log_warn("kafka client", {{"facility", facility}, {"text", text}});
  }
}

// A client's opaque; it lives as long as the client.
struct Complaints {
  std::mutex mutex;
  Complaint last;
};

void on_error(rd_kafka_t*, int code, const char* text, void* opaque) {
  auto* complaints = static_cast<Complaints*>(opaque);
  std::lock_guard lock(complaints->mutex);
  // That all brokers are down follows from what was said before, and says less.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && complaints->last.code != 0) return;
  complaints->last = {code, text};
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char text[kErrorText];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) {
    return {};
  }
  // The client's text may hold the value, which may be a secret.
  return Error(ErrorKind::kInvalidProject, 1800,
               fmt::format("the Kafka client refuses the setting {}", name))
      .detail("a name and a value that librdkafka 2.12 knows")
      .hint("correct it in the environment's log: kafka:");
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::map<std::string, std::string> settings_of(const KafkaCluster& cluster) {
  std::map<std::string, std::string> out = {
      {"bootstrap.servers", fmt::format("{}", fmt::join(cluster.brokers, ","))},
      {"client.id", "weir"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "2000"},
      {"retry.backoff.ms", "10"},  // a commit soon after another waits for markers: short steps
      {"socket.timeout.ms", "10000"},
      {"log.connection.close", "false"},
  };
  const bool sasl = !cluster.mechanism.empty();
  out["security.protocol"] = sasl ? (cluster.tls ? "sasl_ssl" : "sasl_plaintext")
                                  : (cluster.tls ? "ssl" : "plaintext");
  if (sasl) out["sasl.mechanism"] = upper(cluster.mechanism);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("sasl.username", cluster.username);
  add("sasl.password", cluster.password);
  add("ssl.ca.location", cluster.ca);
  add("ssl.certificate.location", cluster.certificate);
  add("ssl.key.location", cluster.key);
  add("ssl.key.password", cluster.key_password);
  for (const auto& [name, value] : cluster.properties) out[name] = value;
  return out;
}

ErrorKind kind_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return ErrorKind::kNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ErrorKind::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION: return ErrorKind::kPermission;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH: return ErrorKind::kLocked;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION: return ErrorKind::kInvalidProject;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION: return ErrorKind::kCorrupt;
    default: return ErrorKind::kUnavailable;
  }
}

std::string action_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kPermission:
      return "grant what is missing, or correct user and password of log: kafka: security:";
    case ErrorKind::kUnavailable: return "check the brokers' addresses and that they run";
    case ErrorKind::kLocked: return "stop the other weir that runs this project and environment";
    default: return "";
  }
}

}  // namespace

void DestroyClient::operator()(rd_kafka_t* client) const {
  const std::unique_ptr<Complaints> complaints(static_cast<Complaints*>(rd_kafka_opaque(client)));
  rd_kafka_destroy(client);
}

Complaint last_complaint(rd_kafka_t* client) {
  rd_kafka_poll(client, 0);  // callbacks are served here
  auto* complaints = static_cast<Complaints*>(rd_kafka_opaque(client));
  std::lock_guard lock(complaints->mutex);
  return complaints->last;
}

Error error_of(int code, const std::string& doing, const std::string& text) {
  const auto response = static_cast<rd_kafka_resp_err_t>(code);
  const ErrorKind kind = kind_of(response);
  Error error(kind, kind == ErrorKind::kPermission ? 1802 : 1801,
              fmt::format("{}: {} ({})", doing, text.empty() ? rd_kafka_err2str(response) : text,
                          rd_kafka_err2name(response)));
  const std::string action = action_for(kind);
  return action.empty() ? std::move(error) : std::move(error).hint(action);
}

CallOutcome outcome_of(rd_kafka_error_t* error) {
  CallOutcome out;
  if (!error) return out;
  out.ok = false;
  out.fatal = rd_kafka_error_is_fatal(error) != 0;
  out.retriable = rd_kafka_error_is_retriable(error) != 0;
  out.must_abort = rd_kafka_error_txn_requires_abort(error) != 0;
  out.code = rd_kafka_error_code(error);
  out.text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  return out;
}

Result<Client> make_client(const KafkaCluster& cluster, ClientKind kind,
                           const std::map<std::string, std::string>& own,
                           OnDelivery on_delivery) {
  Conf conf(rd_kafka_conf_new());
  std::map<std::string, std::string> settings = settings_of(cluster);
  for (const auto& [name, value] : own) settings[name] = value;
  for (const auto& [name, value] : settings) TRY_VOID(set(conf.get(), name, value));
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  if (on_delivery) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  auto complaints = std::make_unique<Complaints>();
  rd_kafka_conf_set_opaque(conf.get(), complaints.get());
  char text[kErrorText];
  rd_kafka_t* client =
      rd_kafka_new(kind == ClientKind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                   conf.get(), text, sizeof text);
  if (!client) {
    return Error(ErrorKind::kInvalidProject, 1803,
                 fmt::format("the Kafka client cannot be made: {}", text))
        .hint("correct log: kafka: in the environment");
  }
  (void)conf.release();  // they belong to the client now
  (void)complaints.release();
  return Client(client);
}

}  // namespace weir::log::kafka
