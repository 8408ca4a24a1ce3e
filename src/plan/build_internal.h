// What the constructors of nodes share: hashes of meaning, sets of columns. Inside src/plan only.
#pragma once
#include "plan/build.h"

namespace weir::plan {

uint64_t hash_of(std::string_view what, std::initializer_list<uint64_t> parts);
uint64_t hash_all(std::string_view what, const std::vector<uint64_t>& parts);
// A node's hash: what it is, its own parts, its inputs' hashes, its columns' hashes and types.
uint64_t finish_hash(const Node& node, std::string_view what, std::vector<uint64_t> parts);
uint64_t sort_hash(const Node& input, const std::vector<SortColumn>& order);
uint64_t columns_hash(const Node& input, const std::vector<uint32_t>& columns);
uint64_t call_hash(const Node& input, const AggregateCall& call);
bool contains(const std::vector<uint32_t>& columns, uint32_t column);
// When rows close by a column; null: they do not.
const Ending* ending_of(const Node& node, uint32_t column);
bool closes_at_its_value(const Node& node, uint32_t column);
// By both, at the same time.
bool close_alike(const Node& a, uint32_t of_a, const Node& b, uint32_t of_b);

}  // namespace weir::plan
