#include "reference/reference.h"

#include <algorithm>

namespace weir::reference {

namespace {

Seconds floor_to(Seconds at, Seconds width) {
  const Seconds rest = at % width;
  return at - (rest < 0 ? rest + width : rest);
}

bool has_ended(Seconds end, Seconds watermark) {
  return watermark != kNone && (watermark == kEnd || end <= watermark);
}

}  // namespace

std::vector<Row> Input::standing() const {
  std::vector<Row> rows;
  for (const Event& event : events) {
    if (event.weight > 0) {
      rows.push_back(event.row);
    } else {
      rows.erase(std::find(rows.begin(), rows.end(), event.row));
    }
  }
  return rows;
}

std::vector<Window> tumbling(Seconds at, Seconds size) {
  return {{floor_to(at, size), floor_to(at, size) + size}};
}

std::vector<Window> hopping(Seconds at, Seconds slide, Seconds size) {
  std::vector<Window> windows;
  for (Seconds start = floor_to(at, slide); start + size > at; start -= slide)
    windows.emplace_back(start, start + size);
  return windows;
}

std::vector<Window> cumulating(Seconds at, Seconds step, Seconds size) {
  std::vector<Window> windows;
  const Seconds start = floor_to(at, size);
  for (Seconds end = start + step; end <= start + size; end += step) {
    if (at < end) windows.emplace_back(start, end);
  }
  return windows;
}

std::vector<Session> sessions(std::vector<Row> rows, Seconds gap) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at < b.at; });
  std::vector<Session> found;
  for (const Row& row : rows) {
    if (found.empty() || row.at >= found.back().window.second) {
      found.push_back({{row.at, row.at + gap}, {}});
    }
    found.back().window.second = row.at + gap;
    found.back().rows.push_back(row);
  }
  return found;
}

Closed retained_windows(const Input& input, const WindowsOf& windows_of, Seconds retain) {
  Closed closed;
  for (const Event& event : input.events) {
    for (const Window& window : windows_of(event.row.at)) {
      if (has_ended(window.second + retain, input.marks[event.epoch].start)) {
        ++closed.late;
        continue;
      }
      std::vector<Row>& rows = closed.windows[{event.row.key, window}];
      if (event.weight > 0) {
        rows.push_back(event.row);
      } else {
        rows.erase(std::find(rows.begin(), rows.end(), event.row));
      }
    }
  }
  std::erase_if(closed.windows, [&](const auto& entry) {
    return entry.second.empty() ||
           has_ended(entry.first.second.second + retain, input.watermark());
  });
  return closed;
}

Closed closed_windows(const Input& input, const WindowsOf& windows_of) {
  // A row that is not late finds its window open; what is open at the end has not come out.
  Closed closed = retained_windows(input, windows_of, 0);
  const auto open = std::move(closed.windows);
  closed.windows.clear();
  for (const Event& event : input.events) {
    for (const Window& window : windows_of(event.row.at)) {
      if (has_ended(window.second, input.marks[event.epoch].start)) continue;
      if (!has_ended(window.second, input.watermark())) continue;
      std::vector<Row>& rows = closed.windows[{event.row.key, window}];
      if (event.weight > 0) {
        rows.push_back(event.row);
      } else {
        rows.erase(std::find(rows.begin(), rows.end(), event.row));
      }
    }
  }
  std::erase_if(closed.windows, [](const auto& entry) { return entry.second.empty(); });
  return closed;
}

Closed closed_sessions(const Input& input, Seconds gap) {
  Closed closed;
  std::map<std::string, std::vector<Row>> open;
  for (size_t epoch = 0; epoch < input.marks.size(); ++epoch) {
    for (const Event& event : input.events) {
      if (event.epoch == static_cast<int>(epoch)) open[event.row.key].push_back(event.row);
    }
    for (auto& [key, rows] : open) {
      std::vector<Row> left;
      for (const Session& session : sessions(rows, gap)) {
        if (has_ended(session.window.second, input.marks[epoch].start)) {
          closed.late += static_cast<int64_t>(session.rows.size());
        } else if (has_ended(session.window.second, input.marks[epoch].end)) {
          closed.windows[{key, session.window}] = session.rows;
        } else {
          left.insert(left.end(), session.rows.begin(), session.rows.end());
        }
      }
      rows = std::move(left);
    }
  }
  return closed;
}

std::optional<Row> version(const std::vector<Row>& rows, const std::string& key, Seconds at) {
  std::optional<Row> latest;
  for (const Row& row : rows) {
    if (row.key == key && row.at <= at && (!latest || row.at > latest->at)) latest = row;
  }
  return latest;
}

}  // namespace weir::reference
