// quote_ident, quote_literal, quote_nullable, format and parse_ident.
//
// A piece of format() is %[position$][-][width]type, where the width may be an argument: * or *n$.
#include "expr/quoting.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "data/text_form.h"
#include "expr/array_internal.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

// All keywords of PostgreSQL 15 that are not free to be names everywhere, in order.
constexpr std::string_view kKeywords[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
    "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
    "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
    "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
    "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral",
    "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
    "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
    "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
    "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose",
    "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"};

bool is_keyword(std::string_view name) {
  return std::binary_search(std::begin(kKeywords), std::end(kKeywords), name);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

bool is_plain_name(std::string_view name) {
  if (name.empty() || !starts_name(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return starts_name(c) || is_digit(c); }) &&
         !is_keyword(name);
}

// The text of any argument as a cast would answer it.
std::string text_of(const Column& column, uint32_t row) {
  std::string out;
  append_text_form(out, column, row);
  return out;
}

ColumnPtr quote_identifier(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    put_identifier(c.args[0]->text(i), out);
  });
}

ColumnPtr quote_literal(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    const bool is_bool = c.args[0]->type().id == kBool;
    if (is_bool) return put_literal(c.args[0]->value<uint8_t>(i) ? "true" : "false", out);
    put_literal(text_of(*c.args[0], i), out);
  });
}

ColumnPtr quote_nullable(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    if (c.args[0]->is_null(i)) return void(out += "NULL");
    const bool is_bool = c.args[0]->type().id == kBool;
    if (is_bool) return put_literal(c.args[0]->value<uint8_t>(i) ? "true" : "false", out);
    put_literal(text_of(*c.args[0], i), out);
  });
}

// format()

struct Piece {
  int position = -1;        // of the argument, from 1; -1: the next one
  int width_position = -1;  // of the argument with the width; 0: the next one
  int width = 0;
  bool left = false;
  char type = 's';
};

class PieceReader {
 public:
  PieceReader(std::string_view format, size_t at, Row& row) : format_(format), at_(at), row_(row) {}
  // Reads up to the type; the row has failed where that is none.
  Piece read() {
    Piece piece;
    int number = 0;
    if (read_number(&number)) {
      if (peek() != '$') {
        piece.width = number;
        return finish(piece);
      }
      ++at_;
      if (number == 0) return no_zero(), piece;
      piece.position = number;
    }
    for (; peek() == '-'; ++at_) piece.left = true;
    if (peek() == '*') {
      ++at_;
      piece.width_position = 0;
      if (read_number(&number)) {
        if (peek() != '$') {
          row_.fail("22023", "width argument position must be ended by \"$\"");
          return piece;
        }
        ++at_;
        if (number == 0) return no_zero(), piece;
        piece.width_position = number;
      }
    } else if (read_number(&number)) {
      piece.width = number;
    }
    return finish(piece);
  }
  size_t end() const { return at_; }

 private:
  char peek() {
    if (at_ < format_.size()) return format_[at_];
    row_.fail("22023", "unterminated format() type specifier");
    return '\0';
  }
  bool read_number(int* number) {
    const char* begin = format_.data() + at_;
    const char* end = format_.data() + format_.size();
    if (begin == end || !is_digit(*begin)) return false;
    const auto parsed = std::from_chars(begin, end, *number);
    if (parsed.ec != std::errc()) row_.fail("22003", "number is out of range");
    at_ += static_cast<size_t>(parsed.ptr - begin);
    return true;
  }
  void no_zero() {
    row_.fail("22023", "format specifies argument 0, but arguments are numbered from 1");
  }
  Piece finish(Piece piece) {
    piece.type = peek();
    if (row_.failed()) return piece;
    if (piece.type != 's' && piece.type != 'I' && piece.type != 'L') {
      row_.fail("22023", fmt::format("unrecognized format() type specifier \"{}\"",
                                     format_.substr(at_, character_bytes(format_, at_))));
    }
    ++at_;
    return piece;
  }

  std::string_view format_;
  size_t at_;
  Row& row_;
};

void put_padded(std::string_view text, int64_t width, bool left, std::string& out) {
  if (width < 0) left = true;
  const auto want = static_cast<size_t>(std::abs(width));
  const size_t have = character_count(text);
  const size_t blanks = have < want ? want - have : 0;
  if (!left) out.append(blanks, ' ');
  out += text;
  if (left) out.append(blanks, ' ');
}

class Formatter {
 public:
  Formatter(const KernelCall& c, uint32_t i, Row& row, std::string& out)
      : c_(c), i_(i), row_(row), out_(out) {}
  void run(std::string_view format) {
    for (size_t at = 0; at < format.size() && !row_.failed();) {
      if (format[at] != '%') {
        out_.push_back(format[at++]);
      } else if (format.substr(at, 2) == "%%") {
        out_.push_back('%');
        at += 2;
      } else {
        PieceReader reader(format, at + 1, row_);
        const Piece piece = reader.read();
        if (row_.failed()) return;
        put(piece);
        at = reader.end();
      }
    }
  }

