#include "log/kafka/transactions.h"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include "base/log.h"

namespace weir::log::kafka {

namespace {

constexpr int kCallMs = 5'000;           // of one call; it is repeated
constexpr int64_t kOpenNanos = 30'000'000'000;
constexpr int64_t kStopNanos = 20'000'000'000;  // for what is under way when weir is asked to end
constexpr Micros kPause = 50'000;        // before an aborted transaction is done again
constexpr int kQueueFullMs = 100;

std::map<std::string, std::string> settings_for(const std::string& id) {
  return {
      {"transactional.id", id},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"compression.type", "lz4"},
      {"linger.ms", "5"},
      {"batch.num.messages", "100000"},
      {"batch.size", "1000000"},
      {"queue.buffering.max.messages", "0"},
      {"queue.buffering.max.kbytes", "1048576"},
      {"transaction.timeout.ms", "60000"},
      {"message.timeout.ms", "60000"},
      {"request.timeout.ms", "10000"},  // an answer that was lost on the way is asked for again
  };
}

// Tells whoever asked for it where its first record stands. Offsets are noted in the order of
// records, so the first report of an append is that of its first record.
void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* first = static_cast<Offset*>(message->_private);
  if (first && message->err == 0) *first = Offset(message->offset);
}

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};

// A record in the words of the client's call.
struct Fields {
  std::vector<rd_kafka_vu_t> all;
  std::unique_ptr<rd_kafka_headers_t, DestroyHeaders> headers;

  Fields(const TopicAppend& append, const Record& record, Offset* first) {
    add(RD_KAFKA_VTYPE_TOPIC).u.cstr = append.topic.c_str();
    add(RD_KAFKA_VTYPE_PARTITION).u.i32 = append.partition.value;
    add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp / 1000;
    add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = first;
    add_bytes(RD_KAFKA_VTYPE_VALUE, record.value);
    if (record.key) add_bytes(RD_KAFKA_VTYPE_KEY, record.key);
    if (record.headers.empty()) return;
    headers.reset(rd_kafka_headers_new(record.headers.size()));
    for (const Header& header : record.headers) {
      rd_kafka_header_add(headers.get(), header.key.data(),
                          static_cast<ssize_t>(header.key.size()), header.value.data(),
                          static_cast<ssize_t>(header.value.size()));
    }
    add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers.get();
  }

 private:
  rd_kafka_vu_t& add(rd_kafka_vtype_t kind) {
    all.emplace_back().vtype = kind;
    return all.back();
  }
  void add_bytes(rd_kafka_vtype_t kind, const std::optional<std::string>& text) {
    rd_kafka_vu_t& field = add(kind);
    field.u.mem.ptr = text ? const_cast<char*>(text->data()) : nullptr;
    field.u.mem.size = text ? text->size() : 0;
  }
};

}  // namespace

Error Transactions::give_up(const CallOutcome& outcome, const char* doing) {
  client_.reset();
  return error_of(outcome.code, fmt::format("{} as {}", doing, id_), outcome.text);
}

Status Transactions::begin_anew() {
  client_.reset();
  Client client = TRY(make_client(cluster_, ClientKind::kProducer, settings_for(id_), on_delivery));
  const int64_t until = clock_.monotonic_nanos() + kOpenNanos;
  while (true) {
    const CallOutcome outcome = outcome_of(rd_kafka_init_transactions(client.get(), kCallMs));
    if (outcome.ok) break;
    const Complaint complaint = last_complaint(client.get());
    if (complaint.code != 0) {
      Error error = error_of(complaint.code, "logging in to Kafka", complaint.text);
      if (error.kind() == ErrorKind::kPermission) return error;
    }
    if (outcome.retriable && clock_.monotonic_nanos() < until && !stopped()) continue;
    if (complaint.code != 0) return error_of(complaint.code, "reaching Kafka", complaint.text);
    return error_of(outcome.code, fmt::format("beginning transactions as {}", id_), outcome.text);
  }
  client_ = std::move(client);
  return {};
}

Result<std::vector<Offset>> Transactions::commit(
    const std::vector<const TopicAppend*>& appends) {
  while (true) {
    std::vector<Offset> first(appends.size(), Offset(-1));
    if (TRY(attempt(appends, first)) == Attempt::kCommitted) return first;
    if (stopped()) return Error(ErrorKind::kCancelled, 1807, "stopped before the commit was done");
    clock_.sleep_for(kPause);
  }
}

Result<Transactions::Attempt> Transactions::attempt(
    const std::vector<const TopicAppend*>& appends, std::vector<Offset>& first) {
  CallOutcome outcome = outcome_of(rd_kafka_begin_transaction(client_.get()));
  if (!outcome.ok) return give_up(outcome, "beginning a transaction");
  for (size_t i = 0; i < appends.size(); ++i) {
    Status status = produce_all(*appends[i], &first[i]);
    if (status) continue;
    // What the brokers will never take is the caller's to know, and nothing of it stays.
    (void)TRY(abort());
    if (status.error().kind() == ErrorKind::kUnavailable) return Attempt::kAborted;
    return std::move(status).error();
  }
  return finish();
}

Status Transactions::produce_all(const TopicAppend& append, Offset* first) {
  for (const Record& record : append.records) {
    TRY_VOID(produce(append, record, first));
    first = nullptr;
  }
  return {};
}

Status Transactions::produce(const TopicAppend& append, const Record& record, Offset* first) {
  Fields fields(append, record, first);
  while (true) {
    const CallOutcome outcome =
        outcome_of(rd_kafka_produceva(client_.get(), fields.all.data(), fields.all.size()));
    if (outcome.ok) {
      (void)fields.headers.release();  // they went with the record
      return {};
    }
    if (outcome.code != RD_KAFKA_RESP_ERR__QUEUE_FULL || stopped()) {
      return error_of(outcome.code, fmt::format("writing to topic {}", append.topic), outcome.text);
    }
    rd_kafka_poll(client_.get(), kQueueFullMs);
  }
}

// A call that timed out has not ended the transaction: it is repeated until it has.
Result<Transactions::Attempt> Transactions::finish() {
  std::optional<int64_t> until;
  while (true) {
    const CallOutcome outcome = outcome_of(rd_kafka_commit_transaction(client_.get(), kCallMs));
    if (outcome.ok) return Attempt::kCommitted;
    if (outcome.must_abort) {
      log_warn("a transaction is aborted and done again",
               {{"id", id_}, {"reason", outcome.text}});
      return abort();
    }
    if (stopped() && !until) until = clock_.monotonic_nanos() + kStopNanos;
    const bool too_long = until && clock_.monotonic_nanos() > *until;
    if (!outcome.retriable || too_long) return give_up(outcome, "committing a transaction");
    log_warn("the cluster does not confirm a commit yet",
             {{"id", id_}, {"reason", outcome.text}});
  }
}

Result<Transactions::Attempt> Transactions::abort() {
  while (true) {
    const CallOutcome outcome = outcome_of(rd_kafka_abort_transaction(client_.get(), kCallMs));
    if (outcome.ok) return Attempt::kAborted;
    if (!outcome.retriable || stopped()) return give_up(outcome, "aborting a transaction");
  }
}

}  // namespace weir::log::kafka
