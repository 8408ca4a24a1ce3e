// The parser of paths: tokens by hand, then precedence climbing: || && ! comparisons + - * / % and
// the signs. A predicate is no operand of a comparison or of arithmetic, which is checked where the
// operator stands.
#include "expr/jsonpath.h"

#include <charconv>

#include <fmt/core.h>

#include "expr/regex.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum PathKind;

enum class TokenKind : uint8_t { kEnd, kSymbol, kName, kText, kNumber, kVariable };
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
};

constexpr std::string_view kSpecial = "?%$.[]{}()|&!=<>@#,*:-+/\"\\ \t\r\n\f";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Tokens {
 public:
  Tokens(std::string_view text, PathError* error) : text_(text), error_(error) { next(); }
  const Token& token() const { return token_; }
  bool failed() const { return error_->sqlstate != nullptr; }

  bool is(std::string_view symbol) const {
    return token_.kind == TokenKind::kSymbol && token_.text == symbol;
  }
  bool is_word(std::string_view word) const {
    return token_.kind == TokenKind::kName && token_.text == word;
  }
  bool take(std::string_view symbol) {
    if (!is(symbol)) return false;
    next();
    return true;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    next();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take(symbol)) fail_here();
  }
  std::string take_text() {
    std::string text = std::move(token_.text);
    next();
    return text;
  }
  void fail(const char* sqlstate, std::string_view message) {
    if (failed()) return;
    error_->sqlstate = sqlstate;
    error_->message.assign(message);
    token_ = Token();
    at_ = text_.size();
  }
  void fail_here() {
    if (token_.kind == TokenKind::kEnd) {
      return fail("42601", "syntax error at end of jsonpath input");
    }
    fail("42601", fmt::format("syntax error at or near \"{}\" of jsonpath input", token_.text));
  }

  void next() {
    skip_blanks();
    token_ = Token();
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    if (c == '"') return quoted(TokenKind::kText);
    if (is_digit(c)) return number();
    const char behind = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
    if (c == '$' && (behind == '"' || kSpecial.find(behind) == std::string_view::npos)) {
      ++at_;
      if (behind == '"') return quoted(TokenKind::kVariable);
      return name(TokenKind::kVariable);
    }
    if (c == '\\' || kSpecial.find(c) == std::string_view::npos) return name(TokenKind::kName);
    for (const std::string_view two : {"**", "&&", "||", "==", "!=", "<>", "<=", ">="}) {
      if (!text_.substr(at_).starts_with(two)) continue;
      token_ = {TokenKind::kSymbol, std::string(two)};
      at_ += 2;
      return;
    }
    token_ = {TokenKind::kSymbol, std::string(1, c)};
    ++at_;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_).starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          return fail("42601", "unexpected end of comment in jsonpath input");
        }
        at_ = end + 2;
      } else {
        return;
      }
    }
  }
  void number() {
    const size_t begin = at_;
    const auto digits = [&] {
      const size_t first = at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      return at_ > first;
    };
    digits();
    bool good = text_[begin] != '0' || at_ == begin + 1;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      good = digits() && good;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      good = digits() && good;
    }
    if (at_ < text_.size() && kSpecial.find(text_[at_]) == std::string_view::npos) good = false;
    token_ = {TokenKind::kNumber, std::string(text_.substr(begin, at_ - begin))};
    if (!good) fail("42601", "invalid numeric literal in jsonpath input");
  }
  void name(TokenKind kind) {
    std::string out;
    while (at_ < text_.size() && (text_[at_] == '\\' || kSpecial.find(text_[at_]) == kNowhere)) {
      if (text_[at_] != '\\') {
        out += text_[at_++];
      } else {
        escape(out);
      }
    }
    if (!failed()) token_ = {kind, std::move(out)};
  }
  void quoted(TokenKind kind) {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"';) {
      if (text_[at_] != '\\') {
        out += text_[at_++];
      } else {
        escape(out);
      }
    }
    if (at_ >= text_.size()) {
      return fail("42601", "unterminated quoted string in jsonpath input");
    }
    ++at_;
    token_ = {kind, std::move(out)};
  }
  void escape(std::string& out) {
    if (++at_ >= text_.size()) return fail("42601", "unexpected end after backslash");
    const char c = text_[at_++];
    constexpr std::string_view kLetters = "bfnrtv";
    const size_t letter = kLetters.find(c);
    if (letter != kNowhere) {
      out += "\b\f\n\r\t\v"[letter];
    } else if (c == 'x') {
      put_character(hex(2), out);
    } else if (c == 'u') {
      unicode(out);
    } else {
      out += c;
    }
  }
  void unicode(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '{') {
      const size_t end = text_.find('}', at_);
      if (end == kNowhere || end - at_ > 7) return fail("42601", "invalid Unicode escape sequence");
      ++at_;
      const uint32_t code = hex(end - at_);
      ++at_;
      return put_character(code, out);
    }
    uint32_t code = hex(4);
    const std::string_view behind = text_.substr(std::min(at_, text_.size()));
    if (code >= 0xd800 && code < 0xdc00 && behind.starts_with("\\u")) {
      at_ += 2;
      const uint32_t low = hex(4);
      if (low < 0xdc00 || low > 0xdfff) code = 0xd800;
      else code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    put_character(code, out);
  }
  uint32_t hex(size_t digits) {
    uint32_t code = 0;
    const std::string_view part = text_.substr(std::min(at_, text_.size()), digits);
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), code, 16);
    if (part.size() < digits || digits == 0 || parsed.ptr != part.data() + part.size()) {
      fail("42601", "invalid escape sequence in jsonpath input");
      return 1;
    }
    at_ += digits;
    return code;
  }
  void put_character(uint32_t code, std::string& out) {
    if (code == 0) return fail("22P05", "unsupported Unicode escape sequence");
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      return fail("22P02", "invalid Unicode escape sequence");
    }
    put_code_point(out, code);
  }

  static constexpr size_t kNowhere = std::string_view::npos;
  std::string_view text_;
  size_t at_ = 0;
  Token token_;
  PathError* error_;
};