 private:
  const Column* argument(int position) {
    if (position > 0) next_ = static_cast<size_t>(position);
    if (next_ < c_.args.size()) return c_.args[next_++].get();
    row_.fail("22023", "too few arguments for format()");
    return nullptr;
  }
  int64_t width_of(const Column& column) {
    if (column.is_null(i_)) return 0;
    Result<Value> value = parse_text_form(text_of(column, i_), kInt4);
    if (value) return std::get<int64_t>(value->data);
    row_.fail(value.error().sqlstate().c_str(), value.error().primary());
    return 0;
  }
  void put(const Piece& piece) {
    int64_t width = piece.width;
    if (piece.width_position >= 0) {
      const Column* column = argument(piece.width_position);
      if (!column) return;
      width = width_of(*column);
      if (width == INT32_MIN) return row_.fail("22003", "number is out of range");
    }
    const Column* column = argument(piece.position);
    if (!column || row_.failed()) return;
    if (std::abs(width) > 10'000'000) return row_.fail("54000", "requested length too large");
    std::string text;
    if (column->is_null(i_)) {
      if (piece.type == 'I') {
        return row_.fail("22004", "null values cannot be formatted as an SQL identifier");
      }
      if (piece.type == 'L') text = "NULL";
    } else if (piece.type == 'I') {
      put_identifier(text_of(*column, i_), text);
    } else if (piece.type == 'L') {
      put_literal(text_of(*column, i_), text);
    } else {
      text = text_of(*column, i_);
    }
    put_padded(text, width, piece.left, out_);
  }

  const KernelCall& c_;
  uint32_t i_;
  Row& row_;
  std::string& out_;
  size_t next_ = 1;  // argument 0 is the format
};

ColumnPtr format(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    Formatter(c, i, row, out).run(c.args[0]->text(i));
  });
}

// parse_ident()

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class IdentifierReader {
 public:
  explicit IdentifierReader(std::string_view text) : text_(text) { skip_blanks(); }
  // False: not a list of identifiers with points between.
  bool read(bool strict, std::vector<std::string>& parts) {
    while (true) {
      std::string part;
      if (!(peek() == '"' ? read_quoted(part) : read_plain(part))) return false;
      parts.push_back(std::move(part));
      skip_blanks();
      if (peek() != '.') return at_ == text_.size() || !strict;
      ++at_;
      skip_blanks();
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool read_quoted(std::string& part) {
    ++at_;
    while (true) {
      if (at_ == text_.size()) return false;
      if (text_[at_] != '"') {
        part.push_back(text_[at_++]);
      } else if (text_.substr(at_, 2) == "\"\"") {
        part.push_back('"');
        at_ += 2;
      } else {
        ++at_;
        return !part.empty();
      }
    }
  }
  bool read_plain(std::string& part) {
    const auto starts = [](char c) {
      return starts_name(static_cast<char>(c | 32)) || c == '_' || static_cast<uint8_t>(c) >= 0x80;
    };
    if (!starts(peek())) return false;
    while (starts(peek()) || is_digit(peek()) || peek() == '$') {
      const char c = text_[at_++];
      part.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

ColumnPtr parse_identifier(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view text = c.args[0]->text(i);
    const bool strict = c.args.size() < 2 || c.args[1]->value<uint8_t>(i);
    std::vector<std::string> parts;
    if (!IdentifierReader(text).read(strict, parts)) {
      return row.fail("22023", fmt::format("string is not a valid identifier: \"{}\"", text));
    }
    ColumnBuilder elements(kText);
    for (const std::string& part : parts) elements.append_text(part);
    out += make_flat_array(std::move(elements));
  });
}

}  // namespace

void put_identifier(std::string_view name, std::string& out) {
  if (is_plain_name(name)) return void(out += name);
  out.push_back('"');
  for (const char c : name) {
    if (c == '"') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('"');
}

void put_literal(std::string_view text, std::string& out) {
  if (text.find('\\') != std::string_view::npos) out += "E";
  out += "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out += "'";
}

void add_quoting(FunctionList& out) {
  FunctionGroup add(out, "string");
  add("quote_ident", {kText}, kText, quote_identifier, "as an identifier in SQL");
  add("quote_literal", {kText}, kText, quote_literal, "as a literal in SQL");
  add("quote_literal", {kAnyElement}, kText, quote_literal, "the text of a value as a literal");
  add("quote_nullable", {kText}, kText, quote_nullable, "as a literal in SQL, or NULL")
      .not_strict();
  add("quote_nullable", {kAnyElement}, kText, quote_nullable,
      "the text of a value as a literal, or NULL").not_strict();
  add("format", {kText}, kText, format, "text with %s, %I and %L replaced").not_strict();
  add("format", {kText, kUnknown}, kText, format, "text with %s, %I and %L replaced")
      .not_strict().variadic();
  add("parse_ident", {kText}, array_id(kText), parse_identifier,
      "the parts of a qualified identifier");
  add("parse_ident", {kText, kBool}, array_id(kText), parse_identifier,
      "the same; false: whatever stands behind it");
}

}  // namespace weir::expr
