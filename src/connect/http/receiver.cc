#include "connect/http/receiver.h"

#include <charconv>
#include <deque>
#include <unordered_map>

#include <fmt/core.h>

#include "base/hash.h"
#include "connect/http/body_records.h"
#include "connect/options.h"

namespace weir::connect {

namespace {

constexpr std::string_view kKeyHeader = "weir-idempotency-key";
constexpr std::string_view kAnswerHeader = "weir-answer";  // "records bad hash"
constexpr size_t kReadBytes = 1 << 20;

struct KnownRequest {
  ReceiveAnswer answer;
  uint64_t body_hash = 0;
  Micros time = 0;
};

std::string answer_text(const KnownRequest& request) {
  return fmt::format("{} {} {:016x}", request.answer.records, request.answer.bad,
                     request.body_hash);
}

std::optional<KnownRequest> parse_answer(std::string_view text) {
  KnownRequest out;
  const char* p = text.data();
  const char* end = p + text.size();
  auto step = std::from_chars(p, end, out.answer.records);
  if (step.ec != std::errc() || step.ptr == end) return std::nullopt;
  step = std::from_chars(step.ptr + 1, end, out.answer.bad);
  if (step.ec != std::errc() || step.ptr == end) return std::nullopt;
  step = std::from_chars(step.ptr + 1, end, out.body_hash, 16);
  if (step.ec != std::errc() || step.ptr != end) return std::nullopt;
  return out;
}

// Keys of the last requests, bounded by time and count.
class KnownRequests {
 public:
  KnownRequests(Micros window, size_t most) : window_(window), most_(most) {}

  void add(const std::string& key, const KnownRequest& request) {
    if (!known_.emplace(key, request).second) return;
    order_.push_back(key);
    forget(request.time);
  }
  const KnownRequest* find(const std::string& key, Micros now) {
    forget(now);
    const auto it = known_.find(key);
    return it == known_.end() ? nullptr : &it->second;
  }

 private:
  void forget(Micros now) {
    while (!order_.empty()) {
      const auto oldest = known_.find(order_.front());
      if (order_.size() <= most_ && oldest->second.time + window_ > now) return;
      known_.erase(oldest);
      order_.pop_front();
    }
  }

  Micros window_;
  size_t most_;
  std::unordered_map<std::string, KnownRequest> known_;
  std::deque<std::string> order_;  // oldest first
};

}  // namespace

struct StreamReceiver::Stream {
  Stream(LoggedInput logged, std::unique_ptr<codec::Decoder> d, KnownRequests requests)
      : input(std::move(logged)), decoder(std::move(d)), known(std::move(requests)) {}

  Status read_tail(log::Log& log, Micros since);

