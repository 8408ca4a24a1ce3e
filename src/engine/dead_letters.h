// What is done about dead letters: look at them, replay them, drop them. A verdict over a letter is
// one record of the topic `<prefix>.letters.<source>`, written by one append of the log: a record
// with the letter's raw bytes replays it, a null value drops it, and a letter that has a record
// there has been judged. So no letter is replayed twice, whatever ends in between: either the
// record is there, and the source's input has one record more (replayed_letters.h), or it is not,
// and the letter still waits. Nothing here knows which log it is.
//
// Threads: any; verdicts one at a time (the caller sees to that).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/manifest.h"
#include "engine/side_streams.h"
#include "log/log.h"
#include "project/project.h"

namespace weir::engine {

constexpr std::string_view kLetterHeader = "letter";
constexpr std::string_view kStageHeader = "stage";

enum class LetterState : uint8_t { kWaiting, kReplayed, kDropped, kReadAgain };
std::string_view to_text(LetterState state);

// A dead letter, or a late row (with `row` as raw, and no id).
struct Letter {
  int64_t number = 0;  // its offset in NAME__dead
  std::string id;
  Micros at = 0;
  int32_t partition = 0;
  std::string position;
  std::string stage;
  std::string sqlstate;
  std::string column;
  std::string reason;
  std::string raw;
  std::string former;
  LetterState state = LetterState::kWaiting;
};

Status scan_letters(log::Log& log, const std::string& prefix, const SideName& name,
                    const std::function<Status(Letter)>& on_letter);

struct LetterFilter {
  std::optional<int64_t> number;
  std::string reason;            // a part of it
  std::optional<Micros> since;
  bool takes(const Letter& letter) const;
};

struct LetterSummary {
  std::string name;              // "orders__dead"
  std::map<LetterState, uint64_t> counts;
  Micros since = 0;              // of those that wait
  Micros newest = 0;
  std::vector<std::pair<std::string, uint64_t>> reasons;  // the most frequent first
  uint64_t waiting() const;
};

struct Judged {
  uint64_t letters = 0;
  uint64_t cut = 0;              // whose raw bytes are not whole: not replayed
};

class DeadLetters {
 public:
  // `manifest`: of the pipeline's last epoch.
  DeadLetters(log::Log& log, std::string prefix, const Manifest& manifest)
      : log_(log), prefix_(std::move(prefix)), manifest_(manifest) {}

  // nullopt: there never was one.
  Result<std::optional<LetterSummary>> summary(const SideName& name);
  // The newest `limit` of them, newest first.
  Result<std::vector<Letter>> newest(const SideName& name, const LetterFilter& filter,
                                     size_t limit);
  Result<Judged> judge(const std::string& source, const LetterFilter& filter,
                       LetterState verdict);

 private:
  Status scan(const SideName& name, const std::function<Status(Letter)>& on_letter);
  Result<std::map<std::string, LetterState, std::less<>>> verdicts(const std::string& source);

  log::Log& log_;
  const std::string prefix_;
  const Manifest& manifest_;
};

// Whether letters of that relation can be replayed or dropped: a view is filled again where it was
// corrected, and is no input.
Status can_be_judged(const project::Project& project, const std::string& name,
                     LetterState verdict);

// Of a pipeline that has committed one; an empty one before.
Result<Manifest> last_manifest(log::Log& log, const std::string& pipeline);

}  // namespace weir::engine
