// ~ and the functions regexp_... (expr/regex.h).
#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/regex.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

const Regex* usable(const Regex& regex, Row& row) {
  if (regex.ok()) return &regex;
  row.fail(regex.sqlstate(), regex.error());
  return nullptr;
}

// The arguments of one row behind the text and the pattern.
class RegexCall {
 public:
  RegexCall(const KernelCall& c, uint32_t i, Row& row) : c_(c), i_(i), row_(row) {}

  // The pattern with the flags of argument `at`, if there are so many; null: the row has failed.
  // `function` refuses g where it is given.
  const Regex* pattern(RegexCache& cache, size_t at, const char* function,
                       RegexFlags* read = nullptr) {
    RegexFlags flags;
    std::string reason;
    if (at < c_.args.size() && !flags.read(c_.args[at]->text(i_), &reason)) {
      row_.fail("22023", reason);
    } else if (flags.global && function) {
      row_.fail("22023", fmt::format("{}() does not support the \"global\" option", function));
    } else if (flags.other_syntax) {
      row_.fail("0A000", "the flags b and e are not supported yet");
    }
    if (read) *read = flags;
    return row_.failed() ? nullptr : usable(cache.get(c_.args[1]->text(i_), flags.options), row_);
  }

  // An argument that must not be below `least`, which the row fails for; 1 or 0 where it is absent.
  int32_t count(size_t at, const char* name, int32_t least, int32_t otherwise = 1) {
    if (at >= c_.args.size()) return otherwise;
    const auto v = c_.args[at]->value<int32_t>(i_);
    if (v < least) {
      row_.fail("22023", fmt::format("invalid value for parameter \"{}\": {}", name, v));
    }
    return v;
  }

 private:
  const KernelCall& c_;
  uint32_t i_;
  Row& row_;
};

void check_exhausted(const Regex& regex, Row& row) {
  if (regex.exhausted()) row.fail("54000", kRegexTooLong);
}

template <bool kFold, bool kNegated>
ColumnPtr matches(const KernelCall& c) {
  RegexCache cache;
  RegexOptions options;
  options.fold = kFold;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const Regex* regex = usable(cache.get(c.args[1]->text(i), options), row);
    if (!regex) return 0;
    const bool found = regex->matches(c.args[0]->text(i));
    check_exhausted(*regex, row);
    return found != kNegated;
  });
}

ColumnPtr like(const KernelCall& c) {
  RegexCache cache;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    RegexCall call(c, i, row);
    const Regex* regex = call.pattern(cache, 2, "regexp_like");
    if (!regex) return 0;
    const bool found = regex->matches(c.args[0]->text(i));
    check_exhausted(*regex, row);
    return found;
  });
}

// The first group where there is one, else the whole match; no match: NULL.
ColumnPtr substring(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Regex* regex = usable(cache.get(c.args[1]->text(i)), row);
    if (!regex) return;
    Regex::Groups groups;
    const bool found = regex->find(c.args[0]->text(i), 0, &groups);
    check_exhausted(*regex, row);
    if (!found) return row.null();
    const std::string_view part = groups.size() > 1 ? groups[1] : groups[0];
    if (part.data() == nullptr) return row.null();
    out += part;
  });
}

// Of regexp_instr and regexp_substr: the group of the n-th match; nullopt: there is none.
struct Wanted {
  int32_t start = 1;
  int32_t number = 1;
  int32_t group = 0;
};

std::optional<std::string_view> part_of(const Regex& regex, std::string_view s, Wanted wanted) {
  const size_t from = byte_of_character(s, static_cast<size_t>(wanted.start - 1));
  if (static_cast<size_t>(wanted.start) > character_count(s) + 1) return std::nullopt;
  const auto all = find_all(regex, s, true, from);
  if (static_cast<size_t>(wanted.number) > all.size()) return std::nullopt;
  const Regex::Groups& groups = all[static_cast<size_t>(wanted.number - 1)];
  if (groups.size() == 1 && wanted.group == 1) wanted.group = 0;  // without groups it is the whole
  if (static_cast<size_t>(wanted.group) >= groups.size()) return std::nullopt;
  const std::string_view part = groups[static_cast<size_t>(wanted.group)];
  return part.data() == nullptr ? std::nullopt : std::optional(part);
}

