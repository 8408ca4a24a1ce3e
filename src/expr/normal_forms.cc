// normalize() and IS NORMALIZED: Unicode's normal forms (Unicode Standard Annex #15). A text is
// decomposed in full, marks that combine are put in the order of their classes, and for the
// composed forms each mark joins the character before it where the pair has a composition and
// nothing of the same or a higher class stands between. Hangul syllables follow a formula.
#include <algorithm>
#include <tuple>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "expr/kernel.h"
#include "expr/normal_form_table.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

using Codes = std::u32string;

constexpr uint32_t kSyllables = 0xac00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11a7;
constexpr uint32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28;
constexpr uint32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

struct Form {
  bool compatible = false;
  bool composed = false;
};

uint32_t combining_class(uint32_t code) {
  if (code < 0x300) return 0;
  const auto classes = normal_form_table().classes;
  const auto at = std::lower_bound(classes.begin(), classes.end(), code,
                                   [](const CombiningClass& c, uint32_t v) { return c.code < v; });
  return at != classes.end() && at->code == code ? at->value : 0;
}

void decompose(uint32_t code, bool compatible, Codes& out) {
  if (code - kSyllables < kSyllableCount) {
    const uint32_t at = code - kSyllables;
    out.push_back(kLeads + at / (kVowelCount * kTailCount));
    out.push_back(kVowels + at % (kVowelCount * kTailCount) / kTailCount);
    if (at % kTailCount != 0) out.push_back(kTails + at % kTailCount);
    return;
  }
  const NormalFormTable table = normal_form_table();
  const auto all = table.decompositions;
  const auto at = std::lower_bound(all.begin(), all.end(), code,
                                   [](const Decomposition& d, uint32_t v) { return d.code < v; });
  const bool known = at != all.end() && at->code == code;
  const uint32_t length = !known ? 0 : compatible ? at->compatible_length : at->canonical_length;
  if (length == 0) return out.push_back(code);
  const uint32_t begin = compatible ? at->compatible : at->canonical;
  for (const uint32_t each : table.pool.subspan(begin, length)) out.push_back(each);
}

// Marks between two characters of class 0, by class; those of one class stay in their order.
void order_marks(Codes& codes) {
  const auto is_mark = [](uint32_t code) { return combining_class(code) != 0; };
  for (auto begin = codes.begin(); begin != codes.end();) {
    begin = std::find_if(begin, codes.end(), is_mark);
    const auto end = std::find_if_not(begin, codes.end(), is_mark);
    std::stable_sort(begin, end, [](uint32_t a, uint32_t b) {
      return combining_class(a) < combining_class(b);
    });
    begin = end;
  }
}

// 0: the pair has none.
uint32_t composition_of(uint32_t first, uint32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kLeads) * kVowelCount + second - kVowels) * kTailCount;
  }
  const bool open = first - kSyllables < kSyllableCount && (first - kSyllables) % kTailCount == 0;
  // The mark before the first tail counts as one, as in PostgreSQL 15: it goes.
  if (open && second >= kTails && second < kTails + kTailCount) return first + second - kTails;
  const auto all = normal_form_table().compositions;
  const auto key = [](const Composition& c) { return std::tuple(c.first, c.second); };
  const auto at = std::lower_bound(
      all.begin(), all.end(), std::tuple(first, second),
      [&](const Composition& c, const auto& pair) { return key(c) < pair; });
  return at != all.end() && key(*at) == std::tuple(first, second) ? at->composed : 0;
}

Codes composed(const Codes& codes) {
  Codes out;
  size_t starter = std::string::npos;  // of the last character that may take a mark
  uint32_t last_class = 0;             // of the last mark that stayed
  for (const uint32_t code : codes) {
    const uint32_t mark = combining_class(code);
    const bool next = starter + 1 == out.size();
    const bool blocked = !next && (last_class >= mark || mark == 0);
    const uint32_t both =
        starter == std::string::npos || blocked ? 0 : composition_of(out[starter], code);
    if (both != 0) {
      out[starter] = both;
      continue;
    }
    if (mark == 0) starter = out.size();
    last_class = mark;
    out.push_back(code);
  }
  return out;
}

std::string normalized(std::string_view text, const Form& form) {
  Codes codes;
  for (size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
    decompose(code_point(text, at), form.compatible, codes);
  }
  order_marks(codes);
  if (form.composed) codes = composed(codes);
  std::string out;
  for (const uint32_t code : codes) put_code_point(out, code);
  return out;
}

std::optional<Form> form_of(const KernelCall& c, uint32_t row, Row& errors) {
  const std::string name = c.args.size() < 2 ? "nfc" : lower(c.args[1]->text(row));
  if (name == "nfc") return Form{false, true};
  if (name == "nfd") return Form{false, false};
  if (name == "nfkc") return Form{true, true};
  if (name == "nfkd") return Form{true, false};
  errors.fail("22023", fmt::format("invalid normalization form: {}", c.args[1]->text(row)));
  return std::nullopt;
}

ColumnPtr normalize(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (const auto form = form_of(c, i, row)) out = normalized(c.args[0]->text(i), *form);
  });
}

ColumnPtr is_normalized(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const auto form = form_of(c, i, row);
    return form && normalized(c.args[0]->text(i), *form) == c.args[0]->text(i);
  });
}

}  // namespace

void add_normal_forms(FunctionList& out) {
  FunctionGroup add(out, "string");
  for (const size_t count : {1, 2}) {
    const std::vector<Type> args(count, kText);
    add("normalize", args, kText, normalize, "in a Unicode normal form: NFC, NFD, NFKC or NFKD");
    add("is_normalized", args, kBool, is_normalized, "IS [form] NORMALIZED");
  }
}

}  // namespace weir::expr
