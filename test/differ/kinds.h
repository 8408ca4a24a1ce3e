// The types that the generator knows, with what has to be known of values to keep a query
// determinate and free of errors, and the pools that values come from.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "differ/part.h"

namespace weir::differ {

enum class Kind : char {
  kInt2 = 's',
  kInt4 = 'i',
  kInt8 = 'b',
  kNumeric = 'n',
  kFloat8 = 'f',
  kText = 't',
  kBool = 'o',
  kDate = 'd',
  kTimestamp = 'm',
  kTimestamptz = 'z',
  kInterval = 'v',
  kJsonb = 'j',
  kInt4Array = 'I',
  kTextArray = 'T',
};

inline constexpr std::string_view kKinds = "sibnftodmzvjIT";

const char* sql_name(Kind kind);
Kind random_kind(Random& random);

struct Facts {
  bool canonical = true;  // equal values look the same
  int fixed = -1;         // numeric: all values have so many digits behind the point
  int scale = 0;          // numeric: no value has more
  bool finite = true;     // no NaN, no infinity
  bool exact = true;      // floats whose sum is exact
  double bound = 0;       // no number is greater, by amount
};

// Of values that come from either.
Facts either(Kind kind, const Facts& a, const Facts& b);
double limit_of(Kind kind);  // of integers

struct Expression {
  PartPtr sql;
  Kind kind = Kind::kInt4;
  Facts facts;
};

// A column's pool: texts as a source would bring them, "\\N" for NULL.
struct Pool {
  std::string type;  // as in CREATE TABLE
  Kind kind = Kind::kInt4;
  Facts facts;
  std::vector<std::string> values;
};
const std::vector<Pool>& pools();

// With its type (as a constant in GROUP BY must be), or bare.
Expression random_literal(Random& random, Kind kind, bool bare);

}  // namespace weir::differ
