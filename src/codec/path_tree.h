// The wanted paths of JSON records as a tree: one step down per key or array index, and at each
// node the columns that take the value found there. Paths: "$.a.b", "$.a[0]", "$['odd key']", "$"
// alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/decoder.h"

namespace weir::codec {

class PathTree {
 public:
  static constexpr int32_t kNone = -1;

  struct Node {
    std::vector<uint32_t> columns;
    std::vector<std::pair<std::string, int32_t>> keys;      // name -> node
    std::vector<std::pair<uint64_t, int32_t>> indexes;      // array index -> node
    // The keys as the last object had them, in its order: mostly the next object's too.
    struct Remembered {
      std::string raw;  // with the closing quote; empty: not comparable
      int32_t child = kNone;
    };
    std::vector<Remembered> order;

    bool has_children() const { return !keys.empty() || !indexes.empty(); }
    int32_t find(std::string_view key) const;
    int32_t find(uint64_t index) const;
  };

  static Result<PathTree> make(const std::vector<DecodeColumn>& columns);
  Node& node(int32_t i) { return nodes_[static_cast<size_t>(i)]; }

 private:
  PathTree() : nodes_(1) {}
  int32_t child_of_key(int32_t node, std::string_view key);
  int32_t child_of_index(int32_t node, uint64_t index);

  std::vector<Node> nodes_;  // 0 is the record
};

struct PathStep {
  std::string key;
  uint64_t index = 0;
  bool is_index = false;
};
// Empty: the record itself. An error names the place in the path.
Result<std::vector<PathStep>> parse_path(std::string_view path);

}  // namespace weir::codec