// How deep brackets, signs and operators may stand in each other.
constexpr int kMaxDepth = 200;

class Parser {
 public:
  Parser(std::string_view text, PathError* error) : tokens_(text, error) {}

  bool parse(JsonPath* path) {
    if (tokens_.token().kind == TokenKind::kEnd) {
      tokens_.fail("22P02", "invalid input syntax for type jsonpath: \"\"");
    }
    if (tokens_.take_word("strict")) path->strict = true;
    else tokens_.take_word("lax");
    path->root = either();
    if (tokens_.token().kind != TokenKind::kEnd) tokens_.fail_here();
    return !tokens_.failed();
  }

 private:
  PathNode binary(PathKind kind, PathNode left, PathNode right) {
    PathNode node;
    node.kind = kind;
    node.args.push_back(std::move(left));
    node.args.push_back(std::move(right));
    return node;
  }
  static PathNode of_kind(PathKind kind, std::string text = {}) {
    PathNode node;
    node.kind = kind;
    node.text = std::move(text);
    return node;
  }
  // A predicate in brackets may go on with steps and is then a value.
  static bool is_value(const PathNode& node) { return !node.is_predicate() || !node.steps.empty(); }
  void need(bool good) {
    if (!good) tokens_.fail_here();
  }

  PathNode either() {  // a predicate or an expression
    if (++depth_ > kMaxDepth) tokens_.fail("54001", "jsonpath is nested too deeply");
    PathNode left = conjunction();
    while (tokens_.is("||")) {
      need(!is_value(left));
      tokens_.next();
      PathNode right = conjunction();
      need(!is_value(right));
      left = binary(kOr, std::move(left), std::move(right));
    }
    --depth_;
    return left;
  }
  PathNode conjunction() {
    PathNode left = negation();
    while (tokens_.is("&&")) {
      need(!is_value(left));
      tokens_.next();
      PathNode right = negation();
      need(!is_value(right));
      left = binary(kAnd, std::move(left), std::move(right));
    }
    return left;
  }
  PathNode negation() {
    if (!tokens_.take("!")) return comparison();
    PathNode node = of_kind(kNot);
    if (tokens_.is_word("exists")) {
      node.args.push_back(exists());
    } else {
      need(tokens_.is("("));
      node.args.push_back(in_brackets());
      need(!is_value(node.args[0]));
    }
    return node;
  }
  PathNode exists() {
    tokens_.next();
    tokens_.expect("(");
    PathNode node = of_kind(kExists);
    node.args.push_back(either());
    need(is_value(node.args[0]));
    tokens_.expect(")");
    return node;
  }

