// What bench/kafka needs around the systems it races: records at a steady rate, a reader that says
// how old they are when they come out, and the least that an exactly-once program can do, a copy
// loop.
//
//   kafka_load table   BROKERS TOPIC PARTITIONS
//   kafka_load produce BROKERS TOPIC PARTITIONS RATE COUNT START
//   kafka_load copy    BROKERS FROM PARTITIONS TO COMMIT_MS
//   kafka_load read    BROKERS FROM_TIME TO_TIME UNTIL GROUP=TOPIC...
//
// Times are microseconds since 1970. A record carries the time at which it was due to be sent
// ("ts"), not that at which it was: a sender that falls behind makes records older. The reader
// counts records that were due between FROM_TIME and TO_TIME, each group of topics by itself, and
// ends at UNTIL.
#include <fmt/core.h>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kTimeoutMs = 30'000;
constexpr size_t kRecordBytes = 200;
constexpr int64_t kUsers = 10'000;
constexpr int64_t kItems = 1'000;
constexpr int64_t kFirstMoment = 1'700'000'000'000;  // of the event time, in milliseconds
constexpr int64_t kRecordsPerMs = 20;                // of event time: a window of 10 s has 200,000

volatile sig_atomic_t stopped = 0;

[[noreturn]] void die(const std::string& text) {
  fmt::print(stderr, "kafka_load: {}\n", text);
  _exit(1);
}

int64_t now_us() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000;
}

int64_t number(std::string_view text) {
  int64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end == text.data()) die(fmt::format("no number: {}", text));
  return value;
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;

// Of what was sent and refused; the client's opaque.
struct Refused {
  int64_t records = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err) ++static_cast<Refused*>(opaque)->records;
}

Client make_client(rd_kafka_type_t kind, const std::map<std::string, std::string>& settings,
                   Refused* refused = nullptr) {
  char text[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text)) die(text);
  }
  if (refused) {
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, refused);
  }
  Client client(rd_kafka_new(kind, conf, text, sizeof text));
  if (!client) die(text);
  return client;
}

void must(rd_kafka_error_t* error, const char* doing) {
  if (error) die(fmt::format("{}: {}", doing, rd_kafka_error_string(error)));
}

struct Bytes {
  int32_t partition = 0;
  std::string_view key;
  std::string_view value;
};

