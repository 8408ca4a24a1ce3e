// The meaning of time, said once more and as plainly as can be: row by row, from the whole history,
// without deltas, state or batches. Where PostgreSQL has no words for a streaming query, this is
// the oracle. It shares no code with src/flow.
//
// Times are whole seconds; kNone stands for no watermark yet and kEnd for the end of all input.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::reference {

using Seconds = int64_t;
constexpr Seconds kNone = INT64_MIN;
constexpr Seconds kEnd = INT64_MAX;

struct Row {
  int64_t id = 0;
  std::string key;
  int64_t n = 0;
  Seconds at = 0;
  bool operator==(const Row&) const = default;
};

// One change of a relation, with the watermarks of the epoch in which it came: those of the
// relation itself, before its rows and behind them.
struct Event {
  Row row;
  int weight = 1;
  int epoch = 0;
};
struct Mark {
  Seconds start = kNone;
  Seconds end = kNone;
};

struct Input {
  std::vector<Event> events;
  std::vector<Mark> marks;    // by epoch
  std::vector<Row> standing() const;
  Seconds watermark() const { return marks.empty() ? kNone : marks.back().end; }
};

using Window = std::pair<Seconds, Seconds>;  // from, until; half-open

std::vector<Window> tumbling(Seconds at, Seconds size);
std::vector<Window> hopping(Seconds at, Seconds slide, Seconds size);
std::vector<Window> cumulating(Seconds at, Seconds step, Seconds size);

// Rows of one key, any order, to their sessions.
struct Session {
  Window window;
  std::vector<Row> rows;
};
std::vector<Session> sessions(std::vector<Row> rows, Seconds gap);

// What a view over windows that closes has said, and what it called late: a row is late for a
// window that ended by the watermark of its epoch's start; a window comes out when the watermark
// behind an epoch reaches its end. With `retain` the same, that much later, and closed windows are
// gone instead.
struct Closed {
  std::map<std::pair<std::string, Window>, std::vector<Row>> windows;
  int64_t late = 0;
};
using WindowsOf = std::function<std::vector<Window>(Seconds at)>;
Closed closed_windows(const Input& input, const WindowsOf& windows_of);
Closed retained_windows(const Input& input, const WindowsOf& windows_of, Seconds retain);
// The same of sessions: those that have closed take no more rows.
Closed closed_sessions(const Input& input, Seconds gap);

// The row of the key that holds at a time: the latest that is not later.
std::optional<Row> version(const std::vector<Row>& rows, const std::string& key, Seconds at);

}  // namespace weir::reference
