// Which rows of one side of a join have a match on the other, and how that changed in an epoch:
// what outer, semi and anti joins answer by.
//
// Without a residual all rows of a key have the same matches: whether the other side has the key.
// With one, each row is counted for: a table holds the weight of the other rows that match it, from
// when the row comes until it goes; what happens while it is away is counted when it comes back.
// Every change is announced before it is made, so that the first word on a row or a key in an epoch
// tells how it stood at the epoch's start.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "state/index.h"

namespace weir::flow {

class MatchWatch {
 public:
  explicit MatchWatch(bool counted) : counted_(counted) {}  // there is a residual
  // The two sides, as the watched one sees them; before anything else, and where they move.
  void read(const state::Index& own, const state::Index& other) {
    own_ = &own;
    other_ = &other;
  }

  void row_changes(std::string_view key, std::string_view row);  // of the watched side
  void others_change(std::string_view key);                      // not counted

  // Counted. begin(): true where the row has just come, and its matches are to be counted whole.
  bool begin(std::string_view key, std::string_view row);
  void count(const std::string& place, int64_t by);
  void forget(std::string_view key, std::string_view row);

  struct Change {
    std::string row;
    int64_t matched = 0;  // by how much it now stands more often among the rows with a match,
    int64_t alone = 0;    // and among those without
  };
  // The net changes of the epoch.
  std::vector<Change> settle();

  state::TableBase* table() { return &matches_; }

 private:
  struct Standing {
    int64_t weight = 0;
    bool matched = false;
  };
  Standing standing(std::string_view key, std::string_view row, std::string_view place) const;
  void remember(std::string_view key, std::string_view row);
  void remember_rows_of_changed_keys();

  const state::Index* own_ = nullptr;
  const state::Index* other_ = nullptr;
  const bool counted_;
  state::Table<state::Weight> matches_;  // place -> weight of the other rows that match it
  std::unordered_map<std::string, Standing> before_;     // of rows, by place
  std::unordered_map<std::string, bool> keys_before_;    // had the other side rows of the key?
};

}  // namespace weir::flow
