// Formats of to_char and to_number for numbers ("FM9,999.00S"), read into steps. Which characters
// are patterns, and what may stand together, is PostgreSQL's (its documentation, 9.8).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace weir::expr {

enum class NumberKey : uint8_t {
  kLiteral, kNine, kZero, kPoint, kComma, kGroup, kCurrency, kMinus, kPlus, kSign, kAnchoredSign,
  kBrackets, kRoman, kOrdinal, kScientific, kShift, kBlank, kFill, kSpell,
};

struct NumberStep {
  NumberKey key = NumberKey::kLiteral;
  std::string_view text;  // as it is written
  bool lower_case = false;
};

struct NumberFormat {
  std::vector<NumberStep> steps;
  int before = 0;        // digits before the point
  int after = 0;
  int shift = 0;         // digits behind V
  int zero_from = -1;    // the first place that is filled with zeros; -1: none is
  int zero_to = 0;       // places up to the last 0
  int sign_place = -1;   // digits before an S that stands before the point
  bool fill = true;      // not FM
  bool has_point = false;
  bool has_shift = false;
  bool has_sign = false;         // S
  bool sign_behind = false;      // S behind the number
  bool has_minus = false;        // MI or SG
  bool has_plus = false;         // PL or SG
  bool has_brackets = false;
  bool is_roman = false;
  bool is_scientific = false;

  bool fills_zeros() const { return zero_from >= 0; }
  // False: the patterns do not go together; *error says why (42601).
  bool read(std::string_view text, std::string* error);
};

}  // namespace weir::expr
