#include "expr/number_format.h"

#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

struct Keyword {
  std::string_view name;
  NumberKey key;
};
// Where one begins with another the longer comes first.
constexpr Keyword kKeywords[] = {
    {"EEEE", NumberKey::kScientific}, {"FM", NumberKey::kFill},     {"MI", NumberKey::kMinus},
    {"PL", NumberKey::kPlus},         {"PR", NumberKey::kBrackets}, {"RN", NumberKey::kRoman},
    {"SG", NumberKey::kSign},         {"SP", NumberKey::kSpell},    {"S", NumberKey::kAnchoredSign},
    {"TH", NumberKey::kOrdinal},      {"9", NumberKey::kNine},      {"0", NumberKey::kZero},
    {".", NumberKey::kPoint},         {"D", NumberKey::kPoint},     {",", NumberKey::kComma},
    {"G", NumberKey::kGroup},         {"L", NumberKey::kCurrency},  {"V", NumberKey::kShift},
    {"B", NumberKey::kBlank},         {"C", NumberKey::kSpell},
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// All in upper or all in lower case.
const Keyword* keyword_at(std::string_view text) {
  for (const Keyword& keyword : kKeywords) {
    const std::string_view written = text.substr(0, keyword.name.size());
    if (written.size() < keyword.name.size()) continue;
    bool as_is = true;
    bool lower = true;
    for (size_t i = 0; i < written.size(); ++i) {
      as_is = as_is && written[i] == keyword.name[i];
      lower = lower && upper(written[i]) == keyword.name[i] && written[i] != upper(written[i]);
    }
    if (as_is || lower) return &keyword;
  }
  return nullptr;
}

void add_literal(std::vector<NumberStep>& steps, std::string_view character) {
  steps.push_back({NumberKey::kLiteral, character, false});
}

std::vector<NumberStep> steps_of(std::string_view text) {
  std::vector<NumberStep> steps;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; i += character_bytes(text, i)) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        add_literal(steps, text.substr(i, character_bytes(text, i)));
      }
      ++i;
    } else if (const Keyword* keyword = keyword_at(text.substr(i))) {
      const std::string_view written = text.substr(i, keyword->name.size());
      steps.push_back({keyword->key, written, written[0] != upper(written[0])});
      i += written.size();
    } else {
      if (text.substr(i, 2) == "\\\"") ++i;
      add_literal(steps, text.substr(i, character_bytes(text, i)));
      i += character_bytes(text, i);
    }
  }
  return steps;
}

// What is wrong with a sign pattern beside those before it; nullptr: nothing.
const char* sign_conflict(const NumberFormat& f, NumberKey key) {
  const bool separate = f.has_minus || f.has_plus;
  switch (key) {
    case NumberKey::kAnchoredSign:
      if (f.has_sign) return "cannot use \"S\" twice";
      return separate || f.has_brackets
                 ? "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together" : nullptr;
    case NumberKey::kMinus: return f.has_sign ? "cannot use \"S\" and \"MI\" together" : nullptr;
    case NumberKey::kPlus: return f.has_sign ? "cannot use \"S\" and \"PL\" together" : nullptr;
    case NumberKey::kSign: return f.has_sign ? "cannot use \"S\" and \"SG\" together" : nullptr;
    case NumberKey::kBrackets:
      return f.has_sign || separate
                 ? "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together" : nullptr;
    default: return nullptr;
  }
}

const char* conflict(const NumberFormat& f, NumberKey key) {
  if (key == NumberKey::kLiteral) return nullptr;
  if (f.is_scientific && key != NumberKey::kScientific) {
    return "\"EEEE\" must be the last pattern used";
  }
  switch (key) {
    case NumberKey::kNine: return f.has_brackets ? "\"9\" must be ahead of \"PR\"" : nullptr;
    case NumberKey::kZero: return f.has_brackets ? "\"0\" must be ahead of \"PR\"" : nullptr;
    case NumberKey::kPoint:
      if (f.has_point) return "multiple decimal points";
      return f.has_shift ? "cannot use \"V\" and decimal point together" : nullptr;
    case NumberKey::kShift:
      return f.has_point ? "cannot use \"V\" and decimal point together" : nullptr;
    case NumberKey::kScientific: {
      if (f.is_scientific) return "cannot use \"EEEE\" twice";
      const bool other = !f.fill || f.has_sign || f.has_brackets || f.has_minus || f.has_plus ||
                         f.is_roman || f.has_shift;
      return other ? "\"EEEE\" is incompatible with other formats" : nullptr;
    }
    default: return sign_conflict(f, key);
  }
}

void count_digit(NumberFormat& f, bool zero) {
  if (zero && !f.fills_zeros() && !f.has_point) f.zero_from = f.before;
  if (f.has_shift && !zero) {
    ++f.shift;
  } else if (f.has_point) {
    ++f.after;
  } else {
    ++f.before;
  }
  if (zero) f.zero_to = f.before + f.after;
}

void take(NumberFormat& f, NumberKey key) {
  switch (key) {
    case NumberKey::kNine:
    case NumberKey::kZero: return count_digit(f, key == NumberKey::kZero);
    case NumberKey::kPoint: f.has_point = true; break;
    case NumberKey::kShift: f.has_shift = true; break;
    case NumberKey::kFill: f.fill = false; break;
    case NumberKey::kMinus: f.has_minus = true; break;
    case NumberKey::kPlus: f.has_plus = true; break;
    case NumberKey::kSign: f.has_minus = f.has_plus = true; break;
    case NumberKey::kBrackets: f.has_brackets = true; break;
    case NumberKey::kRoman: f.is_roman = true; break;
    case NumberKey::kScientific: f.is_scientific = true; break;
    case NumberKey::kAnchoredSign:
      f.has_sign = true;
      f.sign_behind = f.has_point;
      if (!f.has_point) f.sign_place = f.before;
      break;
    default: break;
  }
}

}  // namespace

bool NumberFormat::read(std::string_view text, std::string* error) {
  steps = steps_of(text);
  for (const NumberStep& step : steps) {
    if (const char* reason = conflict(*this, step.key)) {
      *error = reason;
      return false;
    }
    take(*this, step.key);
  }
  // An S before the point but behind all digits stands behind the number.
  if (has_sign && sign_place == before && !has_minus && !has_plus) sign_behind = true;
  return true;
}

}  // namespace weir::expr
