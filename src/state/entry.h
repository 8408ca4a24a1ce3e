// An entry of a table as bytes (deltas, snapshots): string key, u8 live, where live: string value.
#pragma once
#include <string_view>

#include "base/bytes.h"

namespace weir::state {

struct Entry {
  std::string_view key;
  std::string_view value;
  std::string_view bytes;  // all of it
  bool live = false;

  // The next one of `all`, which is what `r` reads; false: there is no such entry.
  bool read(ByteReader& r, std::string_view all) {
    const size_t begin = r.position();
    key = r.string();
    const auto tag = r.le<uint8_t>();
    live = tag == 1;
    value = live ? r.string() : std::string_view();
    bytes = all.substr(begin, r.position() - begin);
    return r.ok() && tag <= 1;
  }
};

}  // namespace weir::state
