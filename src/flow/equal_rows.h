// Rows that SQL holds for equal although they look different (1.0 and 1.00, '1 day' and '24
// hours'), in order of arrival with their weights: the first one that is left stands for all of
// them. Nearly always there is one.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace weir::flow {

struct EqualRows {
  struct Of {
    std::string row;  // row encoding
    int64_t weight = 0;
  };
  std::vector<Of> rows;

  void add(std::string_view row, int64_t weight) {
    const auto at =
        std::find_if(rows.begin(), rows.end(), [&](const Of& of) { return of.row == row; });
    if (at == rows.end()) {
      rows.push_back({std::string(row), weight});
    } else {
      at->weight += weight;
    }
  }
  // At the end of an epoch: what is gone is forgotten.
  void settle() {
    std::erase_if(rows, [](const Of& of) { return of.weight == 0; });
  }
  std::string_view representative() const {
    return rows.empty() ? std::string_view() : std::string_view(rows[0].row);
  }

  void encode(std::string& out) const {
    ByteWriter w(out);
    for (const Of& of : rows) {
      w.zigzag(of.weight);
      w.string(of.row);
    }
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    while (!r.at_end() && r.ok()) {
      const int64_t weight = r.zigzag();
      rows.push_back({std::string(r.string()), weight});
    }
    return r.ok();
  }
  size_t heap_bytes() const {
    size_t bytes = rows.capacity() * sizeof(Of);
    for (const Of& of : rows) bytes += of.row.capacity() > 15 ? of.row.capacity() : 0;
    return bytes;
  }
};

}  // namespace weir::flow