  PathNode comparison() {
    if (tokens_.is_word("exists")) return exists();
    PathNode left = sum();
    if (tokens_.is_word("starts")) return starts_with(std::move(left));
    if (tokens_.is_word("like_regex")) return like_regex(std::move(left));
    constexpr std::pair<std::string_view, PathKind> kOperators[] = {
        {"==", kEqual}, {"=", kEqual},       {"!=", kNotEqual}, {"<>", kNotEqual},
        {"<", kLess},   {"<=", kLessOrEqual}, {">", kGreater},  {">=", kGreaterOrEqual}};
    for (const auto& [symbol, kind] : kOperators) {
      if (!tokens_.is(symbol)) continue;
      need(is_value(left));
      tokens_.next();
      PathNode right = sum();
      need(is_value(right));
      return binary(kind, std::move(left), std::move(right));
    }
    return left;
  }
  PathNode starts_with(PathNode left) {
    need(is_value(left));
    tokens_.next();
    if (!tokens_.take_word("with")) tokens_.fail_here();
    const TokenKind kind = tokens_.token().kind;
    need(kind == TokenKind::kText || kind == TokenKind::kVariable);
    PathNode initial =
        of_kind(kind == TokenKind::kText ? kString : kVariable, tokens_.take_text());
    return binary(kStartsWith, std::move(left), std::move(initial));
  }
  PathNode like_regex(PathNode left) {
    need(is_value(left));
    tokens_.next();
    need(tokens_.token().kind == TokenKind::kText);
    const std::string pattern = tokens_.take_text();
    std::string flags;
    if (tokens_.take_word("flag")) {
      need(tokens_.token().kind == TokenKind::kText);
      flags = tokens_.take_text();
    }
    PathNode node = of_kind(kLikeRegex);
    node.args.push_back(std::move(left));
    node.regex = compiled(pattern, flags);
    return node;
  }
  // Flags as XQuery has them: i, s (a dot matches line ends), m (^ and $ at lines), q (plain text).
  std::shared_ptr<const Regex> compiled(std::string pattern, std::string_view flags) {
    RegexOptions options;
    options.dot_stops = true;
    for (const char flag : flags) {
      switch (flag) {
        case 'i': options.fold = true; break;
        case 's': options.dot_stops = false; break;
        case 'm': options.lines = true; break;
        case 'q': options.literal = true; break;
        case 'x':
          tokens_.fail("0A000", "XQuery \"x\" flag (expanded regular expressions) is not "
                                "implemented");
          break;
        default:
          tokens_.fail("42601", fmt::format("unrecognized flag character \"{}\" in LIKE_REGEX "
                                            "predicate", flag));
      }
    }
    auto regex = std::make_shared<const Regex>(pattern, options);
    if (!regex->ok()) tokens_.fail(regex->sqlstate(), regex->error());
    return regex;
  }
  PathNode sum() {
    PathNode left = product();
    for (;;) {
      const PathKind kind = tokens_.is("+") ? kAdd : tokens_.is("-") ? kSubtract : kNull;
      if (kind == kNull) return left;
      left = arithmetic(kind, std::move(left));
    }
  }
  PathNode product() {
    PathNode left = sign();
    for (;;) {
      const PathKind kind = tokens_.is("*")   ? kMultiply
                            : tokens_.is("/") ? kDivide
                            : tokens_.is("%") ? kModulo
                                              : kNull;
      if (kind == kNull) return left;
      left = arithmetic(kind, std::move(left));
    }
  }
  PathNode arithmetic(PathKind kind, PathNode left) {
    need(is_value(left));
    tokens_.next();
    PathNode right = kind == kAdd || kind == kSubtract ? product() : sign();
    need(is_value(right));
    return binary(kind, std::move(left), std::move(right));
  }
  PathNode sign() {
    const bool minus = tokens_.is("-");
    if (!minus && !tokens_.is("+")) return with_steps();
    tokens_.next();
    if (++depth_ > kMaxDepth) tokens_.fail("54001", "jsonpath is nested too deeply");
    PathNode node = of_kind(minus ? kMinus : kPlus);
    node.args.push_back(sign());
    need(is_value(node.args[0]));
    --depth_;
    return node;
  }

  PathNode in_brackets() {
    tokens_.expect("(");
    PathNode inner = either();
    tokens_.expect(")");
    if (!tokens_.is_word("is")) return inner;
    need(!is_value(inner));
    tokens_.next();
    if (!tokens_.take_word("unknown")) tokens_.fail_here();
    PathNode node = of_kind(kIsUnknown);
    node.args.push_back(std::move(inner));
    return node;
  }

