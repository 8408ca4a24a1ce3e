// to_number: the format leads. Every place of it reads one character, a digit where there is one;
// other patterns skip what they would have written.
#include "data/cast.h"
#include "expr/kernel.h"
#include "expr/number_format.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class NumberReader {
 public:
  NumberReader(const NumberFormat& format, std::string_view text) : f_(format), text_(text) {}

  // The number without its sign; *scale: decimals that were read.
  std::string run(int* scale) {
    for (const NumberStep& step : f_.steps) {
      if (done()) break;
      if (read(step)) ++at_;
    }
    if (number_.ends_with('.')) number_.pop_back();
    *scale = decimals_;
    return (sign_ == '-' ? "-" : "") + number_;
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool started() const { return wholes_ + decimals_ > 0; }

  // Whether the character there belongs to the step.
  bool read(const NumberStep& step) {
    switch (step.key) {
      case NumberKey::kNine:
      case NumberKey::kZero: return read_place(true), true;
      case NumberKey::kPoint: return read_place(false), true;
      case NumberKey::kComma:
      case NumberKey::kGroup: return f_.fill && peek() == ',';
      case NumberKey::kMinus: return read_sign("-");
      case NumberKey::kPlus: return read_sign("+");
      case NumberKey::kSign: return read_sign("+-");
      case NumberKey::kCurrency: return skip_others(1), false;
      case NumberKey::kOrdinal:
        if (!f_.has_point && sign_ != '-') skip_others(2);
        return false;
      case NumberKey::kLiteral: at_ += character_bytes(text_, at_); return false;
      default: return false;
    }
  }

  bool read_sign(std::string_view signs) {
    if (signs.find(peek()) != std::string_view::npos) {
      sign_ = peek();
      return true;
    }
    skip_others(1);
    return false;
  }

  void skip_others(int characters) {
    constexpr std::string_view kOfNumbers = "0123456789.,+-";
    for (; characters > 0 && !done() && kOfNumbers.find(peek()) == std::string_view::npos;
         --characters) {
      at_ += character_bytes(text_, at_);
    }
  }

  void read_place(bool digit_place) {
    if (peek() == ' ') ++at_;
    if (digit_place && sign_ == ' ' && !started()) read_leading_sign();
    if (done()) return;
    bool taken = false;
    if (is_digit(peek())) {
      if (has_point_ && decimals_ == f_.after) return;
      number_.push_back(peek());
      ++(has_point_ ? decimals_ : wholes_);
      taken = true;
    } else if (f_.has_point && !has_point_ && peek() == '.') {
      number_.push_back('.');
      has_point_ = taken = true;
    }
    if (sign_ == ' ' && started()) read_trailing_sign(taken);
  }

  void read_leading_sign() {
    const char c = peek();
    const bool anchored = f_.has_sign && !f_.sign_behind;
    if (c == '-' || c == '+') {
      sign_ = c;
    } else if (!anchored && f_.has_brackets && c == '<') {
      sign_ = '-';
    }
    at_ += sign_ != ' ';
  }

  void read_trailing_sign(bool taken) {
    if (f_.has_sign && taken) {
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '0';
      if (next != '-' && next != '+') return;
      sign_ = next;
      ++at_;
    } else if (!taken && !f_.has_sign && (peek() == '-' || peek() == '+')) {
      sign_ = peek();
    }
  }

  const NumberFormat& f_;
  std::string_view text_;
  size_t at_ = 0;
  std::string number_;
  char sign_ = ' ';
  int wholes_ = 0;
  int decimals_ = 0;
  bool has_point_ = false;
};

Decimal number_of(std::string_view text, std::string_view format_text, Row& row) {
  NumberFormat format;
  std::string error;
  if (!format.read(format_text, &error)) return row.fail("42601", error), Decimal();
  if (format.is_scientific) {
    return row.fail("0A000", "\"EEEE\" not supported for input"), Decimal();
  }
  if (format.is_roman) return row.fail("0A000", "\"RN\" not supported for input"), Decimal();
  int scale = 0;
  const std::string number = NumberReader(format, text).run(&scale);
  const int precision = std::min(format.before + format.shift + scale, Decimal::kMaxDigits);
  const Type type(kNumeric, static_cast<int16_t>(precision), static_cast<int16_t>(scale));
  const Result<Value> value = cast_value(Value{kUnknown, number}, type);
  if (!value) {
    row.fail(value.error().sqlstate().c_str(), value.error().primary());
    return {};
  }
  const Decimal read = std::get<Decimal>(value->data);
  if (!format.has_shift) return read;
  // Divided by multiplying with a power of ten that has 16 decimals.
  constexpr int kDecimals = 16;
  Int128 unit = format.shift <= kDecimals ? 1 : 0;
  for (int i = format.shift; i < kDecimals; ++i) unit *= 10;
  const std::optional<Decimal> out = Decimal::mul(read, Decimal(unit, kDecimals));
  if (!out) row.fail("22003", "value overflows numeric format");
  return out.value_or(Decimal());
}

ColumnPtr to_number(const KernelCall& c) {
  return map<Decimal>(c, [&](uint32_t i, Row& row) -> Decimal {
    const std::string_view format = c.args[1]->text(i);
    if (format.empty()) return row.null(), Decimal();
    return number_of(c.args[0]->text(i), format, row);
  });
}

}  // namespace

void add_to_number(FunctionList& out) {
  FunctionGroup add(out, "formatting");
  add("to_number", {kText, kText}, kNumeric, to_number, "a number written in a format");
}

}  // namespace weir::expr
