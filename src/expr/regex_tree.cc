#include "expr/regex_tree.h"

#include <re2/re2.h>

#include <fmt/core.h>

#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

constexpr int kMostRepetitions = 255;
constexpr int kMostNesting = 400;
using NodePtr = std::unique_ptr<RegexNode>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class RegexParser {
 public:
  RegexParser(std::string_view pattern, RegexTree& tree) : p_(pattern), tree_(tree) {}

  void run() {
    read_director();
    if (failed()) return;
    if (tree_.options.literal) {
      tree_.root = read_literal();
    } else {
      tree_.root = read_alternation();
      if (!failed() && at_ < p_.size()) fail("parentheses () not balanced");
    }
  }

 private:
  bool failed() const { return tree_.sqlstate != nullptr; }
  void fail(std::string_view why, const char* sqlstate = "2201B") {
    if (failed()) return;
    tree_.sqlstate = sqlstate;
    tree_.error = sqlstate == std::string_view("2201B")
                      ? fmt::format("invalid regular expression: {}", why)
                      : fmt::format("{} in a regular expression is not supported yet", why);
  }
  char peek(size_t ahead = 0) const { return at_ + ahead < p_.size() ? p_[at_ + ahead] : '\0'; }
  bool starts_with(std::string_view text) const {
    return at_ < p_.size() && p_.substr(at_).starts_with(text);
  }

  NodePtr make(RegexKind kind) {
    auto node = std::make_unique<RegexNode>();
    node->kind = kind;
    node->id = tree_.nodes++;
    return node;
  }

  // ***= and ***: and (?letters) at the start.
  void read_director() {
    if (starts_with("***=")) {
      at_ += 4;
      tree_.options.literal = true;
      tree_.needs_tree = true;
      return;
    }
    if (starts_with("***:")) {
      at_ += 4;
    } else if (starts_with("***")) {
      return fail("quantifier operand invalid");
    }
    const bool letters = starts_with("(?") && (peek(2) | 32) >= 'a' && (peek(2) | 32) <= 'z';
    if (!letters) return;
    for (at_ += 2; at_ < p_.size() && p_[at_] != ')'; ++at_) {
      if (!take_option(p_[at_])) return fail("invalid embedded option");
    }
    if (at_ == p_.size()) return fail("invalid embedded option");
    ++at_;
  }

  bool take_option(char letter) {
    RegexOptions& o = tree_.options;
    switch (letter) {
      case 'i': o.fold = true; break;
      case 'c': o.fold = false; break;
      case 'n':
      case 'm': o.lines = o.dot_stops = true; break;
      case 'p': o.dot_stops = true, o.lines = false; break;
      case 'w': o.lines = true, o.dot_stops = false; break;
      case 's': o.lines = o.dot_stops = false; break;
      case 'x': o.expanded = true; break;
      case 't': o.expanded = false; break;
      case 'q': o.literal = true; break;
      case 'b':
      case 'e': fail("another syntax than that of advanced expressions", "0A000"); break;
      default: return false;
    }
    tree_.needs_tree = true;
    return true;
  }

  NodePtr read_literal() {
    NodePtr sequence = make(RegexKind::kSequence);
    for (; at_ < p_.size(); at_ += character_bytes(p_, at_)) {
      sequence->parts.push_back(character(code_point(p_, at_)));
    }
    return sequence;
  }

  NodePtr character(uint32_t code) {
    NodePtr node = make(RegexKind::kCharacter);
    node->code = tree_.options.fold ? to_lower(code) : code;
    return node;
  }

  NodePtr set_of(std::string_view spelled) {
    NodePtr node = make(RegexKind::kSet);
    std::string text = to_re2(spelled);
    const bool negated = spelled.starts_with("[^");
    if (tree_.options.dot_stops && (negated || spelled == ".")) {
      text = negated ? "[^\\n" + text.substr(2) : "[^\\n]";
    }
    node->set = std::make_shared<const CharacterSet>(text, tree_.options.fold);
    if (!node->set->ok()) fail("brackets [] not balanced");
    return node;
  }

  void skip_ignored() {
    if (starts_with("(?#")) {
      const size_t end = p_.find(')', at_);
      at_ = end == std::string_view::npos ? p_.size() : end + 1;
      tree_.needs_tree = true;
      return skip_ignored();
    }
    if (!tree_.options.expanded) return;
    const size_t before = at_;
    while (at_ < p_.size() && is_blank(p_[at_])) ++at_;
    if (peek() == '#') {
      while (at_ < p_.size() && p_[at_] != '\n') ++at_;
    }
    if (at_ != before) skip_ignored();
  }

  NodePtr read_alternation() {
    if (++depth_ > kMostNesting) fail("regular expression is too complex");
    NodePtr first = read_branch();
    if (!failed() && peek() == '|') {
      NodePtr node = make(RegexKind::kAlternation);
      node->preference = Preference::kLongest;
      add_part(*node, std::move(first));
      while (!failed() && peek() == '|') {
        ++at_;
        add_part(*node, read_branch());
      }
      first = std::move(node);
    }
    --depth_;
    return first;
  }

  void add_part(RegexNode& node, NodePtr part) {
    node.has_back_reference = node.has_back_reference || part->has_back_reference;
    node.parts.push_back(std::move(part));
  }

  NodePtr read_branch() {
    NodePtr node = make(RegexKind::kSequence);
    while (true) {
      skip_ignored();
      if (failed() || at_ >= p_.size() || peek() == '|' || peek() == ')') break;
      NodePtr part = read_quantified();
      if (node->preference == Preference::kNone) node->preference = part->preference;
      add_part(*node, std::move(part));
    }
    return node;
  }

  static bool is_constraint(const RegexNode& node) { return node.kind >= RegexKind::kStart; }

  NodePtr read_quantified() {
    NodePtr atom = read_atom();
    if (failed()) return atom;
    skip_ignored();
    int least = 0;
    int most = 0;
    const size_t begin = at_;
    if (!read_quantifier(&least, &most)) return atom;
    // {3} is as its atom is, {3,3} is greedy.
    const bool fixed = least == most && p_.substr(begin, at_ - begin).find(',') == p_.npos;
    if (is_constraint(*atom)) fail("quantifier operand invalid");
    const bool lazy = peek() == '?';
    if (lazy) {
      ++at_;
      tree_.needs_tree = true;
    }
    skip_ignored();
    if (peek() == '*' || peek() == '+' || peek() == '?' || (peek() == '{' && is_digit(peek(1)))) {
      fail("quantifier operand invalid");
    }
    NodePtr node = make(RegexKind::kRepetition);
    node->least = least;
    node->most = most;
    node->prefix_id = tree_.nodes++;
    node->preference = fixed  ? atom->preference
                       : lazy ? Preference::kShortest
                              : Preference::kLongest;
    add_part(*node, std::move(atom));
    return node;
  }

  bool read_quantifier(int* least, int* most) {
    const char c = peek();
    if (c == '*' || c == '+' || c == '?') {
      *least = c == '+' ? 1 : 0;
      *most = c == '?' ? 1 : -1;
      ++at_;
      return true;
    }
    if (c != '{' || !is_digit(peek(1))) return false;
    ++at_;
    *least = *most = read_count();
    if (peek() == ',') {
      ++at_;
      *most = is_digit(peek()) ? read_count() : -1;
    }
    if (peek() != '}') fail("invalid repetition count(s)");
    if (*least > kMostRepetitions || *most > kMostRepetitions || (*most >= 0 && *least > *most)) {
      fail("invalid repetition count(s)");
    }
    ++at_;
    return true;
  }

  int read_count() {
    int n = 0;
    for (; is_digit(peek()); ++at_) n = std::min(n * 10 + (peek() - '0'), 1000);
    return n;
  }

  NodePtr read_atom() {
    const char c = peek();
    switch (c) {
      case '*':
      case '+':
      case '?': fail("quantifier operand invalid"); return make(RegexKind::kEmpty);
      case '{':
        if (!is_digit(peek(1))) break;
        fail("quantifier operand invalid");
        return make(RegexKind::kEmpty);
      case '^': return ++at_, make(RegexKind::kStart);
      case '$': return ++at_, make(RegexKind::kEnd);
      case '(': return read_parentheses();
      case '[': return read_brackets();
      case '.': return ++at_, set_of(".");
      case '\\': return read_escape();
      default: break;
    }
    NodePtr node = character(code_point(p_, at_));
    at_ += character_bytes(p_, at_);
    return node;
  }

  NodePtr read_parentheses() {
    static constexpr std::pair<std::string_view, RegexKind> kKinds[] = {
        {"(?:", RegexKind::kSequence},  {"(?=", RegexKind::kAhead},
        {"(?!", RegexKind::kNotAhead},  {"(?<=", RegexKind::kBehind},
        {"(?<!", RegexKind::kNotBehind}};
    RegexKind kind = RegexKind::kGroup;
    size_t bytes = 1;
    for (const auto& [opening, meaning] : kKinds) {
      if (!starts_with(opening)) continue;
      kind = meaning;
      bytes = opening.size();
    }
    if (bytes == 1 && peek(1) == '?') fail("invalid embedded option");
    NodePtr node = make(kind);
    at_ += bytes;
    const bool looks = is_constraint(*node);
    if (looks) tree_.needs_tree = true;
    looking_ += looks;
    if (kind == RegexKind::kGroup && looking_ == 0) node->code = ++tree_.groups;
    if (kind == RegexKind::kGroup && looking_ > 0) node->kind = RegexKind::kSequence;
    NodePtr inside = read_alternation();
    looking_ -= looks;
    if (peek() != ')') fail("parentheses () not balanced");
    ++at_;
    if (node->code > 0) ++closed_;
    if (!looks) node->preference = inside->preference;
    add_part(*node, std::move(inside));
    return node;
  }

  NodePtr read_brackets() {
    for (const auto& [text, kind] : {std::pair{"[[:<:]]", RegexKind::kWordStart},
                                     std::pair{"[[:>:]]", RegexKind::kWordEnd}}) {
      if (!starts_with(text)) continue;
      at_ += 7;
      tree_.needs_tree = true;
      return make(kind);
    }
    const size_t begin = at_++;
    if (peek() == '^') ++at_;
    if (peek() == ']') ++at_;
    while (at_ < p_.size() && p_[at_] != ']') {
      const std::string_view two = p_.substr(at_, 2);
      if (two == "[:") {
        const size_t end = p_.find(":]", at_ + 2);
        at_ = end == std::string_view::npos ? p_.size() : end + 2;
      } else if (two == "[." || two == "[=") {
        fail("a collating element", "0A000");
        return make(RegexKind::kEmpty);
      } else {
        at_ += p_[at_] == '\\' ? 2 : 1;
      }
    }
    if (at_ >= p_.size()) {
      fail("brackets [] not balanced");
      return make(RegexKind::kEmpty);
    }
    ++at_;
    return set_of(p_.substr(begin, at_ - begin));
  }

  NodePtr read_escape() {
    const char c = peek(1);
    if (c == '\0' && at_ + 1 >= p_.size()) {
      fail("invalid escape \\ sequence");
      return make(RegexKind::kEmpty);
    }
    static constexpr std::pair<char, RegexKind> kConstraints[] = {
        {'A', RegexKind::kTextStart}, {'Z', RegexKind::kTextEnd}, {'m', RegexKind::kWordStart},
        {'M', RegexKind::kWordEnd},   {'y', RegexKind::kWordEdge}, {'Y', RegexKind::kNoWordEdge}};
    for (const auto& [letter, kind] : kConstraints) {
      if (c != letter) continue;
      at_ += 2;
      tree_.needs_tree = tree_.needs_tree || (c != 'A' && c != 'Z');
      return make(kind);
    }
    if (std::string_view("dswDSW").find(c) != std::string_view::npos) {
      NodePtr node = set_of(p_.substr(at_, 2));
      at_ += 2;
      return node;
    }
    if (c >= '1' && c <= '9') {
      if (NodePtr node = read_back_reference()) return node;
    }
    return read_character_escape();
  }

  // \1 to \9, and more digits where there are so many groups; null: it is an octal number.
  NodePtr read_back_reference() {
    uint32_t number = 0;
    size_t bytes = 1;
    for (; bytes < 4 && is_digit(peek(bytes)); ++bytes) {
      number = number * 10 + static_cast<uint32_t>(peek(bytes) - '0');
    }
    if (bytes > 2 && number > closed_) return nullptr;
    if (number > closed_ || looking_ > 0) fail("invalid backreference number");
    at_ += bytes;
    tree_.needs_tree = true;
    NodePtr node = make(RegexKind::kBackReference);
    node->code = number;
    node->has_back_reference = true;
    return node;
  }

  NodePtr read_character_escape() {
    static constexpr std::pair<char, uint32_t> kLetters[] = {
        {'a', 7},   {'b', 8},   {'B', '\\'}, {'e', 27}, {'f', 12},
        {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', 11}};
    const char c = peek(1);
    at_ += 2;
    for (const auto& [letter, code] : kLetters) {
      if (c == letter) return character(code);
    }
    if (c == 'u') return character(read_code(16, 4, 4));
    if (c == 'U') return character(read_code(16, 8, 8));
    if (c == 'x') return character(read_code(16, 1, 255));
    if (is_digit(c)) {
      --at_;
      return character(read_code(8, 1, 3));
    }
    if (c == 'c') {
      const uint32_t code = static_cast<uint8_t>(peek()) & 0x1f;
      ++at_;
      return character(code);
    }
    if ((c | 32) >= 'a' && (c | 32) <= 'z') fail("invalid escape \\ sequence");
    --at_;
    NodePtr node = character(code_point(p_, at_));
    at_ += character_bytes(p_, at_);
    return node;
  }

  uint32_t read_code(uint32_t base, size_t least, size_t most) {
    uint32_t code = 0;
    size_t n = 0;
    for (; n < most && (base == 16 ? is_hex(peek()) : peek() >= '0' && peek() <= '7'); ++n) {
      const char c = peek();
      code = code * base + static_cast<uint32_t>(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
      ++at_;
    }
    if (n < least) fail("invalid escape \\ sequence");
    return code;
  }

  std::string_view p_;
  size_t at_ = 0;
  RegexTree& tree_;
  int depth_ = 0;
  int looking_ = 0;      // look-arounds that are open
  uint32_t closed_ = 0;  // groups that are closed
};

}  // namespace

CharacterSet::CharacterSet(const std::string& re2_pattern, bool fold) {
  re2::RE2::Options options;
  options.set_case_sensitive(!fold);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  re_ = std::make_unique<re2::RE2>(re2_pattern, options);
  for (uint32_t c = 1; ok() && c < 128; ++c) {
    const char byte = static_cast<char>(c);
    ascii_[c] = re2::RE2::FullMatch(re2::StringPiece(&byte, 1), *re_);
  }
}
CharacterSet::~CharacterSet() = default;

bool CharacterSet::ok() const { return re_->ok(); }

bool CharacterSet::has(uint32_t code) const {
  if (code < 128) return ascii_[code];
  const auto known = others_.find(code);
  if (known != others_.end()) return known->second;
  std::string character;
  put_code_point(character, code);
  return others_[code] = re2::RE2::FullMatch(character, *re_);
}

RegexTree parse_regex(std::string_view pattern, RegexOptions options) {
  RegexTree tree;
  tree.options = options;
  tree.needs_tree = options.lines || options.dot_stops || options.expanded || options.literal;
  RegexParser(pattern, tree).run();
  return tree;
}

}  // namespace weir::expr