  PathNode with_steps() {
    PathNode node = tokens_.is("(") ? in_brackets() : primary();
    while (!tokens_.failed()) {
      if (tokens_.is(".")) node.steps.push_back(dotted());
      else if (tokens_.is("[")) node.steps.push_back(subscripts());
      else if (tokens_.is("?")) node.steps.push_back(filter());
      else break;
    }
    return node;
  }

  PathNode primary() {
    switch (tokens_.token().kind) {
      case TokenKind::kText: return of_kind(kString, tokens_.take_text());
      case TokenKind::kVariable: return of_kind(kVariable, tokens_.take_text());
      case TokenKind::kNumber: return number();
      default: break;
    }
    if (tokens_.take("$")) return of_kind(kRoot);
    if (tokens_.take("@")) {
      if (filters_ == 0) tokens_.fail("42601", "@ is not allowed in root expressions");
      return of_kind(kCurrent);
    }
    if (tokens_.take_word("null")) return of_kind(kNull);
    if (tokens_.take_word("true")) return of_kind(kTrue);
    if (tokens_.take_word("false")) return of_kind(kFalse);
    if (tokens_.take_word("last")) {
      if (subscripts_ == 0) tokens_.fail("42601", "LAST is allowed only in array subscripts");
      return of_kind(kLast);
    }
    tokens_.fail_here();
    return {};
  }
  PathNode number() {
    PathNode node = of_kind(kNumber);
    const std::optional<Decimal> value = Decimal::parse(tokens_.token().text);
    if (!value) tokens_.fail("22003", "numeric field overflow");
    else node.number = *value;
    tokens_.next();
    return node;
  }

  PathNode dotted() {
    tokens_.next();
    if (tokens_.take("*")) return of_kind(kAnyMember);
    if (tokens_.take("**")) return levels();
    if (tokens_.token().kind == TokenKind::kText) return of_kind(kMember, tokens_.take_text());
    if (tokens_.token().kind != TokenKind::kName) {
      tokens_.fail_here();
      return {};
    }
    const std::string name = tokens_.take_text();
    if (!tokens_.is("(")) return of_kind(kMember, name);
    constexpr std::string_view kMethods[] = {"type",    "size",     "double",  "ceiling", "floor",
                                             "abs",     "keyvalue", "datetime"};
    need(std::find(std::begin(kMethods), std::end(kMethods), name) != std::end(kMethods));
    tokens_.next();
    PathNode node = of_kind(kMethod, name);
    if (name == "datetime" && tokens_.token().kind == TokenKind::kText) {
      node.args.push_back(of_kind(kString, tokens_.take_text()));
    }
    tokens_.expect(")");
    return node;
  }
  uint32_t level() {
    if (tokens_.take_word("last")) return kLastLevel;
    uint32_t value = 0;
    const std::string text = tokens_.token().text;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    need(tokens_.token().kind == TokenKind::kNumber && parsed.ec == std::errc() &&
         parsed.ptr == text.data() + text.size());
    tokens_.next();
    return value;
  }
  PathNode levels() {
    PathNode node = of_kind(kAnyLevel);
    if (!tokens_.take("{")) return node;
    node.first = node.last = level();
    if (tokens_.take_word("to")) node.last = level();
    tokens_.expect("}");
    return node;
  }

  PathNode subscripts() {
    tokens_.next();
    if (tokens_.take("*")) {
      tokens_.expect("]");
      return of_kind(kAnyElement);
    }
    PathNode node = of_kind(kSubscripts);
    ++subscripts_;
    do {
      node.args.push_back(either());
      need(is_value(node.args.back()));
      const bool range = tokens_.take_word("to");
      node.args.push_back(range ? either() : of_kind(kNull));
      need(is_value(node.args.back()));
    } while (tokens_.take(","));
    --subscripts_;
    tokens_.expect("]");
    return node;
  }
  PathNode filter() {
    tokens_.next();
    tokens_.expect("(");
    PathNode node = of_kind(kFilter);
    ++filters_;
    node.args.push_back(either());
    --filters_;
    need(!is_value(node.args[0]));
    tokens_.expect(")");
    return node;
  }

  Tokens tokens_;
  int depth_ = 0;
  int filters_ = 0;
  int subscripts_ = 0;
};

}  // namespace

bool parse_jsonpath(std::string_view text, JsonPath* path, PathError* error) {
  *path = JsonPath();
  *error = PathError();
  return Parser(text, error).parse(path);
}

}  // namespace weir::expr
