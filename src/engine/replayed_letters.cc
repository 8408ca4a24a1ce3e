#include "engine/replayed_letters.h"

#include <charconv>

#include <fmt/core.h>

#include "base/hash.h"
#include "connect/position.h"
#include "connect/readers.h"
#include "engine/dead_letters.h"
#include "engine/manifest.h"

namespace weir::engine {

namespace {
constexpr size_t kReadBytes = 1 << 20;

Result<Offset> offset_of(const connect::Position& position) {
  if (position.empty()) return Offset(0);
  return Offset(TRY(TRY(connect::PositionReader::parse(position)).integer("offset")));
}

std::string_view header(const log::StoredRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.headers) {
    if (key == name) return value;
  }
  return {};
}

// Contracts are checked behind decoding: such a letter holds the row, by the columns' names.
codec::DecoderOptions by_name(const connect::SourceSpec& spec,
                              const std::vector<uint32_t>& columns) {
  codec::DecoderOptions options;
  for (const uint32_t column : columns) {
    options.columns.push_back({spec.definition.schema.fields[column], "", {}, {}, {}});
  }
  return options;
}

}  // namespace

std::string letters_topic(const std::string& prefix, const std::string& source) {
  return fmt::format("{}.letters.{}", prefix, source);
}

Epoch epoch_of_letter(std::string_view id) {
  uint64_t epoch = 0;
  std::from_chars(id.data(), id.data() + id.size(), epoch);
  return Epoch(epoch);
}

std::string began_counter(const std::string& source) { return source + "__began"; }

Epoch began_with(const Manifest& manifest, const std::string& source) {
  const auto it = manifest.counters.find(began_counter(source));
  return Epoch(it == manifest.counters.end() ? 0 : it->second);
}

Result<std::shared_ptr<const connect::RefusedRecords>> refused_records(
    const connect::SourceContext& context, const std::string& source, Epoch began) {
  std::shared_ptr<const connect::RefusedRecords> none;
  if (!context.log) return none;
  auto records = std::make_shared<connect::RefusedRecords>();
  TRY_VOID(scan_letters(*context.log, context.internal_topic_prefix, {source, SideKind::kDead},
                        [&](Letter letter) -> Status {
                          if (epoch_of_letter(letter.id) <= began) return {};
                          const connect::RefusedRecord record{letter.raw.size(),
                                                              hash64(letter.raw)};
                          if (!letter.former.empty()) {
                            (*records)[{kReplayedLetters, letter.former}] = record;
                          } else if (letter.stage == "decode") {
                            (*records)[{PartitionId(letter.partition), letter.position}] = record;
                          }
                          return {};
                        }));
  if (records->empty()) return none;
  return std::shared_ptr<const connect::RefusedRecords>(std::move(records));
}

Result<std::unique_ptr<ReplayedLetters>> ReplayedLetters::open(
    const connect::SourceSpec& spec, const connect::SourceContext& context,
    const std::vector<uint32_t>& columns, const LetterRange& range) {
  std::unique_ptr<ReplayedLetters> letters(new ReplayedLetters(
      context, letters_topic(context.internal_topic_prefix, spec.definition.name)));
  letters->began_ = range.began;
  letters->refused_ = range.refused;
  letters->next_ = letters->read_to_ = TRY(offset_of(range.start.value_or("")));
  if (range.stop) letters->stop_ = TRY(offset_of(*range.stop));
  codec::DecoderOptions own = connect::decoder_for(spec, columns);
  if (spec.connector == "http" && own.format == codec::Format::kCsv) {
    own.format = codec::Format::kJson;  // rows of CSV were turned into objects
  }
  own.csv_header = false;
  letters->decoder_ = TRY(codec::make_decoder(own));
  letters->contract_decoder_ = TRY(codec::make_decoder(by_name(spec, columns)));
  return letters;
}

// One read of the log: what it has of letters waits. False: there is nothing more.
Result<bool> ReplayedLetters::read_on() {
  if (!context_.log || !TRY(context_.log->has_topic(topic_))) return false;
  const log::ReadBatch read =
      TRY(context_.log->read(topic_, PartitionId(0), read_to_, kReadBytes));
  if (read.records.empty()) return false;
  for (const log::StoredRecord& record : read.records) {
    if (record.offset < read_to_ || (stop_ && record.offset >= *stop_)) continue;
    const std::string_view id = header(record, kLetterHeader);
    const bool dropped = !record.value;
    if (dropped || epoch_of_letter(id) <= began_) continue;
    if (refused_ && refused_->count({kReplayedLetters, std::string(id)}) > 0) continue;
    waiting_.push_back({Offset(record.offset.value + 1), std::string(id),
                        header(record, kStageHeader) == "contract",
                        std::string(*record.value)});
  }
  read_to_ = read.next;
  return !stop_ || read_to_ < *stop_;
}

Result<std::optional<connect::Delivery>> ReplayedLetters::poll() {
  while (waiting_.empty() && (look_ || owes())) {
    if (TRY(read_on())) continue;
    look_ = false;
    if (waiting_.empty() && owes()) next_ = *stop_;
  }
  if (waiting_.empty()) return std::nullopt;
  const Waiting letter = std::move(waiting_.front());
  waiting_.pop_front();
  next_ = letter.next;
  return std::optional(decode(letter));
}

connect::Delivery ReplayedLetters::decode(const Waiting& letter) {
  codec::Decoder& decoder = letter.of_a_contract ? *contract_decoder_ : *decoder_;
  codec::Decoded decoded = decoder.decode_records({letter.raw});
  connect::Delivery out;
  out.partition = kReplayedLetters;
  out.batch = std::move(decoded.batch);
  out.records = 1;
  out.bytes = letter.raw.size();
  out.former = letter.id;
  out.next = connect::PositionWriter().add("offset", letter.next.value).finish();
  for (codec::DeadRow& dead : decoded.dead) {
    out.dead.push_back({kReplayedLetters, fmt::format("letter {}", letter.id),
                        letter.of_a_contract ? "contract" : "decode",
                        std::move(dead.sqlstate), std::move(dead.column), std::move(dead.reason),
                        std::move(dead.raw), letter.id});
  }
  return out;
}

}  // namespace weir::engine
