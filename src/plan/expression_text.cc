// Brackets stand where PostgreSQL's precedence of operators asks for them, and nowhere else.
#include "plan/expression_text.h"

#include <fmt/core.h>

#include "data/text_form.h"
#include "data/type_detail.h"
#include "expr/function.h"

namespace weir::plan {

namespace {

using expr::Expr;
using expr::ExprKind;

enum Level : uint8_t {
  kOr = 1, kAnd, kNot, kIs, kComparison, kOther, kSum, kProduct, kSign, kAtom,
};

bool is_symbol(std::string_view name) {
  return !name.empty() && std::ispunct(static_cast<unsigned char>(name[0])) && name[0] != '_' &&
         name[0] != '"';
}
bool is_word_operator(std::string_view name) { return name == "like" || name == "ilike"; }
bool is_infix(const Expr& e) {
  return e.args.size() == 2 && (is_symbol(e.function->name) || is_word_operator(e.function->name));
}

Level level_of_operator(std::string_view name) {
  if (name == "=" || name == "<>" || name == "<" || name == ">" || name == "<=" || name == ">=")
    return kComparison;
  if (name == "+" || name == "-") return kSum;
  return name == "*" || name == "/" || name == "%" ? kProduct : kOther;
}

Level level_of(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kOr: return kOr;
    case ExprKind::kAnd: return kAnd;
    case ExprKind::kNot: return kNot;
    case ExprKind::kIsNull:
    case ExprKind::kIsNotNull: return kIs;
    case ExprKind::kAnyElement:
    case ExprKind::kAllElements: return level_of_operator(e.function->name);
    case ExprKind::kCall:
      if (is_infix(e)) return level_of_operator(e.function->name);
      return e.args.size() == 1 && is_symbol(e.function->name) ? kSign : kAtom;
    default: return kAtom;
  }
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

class Printer {
 public:
  explicit Printer(const std::vector<std::string>& columns) : columns_(columns) {}

  // In brackets where it binds less than what is around it.
  std::string text(const Expr& e, uint8_t around = 0) const {
    const std::string plain = bare(e);
    return level_of(e) < around ? "(" + plain + ")" : plain;
  }

 private:
  std::string bare(const Expr& e) const {
    switch (e.kind) {
      case ExprKind::kColumn: return columns_.at(e.column);
      case ExprKind::kLiteral: return literal(e.literal);
      case ExprKind::kCall: return call(e);
      case ExprKind::kAnd: return joined(e, " and ", kAnd + 1);
      case ExprKind::kOr: return joined(e, " or ", kOr + 1);
      case ExprKind::kNot: return "not " + text(*e.args[0], kNot);
      case ExprKind::kIsNull: return text(*e.args[0], kIs + 1) + " is null";
      case ExprKind::kIsNotNull: return text(*e.args[0], kIs + 1) + " is not null";
      case ExprKind::kCase: return conditional(e);
      case ExprKind::kCoalesce: return fmt::format("coalesce({})", joined(e, ", ", 0));
      case ExprKind::kCast:
        if (is_number(*e.args[0]) && e.type.is_number()) return bare(*e.args[0]);
        return fmt::format("{}::{}", text(*e.args[0], kAtom), e.type.name());
      case ExprKind::kNow: return "now()";
      case ExprKind::kAnyElement: return of_elements(e, "any");
      case ExprKind::kAllElements: return of_elements(e, "all");
      case ExprKind::kErrorOf: return fmt::format("error of ({})", text(*e.args[0]));
      case ExprKind::kOuter: return fmt::format("outer.{}", e.column + 1);
      case ExprKind::kPending: return "(select)";
    }
    return "";
  }

  // What its place made of another type than it was written in.
  static bool is_number(const Expr& e) {
    return e.kind == ExprKind::kLiteral && !e.literal.is_null() && e.type.is_number();
  }

  static std::string literal(const Value& value) {
    if (value.is_null()) return "null";
    switch (value.type.id) {
      case TypeId::kBool: return std::get<bool>(value.data) ? "true" : "false";
      case TypeId::kInt2:
      case TypeId::kInt4:
      case TypeId::kInt8:
      case TypeId::kNumeric:
      case TypeId::kFloat4:
      case TypeId::kFloat8: {
        const std::string number = text_form(value);
        const bool plain = std::isdigit(static_cast<unsigned char>(number[0])) != 0;
        return plain ? number : fmt::format("'{}'::{}", number, value.type.name());
      }
      case TypeId::kText: return quoted(text_form(value));
      case TypeId::kInterval: return "interval " + quoted(text_form(value));
      default: return fmt::format("{}::{}", quoted(text_form(value)), value.type.name());
    }
  }

  std::string joined(const Expr& e, std::string_view between, uint8_t around) const {
    std::string out;
    for (size_t i = 0; i < e.args.size(); ++i) {
      if (i > 0) out += between;
      out += text(*e.args[i], around);
    }
    return out;
  }

  std::string call(const Expr& e) const {
    const std::string_view name = e.function->name;
    if (name == ".") {
      const auto at = static_cast<size_t>(std::get<int64_t>(e.args[1]->literal.data));
      return fmt::format("({}).{}", text(*e.args[0]), e.args[0]->type.detail->fields[at].name);
    }
    if (is_infix(e)) {  // to the left they need no brackets, except comparisons
      const Level level = level_of_operator(name);
      const uint8_t left = level == kComparison ? level + 1 : level;
      return fmt::format("{} {} {}", text(*e.args[0], left), name, text(*e.args[1], level + 1));
    }
    if (e.args.size() == 1 && is_symbol(name))
      return fmt::format("{}{}", name, text(*e.args[0], kAtom));
    const std::string_view plain = name.substr(0, name.find(" variadic"));
    if (plain == name) return fmt::format("{}({})", name, joined(e, ", ", 0));
    std::string args;
    for (size_t i = 0; i + 1 < e.args.size(); ++i) args += text(*e.args[i]) + ", ";
    return fmt::format("{}({}variadic {})", plain, args, text(*e.args.back()));
  }

  std::string of_elements(const Expr& e, std::string_view which) const {
    return fmt::format("{} {} {} ({})", text(*e.args[0], kOther), e.function->name, which,
                       text(*e.args[1]));
  }

  std::string conditional(const Expr& e) const {
    std::string out = "case";
    for (size_t i = 0; i + 1 < e.args.size(); i += 2)
      out += fmt::format(" when {} then {}", text(*e.args[i]), text(*e.args[i + 1]));
    const Expr& otherwise = *e.args.back();
    const bool null = otherwise.kind == ExprKind::kLiteral && otherwise.literal.is_null();
    if (!null) out += " else " + text(otherwise);
    return out + " end";
  }

  const std::vector<std::string>& columns_;
};

}  // namespace

std::string expression_text(const expr::Expr& e, const std::vector<std::string>& columns) {
  return Printer(columns).text(e);
}

std::string duration_text(Micros micros) {
  constexpr std::pair<Micros, const char*> kUnits[] = {
      {86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"},
      {1'000'000, "second"},   {1'000, "millisecond"},  {1, "microsecond"}};
  for (const auto& [length, name] : kUnits) {
    if (micros % length != 0 || micros == 0) continue;
    const Micros n = micros / length;
    return fmt::format("{} {}{}", n, name, n == 1 || n == -1 ? "" : "s");
  }
  return "0 seconds";
}

}  // namespace weir::plan