ColumnPtr count(const KernelCall& c) {
  RegexCache cache;
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    RegexCall call(c, i, row);
    const int32_t start = call.count(2, "start", 1);
    if (row.failed()) return 0;
    const Regex* regex = call.pattern(cache, 3, "regexp_count");
    if (!regex) return 0;
    const std::string_view s = c.args[0]->text(i);
    if (static_cast<size_t>(start) > character_count(s) + 1) return 0;
    const size_t from = byte_of_character(s, static_cast<size_t>(start - 1));
    const auto n = static_cast<int32_t>(find_all(*regex, s, true, from).size());
    check_exhausted(*regex, row);
    return n;
  });
}

ColumnPtr position(const KernelCall& c) {
  RegexCache cache;
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    RegexCall call(c, i, row);
    Wanted wanted;
    wanted.start = call.count(2, "start", 1);
    wanted.number = call.count(3, "n", 1);
    const int32_t end = call.count(4, "endoption", 0, 0);
    if (end > 1) {
      row.fail("22023", fmt::format("invalid value for parameter \"endoption\": {}", end));
    }
    wanted.group = call.count(6, "subexpr", 0, 0);
    if (row.failed()) return 0;
    const Regex* regex = call.pattern(cache, 5, "regexp_instr");
    if (!regex) return 0;
    const std::string_view s = c.args[0]->text(i);
    const auto part = part_of(*regex, s, wanted);
    check_exhausted(*regex, row);
    if (!part) return 0;
    const size_t at = static_cast<size_t>(part->data() - s.data()) + (end ? part->size() : 0);
    return static_cast<int32_t>(character_count(s.substr(0, at))) + 1;
  });
}

ColumnPtr part(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    RegexCall call(c, i, row);
    Wanted wanted;
    wanted.start = call.count(2, "start", 1);
    wanted.number = call.count(3, "n", 1);
    wanted.group = call.count(5, "subexpr", 0, 0);
    if (row.failed()) return;
    const Regex* regex = call.pattern(cache, 4, "regexp_substr");
    if (!regex) return;
    const auto found = part_of(*regex, c.args[0]->text(i), wanted);
    check_exhausted(*regex, row);
    if (!found) return row.null();
    out += *found;
  });
}

void put_rewritten(std::string_view rewrite, const Regex::Groups& groups, std::string& out) {
  for (size_t i = 0; i < rewrite.size(); ++i) {
    if (rewrite[i] != '\\' || i + 1 == rewrite.size()) {
      out.push_back(rewrite[i]);
      continue;
    }
    const char next = rewrite[++i];
    const size_t group = next == '&' ? 0 : static_cast<size_t>(next - '0');
    if (next == '&' || (next >= '1' && next <= '9')) {
      if (group < groups.size()) out += groups[group];
    } else if (next == '\\') {
      out.push_back('\\');
    } else {
      out.push_back('\\');
      out.push_back(next);
    }
  }
}

// Which matches are replaced: the n-th from byte `from` on; 0: all of them.
struct Replaced {
  std::string_view rewrite;
  size_t from = 0;
  int32_t number = 1;
};

void put_replaced(std::string_view s, const Regex& regex, const Replaced& which,
                  std::string& out) {
  Regex::Groups groups;
  size_t at = which.from;
  out += s.substr(0, at);
  for (int32_t n = 1; at <= s.size() && regex.find(s, at, &groups); ++n) {
    const auto begin = static_cast<size_t>(groups[0].data() - s.data());
    out += s.substr(at, begin - at);
    const bool counts = which.number == 0 || which.number == n;
    if (counts) {
      put_rewritten(which.rewrite, groups, out);
    } else {
      out += groups[0];
    }
    at = begin + groups[0].size();
    if (which.number == n) break;
    if (groups[0].empty()) {
      if (at == s.size()) return;
      out += s.substr(at, character_bytes(s, at));
      at += character_bytes(s, at);
    }
  }
  out += s.substr(std::min(at, s.size()));
}