void send(rd_kafka_t* client, rd_kafka_topic_t* topic, const Bytes& record) {
  while (rd_kafka_produce(topic, record.partition, RD_KAFKA_MSG_F_COPY,
                          const_cast<char*>(record.value.data()), record.value.size(),
                          record.key.empty() ? nullptr : record.key.data(), record.key.size(),
                          nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      die(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(client, 10);
  }
}

uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The nth record: the same in every run but for "ts".
void write_event(fmt::memory_buffer& out, int64_t n, int64_t due) {
  static const char* const kKinds[] = {"view", "cart", "buy", "back"};
  const uint64_t r = mixed(static_cast<uint64_t>(n));
  const uint64_t more = mixed(r);
  out.clear();
  fmt::format_to(std::back_inserter(out),
                 "{{\"id\":{},\"ts\":{},\"at\":{},\"user_id\":{},\"item\":{},\"kind\":\"{}\","
                 "\"region\":\"r{}\",\"amount\":{},\"note\":\"",
                 n, due, kFirstMoment + n / kRecordsPerMs, r % kUsers, (r >> 20) % kItems,
                 kKinds[(r >> 40) % 4], (r >> 44) % 8, (r >> 48) % 10'000);
  uint64_t noise = more;
  while (out.size() < kRecordBytes - 2) {
    out.push_back("abcdefghijklmnop"[noise & 15]);
    noise = (noise >> 4) | (noise << 60);
  }
  out.push_back('"');
  out.push_back('}');
}

std::map<std::string, std::string> producer_settings(const char* brokers) {
  return {{"bootstrap.servers", brokers}, {"acks", "all"},       {"linger.ms", "2"},
          {"compression.type", "lz4"},    {"batch.size", "1000000"},
          {"queue.buffering.max.messages", "2000000"}, {"batch.num.messages", "100000"}};
}

void flush(rd_kafka_t* client, const Refused& refused) {
  if (rd_kafka_flush(client, kTimeoutMs)) die("the brokers did not take all records");
  if (refused.records) die(fmt::format("{} records were refused", refused.records));
}

int table(char** args) {
  Refused refused;
  const Client client = make_client(RD_KAFKA_PRODUCER, producer_settings(args[0]), &refused);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client.get(), args[1], nullptr);
  const int64_t partitions = number(args[2]);
  for (int64_t user = 0; user < kUsers; ++user) {
    const std::string key = fmt::format("{}", user);
    const std::string value =
        fmt::format("{{\"user_id\":{},\"country\":\"c{}\"}}", user, mixed(user) % 50);
    send(client.get(), topic, {static_cast<int32_t>(user % partitions), key, value});
  }
  flush(client.get(), refused);
  rd_kafka_topic_destroy(topic);
  return 0;
}

// RATE 0: as fast as the brokers take them.
int produce(char** args) {
  Refused refused;
  const Client client = make_client(RD_KAFKA_PRODUCER, producer_settings(args[0]), &refused);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client.get(), args[1], nullptr);
  const int64_t partitions = number(args[2]);
  const int64_t rate = number(args[3]);
  const int64_t count = number(args[4]);
  const int64_t start = number(args[5]);
  fmt::memory_buffer text;
  for (int64_t n = 0; n < count && !stopped;) {
    const int64_t now = now_us();
    const int64_t due = rate ? std::min(count, (now - start) * rate / 1'000'000 + 1) : count;
    for (; n < due; ++n) {
      write_event(text, n, rate ? start + n * 1'000'000 / rate : now_us());
      send(client.get(), topic,
           {static_cast<int32_t>(n % partitions), {}, {text.data(), text.size()}});
    }
    rd_kafka_poll(client.get(), 0);
    if (n < count) usleep(500);
  }
  flush(client.get(), refused);
  rd_kafka_topic_destroy(topic);
  return 0;
}

using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   void (*)(rd_kafka_topic_partition_list_t*)>;

Partitions partition_list() {
  return Partitions(rd_kafka_topic_partition_list_new(8), rd_kafka_topic_partition_list_destroy);
}

Client make_reader(const char* brokers) {
  return make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                         {"group.id", fmt::format("bench-{}", now_us())},
                                         {"isolation.level", "read_committed"},
                                         {"enable.auto.commit", "false"},
                                         {"auto.offset.reset", "earliest"},
                                         {"fetch.queue.backoff.ms", "5"},
                                         {"queued.max.messages.kbytes", "65536"}});
}

// A transaction every so often: records as they are, and how far they were read.
class Copy {
 public:
  Copy(const char* brokers, const char* from, int64_t partitions, const char* to)
      : reader_(make_reader(brokers)),
        writer_(make_client(RD_KAFKA_PRODUCER, writer_settings(brokers, to))),
        to_(rd_kafka_topic_new(writer_.get(), to, nullptr)),
        from_(from),
        next_(partitions, -1) {
    must(rd_kafka_init_transactions(writer_.get(), kTimeoutMs), "beginning");
    const Partitions list = partition_list();
    for (int32_t p = 0; p < partitions; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), from, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(reader_.get(), list.get());
  }
  ~Copy() { rd_kafka_topic_destroy(to_); }

  void transaction(int64_t micros) {
    rd_kafka_message_t* message = nullptr;
    while (!(message = next(100))) {
      if (stopped) return;
    }
    must(rd_kafka_begin_transaction(writer_.get()), "beginning a transaction");
    const int64_t until = std::max(now_us(), last_commit_ + micros);
    while (true) {
      if (message) copy(message);
      const int64_t left = until - now_us();
      if (left <= 0 || stopped) break;
      message = next(static_cast<int>(left / 1000));
    }
    commit();
    last_commit_ = now_us();
  }

 private:
  static std::map<std::string, std::string> writer_settings(const char* brokers, const char* to) {
    auto settings = producer_settings(brokers);
    settings["transactional.id"] = fmt::format("copy-{}", to);
    settings["retry.backoff.ms"] = "10";
    return settings;
  }
  rd_kafka_message_t* next(int wait_ms) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader_.get(), wait_ms);
    if (!message || !message->err) return message;
    rd_kafka_message_destroy(message);
    return nullptr;
  }
  void copy(rd_kafka_message_t* message) {
    next_[message->partition] = message->offset + 1;
    send(writer_.get(), to_,
         {message->partition, {}, {static_cast<char*>(message->payload), message->len}});
    rd_kafka_message_destroy(message);
  }
  void commit() {
    const Partitions list = partition_list();
    for (size_t p = 0; p < next_.size(); ++p) {
      if (next_[p] < 0) continue;
      rd_kafka_topic_partition_list_add(list.get(), from_, static_cast<int32_t>(p))->offset =
          next_[p];
    }
    rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(reader_.get());
    must(rd_kafka_send_offsets_to_transaction(writer_.get(), list.get(), group, kTimeoutMs),
         "sending positions");
    rd_kafka_consumer_group_metadata_destroy(group);
    must(rd_kafka_commit_transaction(writer_.get(), kTimeoutMs), "committing");
  }

  Client reader_;
  Client writer_;
  rd_kafka_topic_t* to_;
  const char* from_;
  std::vector<int64_t> next_;  // of each partition
  int64_t last_commit_ = 0;
};

