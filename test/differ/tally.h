// What the rounds have in common: how much was compared, what failed, and the words for it.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

#include <fmt/core.h>

namespace weir::differ {

struct Tally {
  uint64_t seed = 1;
  uint64_t wanted = 0;    // comparisons
  std::string only;       // a part of the SQL of the views to try
  bool verbose = false;
  uint64_t compared = 0;
  int rounds = 0;
  int failed = 0;

  bool enough() const { return compared >= wanted || failed >= 10; }
  bool chosen(const std::string& sql) const {
    return only.empty() || sql.find(only) != std::string::npos;
  }
  void fail(const std::string& where, const std::string& text) {
    ++failed;
    std::printf("FAILED (seed %lu, %s)\n%s\n", static_cast<unsigned long>(seed), where.c_str(),
                text.c_str());
    std::fflush(stdout);  // a long campaign tells what it found when it finds it
  }
};

}  // namespace weir::differ