ColumnPtr replace(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    RegexCall call(c, i, row);
    RegexFlags flags;
    const Regex* regex = call.pattern(cache, 3, nullptr, &flags);
    if (!regex) return;
    const Replaced which{c.args[2]->text(i), 0, flags.global ? 0 : 1};
    put_replaced(c.args[0]->text(i), *regex, which, out);
    check_exhausted(*regex, row);
  });
}

ColumnPtr replace_from(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    RegexCall call(c, i, row);
    const int32_t start = call.count(3, "start", 1);
    const int32_t number = call.count(4, "n", 0, 1);
    if (row.failed()) return;
    const Regex* regex = call.pattern(cache, 5, nullptr);
    if (!regex) return;
    const std::string_view s = c.args[0]->text(i);
    const auto characters = static_cast<size_t>(start - 1);
    if (characters > character_count(s)) return void(out += s);
    const size_t from = byte_of_character(s, characters);
    put_replaced(s, *regex, {c.args[2]->text(i), from, number}, out);
    check_exhausted(*regex, row);
  });
}

// One row of the table for each number of arguments from `least` on.
struct Forms {
  std::string_view name;
  std::vector<Type> args;
  size_t least;
  Type result;
  Kernel kernel;
  std::string_view summary;
};

void add_forms(FunctionGroup& add, const Forms& f) {
  for (size_t n = f.least; n <= f.args.size(); ++n) {
    const auto end = f.args.begin() + static_cast<ptrdiff_t>(n);
    add(f.name, {f.args.begin(), end}, f.result, f.kernel, f.summary);
  }
}

}  // namespace

void add_regular_expressions(FunctionList& out) {
  FunctionGroup add(out, "pattern matching");
  const std::vector<Type> texts = {kText, kText};
  const std::vector<Type> padded{kBpchar, kText};
  add("~", texts, kBool, matches<false, false>, "matches a regular expression");
  add("~", padded, kBool, matches<false, false>, "matches a regular expression");
  add("!~", texts, kBool, matches<false, true>, "does not match");
  add("!~", padded, kBool, matches<false, true>, "does not match");
  add("~*", texts, kBool, matches<true, false>, "matches, whatever the case");
  add("~*", padded, kBool, matches<true, false>, "matches, whatever the case");
  add("!~*", texts, kBool, matches<true, true>, "does not match, whatever the case");
  add("!~*", padded, kBool, matches<true, true>, "does not match, whatever the case");
  add("substring", texts, kText, substring, "what a regular expression matches");
  add_forms(add, {"regexp_like", {kText, kText, kText}, 2, kBool, like,
            "matches a regular expression"});
  add_forms(add, {"regexp_count", {kText, kText, kInt4, kText}, 2, kInt4, count,
            "number of matches, from a position on"});
  add_forms(add, {"regexp_instr", {kText, kText, kInt4, kInt4, kInt4, kText, kInt4}, 2, kInt4,
            position, "where the n-th match begins or, with 1, ends; 0: nowhere"});
  add_forms(add, {"regexp_substr", {kText, kText, kInt4, kInt4, kText, kInt4}, 2, kText, part,
            "the n-th match, or a group of it"});
  add_forms(add, {"regexp_replace", {kText, kText, kText, kText}, 3, kText, replace,
            "the first match replaced; flag g: all"});
  add_forms(add, {"regexp_replace", {kText, kText, kText, kInt4, kInt4, kText}, 4, kText,
            replace_from, "the n-th match replaced, from a position on; 0: all"});
}

}  // namespace weir::expr