  std::mutex mutex;
  LoggedInput input;
  std::unique_ptr<codec::Decoder> decoder;  // counts what will be a dead letter
  KnownRequests known;
  size_t max_record_bytes = 0;
  bool raw = false;
};

Status StreamReceiver::Stream::read_tail(log::Log& log, Micros since) {
  const PartitionId partition(0);
  Offset at = TRY(log.start_offset(input.topic(), partition));
  const Offset end = TRY(log.end_offset(input.topic(), partition));
  if (at >= end) return {};
  const auto recent = log.offset_for_time(input.topic(), partition, since);
  if (recent && *recent > at) at = *recent;
  while (at < end) {
    const log::ReadBatch batch = TRY(log.read(input.topic(), partition, at, kReadBytes));
    if (batch.next <= at) return {};
    for (const log::StoredRecord& record : batch.records) {
      std::string key;
      std::optional<KnownRequest> request;
      for (const auto& [name, value] : record.headers) {
        if (name == kKeyHeader) key = value;
        if (name == kAnswerHeader) request = parse_answer(value);
      }
      if (key.empty() || !request) continue;
      request->time = record.timestamp;
      request->answer.first = record.offset;
      known.add(key, *request);
    }
    at = batch.next;
  }
  return {};
}

StreamReceiver::StreamReceiver(Clock& clock) : clock_(clock) {}
StreamReceiver::~StreamReceiver() = default;

Result<std::unique_ptr<StreamReceiver>> StreamReceiver::open(
    log::Log& log, Clock& clock, const std::string& internal_topic_prefix,
    const std::vector<SourceSpec>& sources) {
  std::unique_ptr<StreamReceiver> out(new StreamReceiver(clock));  // NOLINT: private constructor
  for (const SourceSpec& spec : sources) {
    if (spec.connector != "http") continue;
    const std::string& name = spec.definition.name;
    const Options values(spec.options, "source " + name);
    const Micros window = TRY(values.duration("idempotency_window", 24 * 3600 * Micros{1000000}));
    const int64_t most = TRY(values.integer("idempotency_keys", 100000));
    if (most < 0) return values.wrong("idempotency_keys", "a number from 0");
    codec::DecoderOptions decoding = spec.decoder;
    if (decoding.format == codec::Format::kCsv) decoding.format = codec::Format::kJson;
    auto stream = std::make_unique<Stream>(
        TRY(LoggedInput::open(log, internal_topic_prefix, spec.definition)),
        TRY(codec::make_decoder(decoding)), KnownRequests(window, static_cast<size_t>(most)));
    stream->max_record_bytes = decoding.max_record_bytes;
    stream->raw = decoding.format == codec::Format::kRaw;
    TRY_VOID(stream->read_tail(log, clock.now() - window));
    out->streams_[name] = std::move(stream);
  }
  return out;
}

std::vector<std::string> StreamReceiver::streams() const {
  std::vector<std::string> out;
  for (const auto& [name, stream] : streams_) out.push_back(name);
  return out;
}

namespace {

uint64_t count_bad(codec::Decoder& decoder, const std::vector<std::string>& records) {
  constexpr size_t kAtOnce = 4096;
  uint64_t bad = 0;
  std::vector<std::string_view> views;
  for (size_t i = 0; i < records.size(); i += kAtOnce) {
    views.assign(records.begin() + static_cast<ptrdiff_t>(i),
                 records.begin() + static_cast<ptrdiff_t>(std::min(records.size(), i + kAtOnce)));
    bad += decoder.decode_records(views).dead.size();
  }
  return bad;
}

}  // namespace

Result<ReceiveAnswer> StreamReceiver::receive(const std::string& stream_name,
                                              std::string_view content_type, std::string_view body,
                                              std::string_view idempotency_key) {
  const auto it = streams_.find(stream_name);
  if (it == streams_.end()) {
    return Error(ErrorKind::kNotFound, 1534, fmt::format("there is no stream \"{}\"", stream_name));
  }
  if (body.size() > kMaxBodyBytes) {
    return Error(ErrorKind::kInvalidData, 1535,
                 fmt::format("the body is longer than {} bytes", kMaxBodyBytes))
        .hint("send it in parts");
  }
  if (idempotency_key.size() > kMaxKeyBytes) {
    return Error(ErrorKind::kInvalidUsage, 1536,
                 fmt::format("the idempotency key is longer than {} bytes", kMaxKeyBytes));
  }
  Stream& stream = *it->second;
  const BodyFormat format = stream.raw ? BodyFormat::kLines : TRY(body_format(content_type));
  const std::string key(idempotency_key);
  const std::lock_guard lock(stream.mutex);
  const Micros now = clock_.now();
  KnownRequest request;
  request.body_hash = hash64(body);
  request.time = now;
  if (const KnownRequest* known = key.empty() ? nullptr : stream.known.find(key, now)) {
    if (known->body_hash != request.body_hash) {
      return Error(ErrorKind::kInvalidUsage, 1537,
                   fmt::format("the idempotency key \"{}\" was used for another body", key));
    }
    ReceiveAnswer answer = known->answer;
    answer.repeated = true;
    return answer;
  }
  const std::vector<std::string> texts =
      TRY(records_of_body(body, format, stream.max_record_bytes, kMaxRecords));
  if (texts.empty()) return ReceiveAnswer();
  request.answer.records = texts.size();
  request.answer.bad = count_bad(*stream.decoder, texts);
  std::vector<log::Record> records(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    records[i].value = texts[i];
    records[i].timestamp = now;
  }
  if (!key.empty()) {
    records[0].headers.push_back({std::string(kKeyHeader), key});
    records[0].headers.push_back({std::string(kAnswerHeader), answer_text(request)});
  }
  request.answer.first = TRY(stream.input.append(std::move(records)));
  if (!key.empty()) stream.known.add(key, request);
  return request.answer;
}

}  // namespace weir::connect
