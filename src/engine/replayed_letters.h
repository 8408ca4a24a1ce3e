// The dead letters of a source that were replayed: one more partition of it. Deciding over a letter
// appends one record to `<prefix>.letters.<source>` (dead_letters.h); this reads them. Where it
// stands is a position of the epoch's manifest like that of any partition, so a letter comes into
// the views in the same commit as its position, once. A source that begins anew reads its records
// again and decodes them again: letters from before are nothing to it.
//
// Threads: the pipeline's.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "connect/source.h"

namespace weir::engine {

struct Manifest;

std::string letters_topic(const std::string& prefix, const std::string& source);
// The epoch in which a letter came to be: "12-0" is the first of epoch 12.
Epoch epoch_of_letter(std::string_view id);
// The epoch with which the source last began anew, as the manifests keep it; 0: its first.
std::string began_counter(const std::string& source);
Epoch began_with(const Manifest& manifest, const std::string& source);

// The records that are dead letters of the source since it began, and under kReplayedLetters the
// ids of replayed letters that became dead letters again; null: there are none.
Result<std::shared_ptr<const connect::RefusedRecords>> refused_records(
    const connect::SourceContext& context, const std::string& source, Epoch began);

struct LetterRange {
  Epoch began;
  std::optional<connect::Position> start;
  std::optional<connect::Position> stop;  // "": before the first
  std::shared_ptr<const connect::RefusedRecords> refused{};
};

class ReplayedLetters {
 public:
  static Result<std::unique_ptr<ReplayedLetters>> open(const connect::SourceSpec& spec,
                                                       const connect::SourceContext& context,
                                                       const std::vector<uint32_t>& columns,
                                                       const LetterRange& range);
  // A letter a delivery. The log is looked at once after open() and after each look().
  Result<std::optional<connect::Delivery>> poll();
  void look() { look_ = true; }
  bool owes() const { return stop_ && next_ < *stop_; }  // up to the stop

 private:
  struct Waiting {
    Offset next;
    std::string id;
    bool of_a_contract = false;
    std::string raw;
  };
  ReplayedLetters(const connect::SourceContext& context, std::string topic)
      : context_(context), topic_(std::move(topic)) {}
  Result<bool> read_on();
  connect::Delivery decode(const Waiting& letter);

  const connect::SourceContext context_;
  const std::string topic_;
  Epoch began_;
  std::shared_ptr<const connect::RefusedRecords> refused_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::unique_ptr<codec::Decoder> contract_decoder_;  // of rows that were decoded once: by name
  Offset next_{0};      // behind what was handed out
  Offset read_to_{0};   // behind what waits
  std::optional<Offset> stop_;
  bool look_ = true;
  std::deque<Waiting> waiting_;
};

}  // namespace weir::engine
