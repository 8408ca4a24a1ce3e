// to_char of numbers. The number becomes decimal digits with as many decimals as the format has
// places; a walk over the format then lays them out.
//
// A place is a 9, a 0 or the point. Places before the first digit are blank, or 0 from the first 0
// of the format on. The sign comes directly before the first thing that is written.
#include <cmath>

#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/number_format.h"

namespace weir::expr {

namespace {

using enum TypeId;

struct Digits {
  std::string text;  // without sign: "12.50"
  bool negative = false;
};

std::string lower_of(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view ordinal(std::string_view number) {
  const char last = number.back();
  const bool teen = number.size() > 1 && number[number.size() - 2] == '1';
  if (teen || last < '1' || last > '3') return "TH";
  return last == '1' ? "ST" : last == '2' ? "ND" : "RD";
}

class NumberWriter {
 public:
  NumberWriter(const NumberFormat& format, Digits number, Row& row, std::string& out)
      : f_(format),
        digits_(std::move(number.text)),
        negative_(number.negative),
        row_(row),
        out_(out) {
    if (f_.is_roman) return;
    const size_t point = std::min(digits_.find('.'), digits_.size());
    const int whole = static_cast<int>(point);
    const int places = f_.before + f_.shift;
    if (whole > places) {
      digits_ = std::string(static_cast<size_t>(places), '#') + "." +
                std::string(static_cast<size_t>(f_.after), '#');
    } else {
      blanks_ = places - whole;
    }
    brackets_ = f_.has_brackets && (f_.fill || negative_);
    const bool separate = f_.has_minus || f_.has_plus;
    signed_ = separate ? f_.has_minus : !negative_ && !f_.fill && !f_.has_sign;
    last_place_ = places + f_.after - 1 + (f_.has_point ? 1 : 0) +
                  (blanks_ > 0 || !signed_ ? 1 : 0);
    if (!f_.fill && f_.has_point) find_last_kept();
  }

  void run() {
    for (const NumberStep& step : f_.steps) put(step);
  }

 private:
  bool strips() const { return last_kept_ != std::string::npos; }
  bool strips_to_point() const { return strips() && digits_[last_kept_] == '.'; }

  // With FM zeros at the end of the decimals go, up to the last 0 of the format.
  void find_last_kept() {
    const size_t point = digits_.find('.');
    if (point == std::string::npos) return;
    last_kept_ = point;
    for (size_t i = point + 1; i < digits_.size(); ++i) {
      if (digits_[i] != '0') last_kept_ = i;
    }
    if (f_.zero_to > blanks_) {
      const size_t zero = std::min(digits_.size() - 1, static_cast<size_t>(f_.zero_to - blanks_));
      last_kept_ = std::max(last_kept_, zero);
    }
  }

  // The 0 of 0.5 is not shown by 9s.
  bool is_hidden_zero() const {
    return !f_.fills_zeros() && at_ == 0 && digits_.starts_with('0') && f_.after != 0;
  }

  void put(const NumberStep& step) {
    const std::string_view fill = f_.fill ? " " : "";
    switch (step.key) {
      case NumberKey::kLiteral: out_ += step.text; break;
      case NumberKey::kNine:
      case NumberKey::kZero:
      case NumberKey::kPoint:
        if (!f_.is_roman) put_place(step.key == NumberKey::kZero);
        break;
      case NumberKey::kComma:
      case NumberKey::kGroup: out_ += inside_ ? "," : fill; break;
      case NumberKey::kCurrency: out_ += " "; break;
      case NumberKey::kMinus: out_ += negative_ ? "-" : fill; break;
      case NumberKey::kPlus: out_ += negative_ ? fill : "+"; break;
      case NumberKey::kSign: out_ += negative_ ? "-" : "+"; break;
      case NumberKey::kRoman: {
        const std::string shown = step.lower_case ? lower_of(digits_) : digits_;
        out_ += f_.fill ? fmt::format("{:>15}", shown) : shown;
        break;
      }
      case NumberKey::kOrdinal: {
        if (f_.is_roman || negative_ || f_.has_point || digits_.starts_with("#")) break;
        if (digits_.back() < '0' || digits_.back() > '9') {
          row_.fail("22P02", fmt::format("\"{}\" is not a number", digits_));
          break;
        }
        out_ += step.lower_case ? lower_of(ordinal(digits_)) : std::string(ordinal(digits_));
        break;
      }
      default: break;
    }
  }

  void put_sign() {
    if (f_.has_sign) {
      if (f_.sign_behind) return;
      out_ += negative_ ? "-" : "+";
    } else if (brackets_) {
      out_ += negative_ ? "<" : " ";
    } else if (negative_) {
      out_ += "-";
    } else if (f_.fill) {
      out_ += " ";
    }
    signed_ = true;
  }

  void put_place(bool zero) {
    inside_ = false;
    const bool zeros_here = f_.fills_zeros() && f_.zero_from <= place_;
    const bool starts = place_ >= blanks_ || (f_.fills_zeros() && f_.zero_from == place_);
    if (!signed_ && starts && (!is_hidden_zero() || strips_to_point())) put_sign();
    if (place_ < blanks_) {
      if (zeros_here) {
        out_ += "0";
        inside_ = true;
      } else if (f_.fill) {
        out_ += " ";
      }
    } else {
      put_digit(zero);
    }
    const bool ends_early = strips() && last_kept_ == at_;
    if (!ends_early && place_ + 1 == last_place_) put_end();
    ++place_;
  }

  void put_digit(bool zero) {
    if (at_ >= digits_.size()) return;
    if (digits_[at_] == '.') {
      out_ += ".";
    } else if (strips() && at_ > last_kept_ && !zero) {
      // Stripped.
    } else if (is_hidden_zero()) {
      if (f_.fill) {
        out_ += " ";
      } else if (strips_to_point()) {
        out_ += "0";
      }
    } else {
      out_.push_back(digits_[at_]);
      inside_ = true;
    }
    ++at_;
  }

  void put_end() {
    if (signed_ && brackets_) {
      out_ += negative_ ? ">" : " ";
    } else if (f_.has_sign && f_.sign_behind) {
      out_ += negative_ ? "-" : "+";
    }
  }

  const NumberFormat& f_;
  std::string digits_;
  bool negative_;
  Row& row_;
  std::string& out_;
  bool brackets_ = false;
  bool signed_ = false;    // the sign is written, or none is wanted
  bool inside_ = false;    // a digit was written last: commas count
  int blanks_ = 0;         // places before the first digit
  int place_ = 0;
  int last_place_ = 0;
  size_t at_ = 0;          // in digits_
  size_t last_kept_ = std::string::npos;
};

std::string roman(int64_t v) {
  if (v < 1 || v > 3999) return std::string(15, '#');
  constexpr std::pair<int, std::string_view> kParts[] = {
      {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
      {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
  std::string out;
  for (const auto& [value, letters] : kParts) {
    for (; v >= value; v -= value) out += letters;
  }
  return out;
}

// NaN and the infinities in a format with EEEE.
std::string no_exponent(const NumberFormat& f) {
  std::string out(static_cast<size_t>(f.before + f.after + 6), '#');
  out[0] = ' ';
  out[static_cast<size_t>(f.before) + 1] = '.';
  return out;
}

std::string scientific(double v, const NumberFormat& f) {
  if (!std::isfinite(v)) return no_exponent(f);
  return fmt::format("{}{:.{}e}", std::signbit(v) ? "" : " ", v, f.after);
}

// d.ddde+xx, rounded half away from zero; 9.99 with one decimal stays at its exponent: 10.0e+00.
std::string scientific(const Decimal& v, const NumberFormat& f) {
  if (!v.is_finite()) return no_exponent(f);
  std::string digits = v.is_zero() ? "0" : Decimal(v.coefficient(), 0).to_string();
  if (v.is_negative()) digits.erase(0, 1);
  const int exponent = v.is_zero() ? 0 : static_cast<int>(digits.size()) - 1 - v.scale();
  const auto wanted = static_cast<size_t>(f.after) + 1;
  if (digits.size() > wanted) {
    const bool up = digits[wanted] >= '5';
    digits.resize(wanted);
    size_t i = wanted;
    while (up && i > 0 && digits[i - 1] == '9') digits[--i] = '0';
    if (up && i > 0) ++digits[i - 1];
    if (up && i == 0) digits.insert(0, "1");
  }
  if (digits.size() < wanted) digits.resize(wanted, '0');
  if (wanted > 1) digits.insert(digits.size() - wanted + 1, ".");
  return fmt::format("{}{}e{}{:02}", v.is_negative() ? "-" : " ", digits, exponent < 0 ? "-" : "+",
                     std::abs(exponent));
}

Digits split_sign(std::string text) {
  const bool negative = text.starts_with('-');
  return {negative ? text.substr(1) : std::move(text), negative};
}

Decimal power_of_ten(int n) {
  Int128 p = 1;
  while (n-- > 0) p *= 10;
  return Decimal(p, 0);
}

void put_formatted(const Decimal& v, const NumberFormat& f, Row& row, std::string& out) {
  const auto overflow = [&] { row.fail("22003", "value overflows numeric format"); };
  if (f.is_roman) {
    const std::optional<int64_t> whole = v.to_int64();
    if (!v.is_finite()) {
      return row.fail("0A000", fmt::format("cannot convert {} to integer",
                                           v.kind() == Decimal::Kind::kNan ? "NaN" : "infinity"));
    }
    if (!whole || *whole < INT32_MIN || *whole > INT32_MAX) {
      return row.fail("22003", "integer out of range");
    }
    return NumberWriter(f, {roman(*whole), false}, row, out).run();
  }
  if (f.is_scientific) return void(out += scientific(v, f));
  if (f.shift > 37) return overflow();
  const auto shifted = f.has_shift ? Decimal::mul(v, power_of_ten(f.shift)) : v;
  const auto rounded = shifted ? shifted->round_to(f.after) : std::nullopt;
  if (!rounded) return overflow();
  NumberWriter(f, split_sign(rounded->to_string()), row, out).run();
}

// A float with the significant digits of its type: 15 or 6.
struct Float {
  double value = 0;
  int digits = 15;
};

void put_formatted(Float number, const NumberFormat& format, Row& row, std::string& out) {
  double v = number.value;
  const int digits = number.digits;
  if (format.is_roman) {
    const bool fits = std::fabs(v) < 4000;
    return NumberWriter(format, {roman(fits ? std::lrint(v) : 0), false}, row, out).run();
  }
  if (format.is_scientific) return void(out += scientific(v, format));
  NumberFormat f = format;
  if (f.has_shift) v *= std::pow(10.0, f.shift);
  const auto whole = static_cast<int>(fmt::format("{:.0f}", std::fabs(v)).size());
  if (whole >= digits) {
    f.after = 0;
  } else if (whole + f.after > digits) {
    f.after = digits - whole;
  }
  std::string text = fmt::format("{:.{}f}", v, f.after);
  if (std::isinf(v)) text = v < 0 ? "-Infinity" : "Infinity";
  if (std::isnan(v)) text = "NaN";
  NumberWriter(f, split_sign(std::move(text)), row, out).run();
}

// Calls put(i, format, row, out) with the format of the row, which mostly is the last one.
template <class Put>
ColumnPtr formatted(const KernelCall& c, Put put) {
  std::optional<NumberFormat> format;
  std::string last;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view text = c.args[1]->text(i);
    if (!format || last != text) {
      last = text;
      format.emplace();
      std::string error;
      if (!format->read(last, &error)) {
        format.reset();
        return row.fail("42601", error);
      }
    }
    put(i, *format, row, out);
  });
}

template <class Int>
ColumnPtr integer_to_char(const KernelCall& c) {
  return formatted(c, [&](uint32_t i, const NumberFormat& f, Row& row, std::string& out) {
    const int64_t v = c.args[0]->value<Int>(i);
    if (f.is_scientific && sizeof(Int) == 4) {
      out += scientific(static_cast<double>(v), f);
    } else {
      put_formatted(Decimal::from_int(v), f, row, out);
    }
  });
}

ColumnPtr numeric_to_char(const KernelCall& c) {
  return formatted(c, [&](uint32_t i, const NumberFormat& f, Row& row, std::string& out) {
    put_formatted(c.args[0]->value<Decimal>(i), f, row, out);
  });
}

template <class T>
ColumnPtr float_to_char(const KernelCall& c) {
  return formatted(c, [&](uint32_t i, const NumberFormat& f, Row& row, std::string& out) {
    const auto v = static_cast<double>(c.args[0]->value<T>(i));
    put_formatted(Float{v, sizeof(T) == 4 ? 6 : 15}, f, row, out);
  });
}

}  // namespace

void add_number_formats(FunctionList& out) {
  FunctionGroup add(out, "formatting");
  add("to_char", {kInt4, kText}, kText, integer_to_char<int32_t>, "a number in a format");
  add("to_char", {kInt8, kText}, kText, integer_to_char<int64_t>, "a number in a format");
  add("to_char", {kNumeric, kText}, kText, numeric_to_char, "a number in a format");
  add("to_char", {kFloat4, kText}, kText, float_to_char<float>, "a number in a format");
  add("to_char", {kFloat8, kText}, kText, float_to_char<double>, "a number in a format");
  add_to_number(out);
}

}  // namespace weir::expr
