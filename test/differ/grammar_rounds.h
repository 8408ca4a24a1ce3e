// Rounds of generated queries (grammar.h): tables, some thirty queries and twenty epochs at random,
// played as one trial. What differs is shrunk, printed and, with a folder to store in, written down
// as a text test.
#pragma once
#include "differ/tally.h"
#include "differ/trial.h"

namespace weir::differ {

struct Campaign {
  Tally* tally = nullptr;
  std::string store;   // a folder; empty: none
  bool shrinks = true;
  TrialCounts counts;
  std::map<std::string, uint64_t> features;
};

void grammar_round(Postgres& postgres, Random& random, Campaign& campaign);
void print_summary(const Campaign& campaign);

}  // namespace weir::differ