int copy(char** args) {
  Copy loop(args[0], args[1], number(args[2]), args[3]);
  fmt::print("copying\n");
  fflush(stdout);
  while (!stopped) loop.transaction(number(args[4]) * 1000);
  return 0;
}

struct Seen {
  std::vector<uint32_t> ages;  // microseconds
  std::vector<uint32_t> last;  // of those due in the last second
  int64_t records = 0;
};

// The time at which the youngest row in a record was due; 0: it says none.
int64_t due_time(const rd_kafka_message_t& message) {
  const std::string_view text(static_cast<const char*>(message.payload), message.len);
  const size_t at = text.find("\"ts\":");
  return at == std::string_view::npos ? 0 : number(text.substr(at + 5, 20));
}

double percentile(std::vector<uint32_t>& values, double share) {
  if (values.empty()) return -1;
  const size_t place = std::min(values.size() - 1, static_cast<size_t>(values.size() * share));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(place), values.end());
  return values[place] / 1000.0;
}

std::string told(Seen& seen) {
  return fmt::format(
      "{{\"records\":{},\"counted\":{},\"p50\":{:.1f},\"p90\":{:.1f},\"p99\":{:.1f},"
      "\"max\":{:.1f},\"last_counted\":{},\"last_p50\":{:.1f}}}",
      seen.records, seen.ages.size(), percentile(seen.ages, 0.5), percentile(seen.ages, 0.9),
      percentile(seen.ages, 0.99), percentile(seen.ages, 1), seen.last.size(),
      percentile(seen.last, 0.5));
}

using Groups = std::map<std::string, Seen*, std::less<>>;

Groups assign(rd_kafka_t* client, char** topics, std::map<std::string, Seen>& seen) {
  Groups out;
  const Partitions list = partition_list();
  for (; *topics; ++topics) {
    const std::string text = *topics;
    const std::string name = text.substr(text.find('=') + 1);
    out[name] = &seen[text.substr(0, text.find('='))];
    rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name.c_str(), nullptr);
    const rd_kafka_metadata_t* known = nullptr;
    if (rd_kafka_metadata(client, 0, topic, &known, kTimeoutMs)) die("no metadata");
    for (int p = 0; p < known->topics[0].partition_cnt; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), p)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(known);
    rd_kafka_topic_destroy(topic);
  }
  rd_kafka_assign(client, list.get());
  return out;
}

int read(char** args) {
  const Client client = make_reader(args[0]);
  const int64_t from = number(args[1]);
  const int64_t to = number(args[2]);
  const int64_t until = number(args[3]);
  std::map<std::string, Seen> groups;
  const Groups group_of = assign(client.get(), args + 4, groups);
  while (!stopped && now_us() < until) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client.get(), 50);
    if (!message) continue;
    if (!message->err) {
      Seen& seen = *group_of.find(rd_kafka_topic_name(message->rkt))->second;
      ++seen.records;
      const int64_t due = due_time(*message);
      if (due >= from && due < to) {
        seen.ages.push_back(static_cast<uint32_t>(std::min<int64_t>(now_us() - due, UINT32_MAX)));
        if (due >= to - 1'000'000) seen.last.push_back(seen.ages.back());
      }
    }
    rd_kafka_message_destroy(message);
  }
  std::string out;
  for (auto& [name, seen] : groups) {
    out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", name, told(seen));
  }
  fmt::print("{}\n", out.empty() ? "{}" : out + "}");
  return 0;
}

}  // namespace

int main(int count, char** args) {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  const std::map<std::string, std::pair<int, int (*)(char**)>> verbs = {
      {"table", {5, table}}, {"produce", {8, produce}}, {"copy", {7, copy}}, {"read", {7, read}}};
  const auto verb = count > 1 ? verbs.find(args[1]) : verbs.end();
  if (verb == verbs.end() || count < verb->second.first) die("see the top of its source");
  return verb->second.second(args + 2);
}
