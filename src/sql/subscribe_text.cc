#include "sql/subscribe_text.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "sql/parser.h"
#include "sql/words.h"

namespace weir::sql {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), words_(text) { out_.text = text; }

  Result<SubscribeText> run() {
    while (const auto word = words_.next()) {
      if (word->is("subscribe") && may_stand_here()) {
        TRY_VOID(subscribe(*word));
      } else {
        pass(*word);
      }
    }
    return std::move(out_);
  }

 private:
  // Of the statement at hand, what says where its query begins.
  void pass(const Word& word) {
    if (word.text == ";") {
      before_ = Before::kNothing;
    } else if (before_ == Before::kNothing) {
      before_ = word.is("declare") ? Before::kDeclare
                : word.is("copy")  ? Before::kCopy
                                   : Before::kOther;
    } else if (before_ == Before::kDeclare && word.is("for")) {
      before_ = Before::kQuery;
    } else if (before_ == Before::kCopy && word.text == "(") {
      before_ = Before::kQuery;
    } else if (before_ == Before::kQuery || before_ == Before::kCopy) {
      before_ = Before::kOther;
    }
  }

  bool may_stand_here() const {
    return before_ == Before::kNothing || before_ == Before::kQuery;
  }

  void blank(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (out_.text[i] != '\n') out_.text[i] = ' ';
    }
  }

  Error refused(const Word& word, std::string message) const {
    return Error(ErrorKind::kInvalidStatement, 1713, std::move(message))
        .hint("its options are SNAPSHOT and PROGRESS")
        .at(place_of(text_, static_cast<int32_t>(word.begin), {"", 1, 1, 0, 0}))
        .sqlstate("42601");
  }

  Status subscribe(const Word& word) {
    before_ = Before::kOther;
    out_.places.push_back({word.begin, {}});
    size_t end = word.end;
    if (const auto to = words_.peek(); to && to->is("to")) end = words_.next()->end;
    const auto first = words_.peek();
    if (!first || first->text == ";" || first->text == ")") return {};  // the grammar refuses it
    blank(word.begin, end);
    constexpr std::string_view kTable = "TABLE";
    if (first->text != "(") out_.text.replace(word.begin, kTable.size(), kTable);
    return to_the_options();
  }

  // WITH behind the query, outside of its brackets.
  Status to_the_options() {
    int depth = 0;
    for (bool any = false;; any = true) {
      const auto next = words_.peek();
      if (!next || next->text == ";" || (next->text == ")" && depth == 0)) return {};
      words_.next();
      if (next->text == "(") ++depth;
      if (next->text == ")") --depth;
      if (any && depth == 0 && next->is("with")) return options(*next);
    }
  }

  Status options(const Word& with) {
    std::optional<Word> word = words_.next();
    if (!word || word->text != "(") return {};  // for the grammar to refuse
    do {
      const auto name = words_.next();
      if (!name) return {};
      bool value = true;
      word = words_.next();
      if (word && word->text == "=") {
        const auto given = words_.next();
        if (!given) return {};
        value = TRY(flag(*given));
        word = words_.next();
      }
      TRY_VOID(take(*name, value));
    } while (word && word->text == ",");
    if (word && word->text == ")") blank(with.begin, word->end);
    return {};
  }

  Status take(const Word& name, bool value) {
    Subscribe& options = out_.places.back().options;
    if (name.is("snapshot")) {
      options.snapshot = value;
    } else if (name.is("progress")) {
      options.progress = value;
    } else {
      return refused(name, fmt::format("unrecognized SUBSCRIBE option \"{}\"", name.text));
    }
    return {};
  }

  Result<bool> flag(const Word& word) const {
    if (word.is("true") || word.is("on") || word.text == "1") return true;
    if (word.is("false") || word.is("off") || word.text == "0") return false;
    return refused(word, "an option of SUBSCRIBE requires a Boolean value");
  }

  enum class Before : uint8_t { kNothing, kDeclare, kCopy, kQuery, kOther };

  std::string_view text_;
  Words words_;
  SubscribeText out_;
  Before before_ = Before::kNothing;
};

}  // namespace

Result<SubscribeText> take_out_subscribe(std::string_view text) {
  if (!contains_word_part(text, "subscribe")) return SubscribeText{std::string(text), {}};
  return Reader(text).run();
}

}  // namespace weir::sql
