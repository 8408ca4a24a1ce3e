#include "data/record.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/bytes.h"
#include "data/jsonb.h"
#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir {

namespace {

std::vector<ColumnBuilder> builders_of(const Type& type) {
  std::vector<ColumnBuilder> builders;
  for (const RecordField& field : type.detail->fields) builders.emplace_back(field.type);
  return builders;
}

std::vector<ColumnPtr> finish(std::vector<ColumnBuilder>& builders) {
  std::vector<ColumnPtr> columns;
  for (ColumnBuilder& builder : builders) columns.push_back(builder.finish());
  return columns;
}

// Bytes that were cut short answer NULLs.
void take_fields(std::string_view record, std::vector<ColumnBuilder>& builders) {
  ByteReader reader(record);
  for (ColumnBuilder& builder : builders) {
    if (!decode_value(reader, builder)) builder.append_null();
  }
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void put_field(std::string& out, std::string_view text) {
  const bool quoted = text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
    return is_blank(c) || c == '"' || c == '\\' || c == '(' || c == ')' || c == ',';
  });
  if (!quoted) return void(out += text);
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('"');
}

// (a,"b c",): a field that is empty and has no quotes is NULL.
class RecordParser {
 public:
  RecordParser(std::string_view text, ParseError* error) : text_(text), error_(error) {}

  bool parse(std::vector<ColumnBuilder>& fields) {
    skip_blanks();
    if (!take('(')) return malformed("Missing left parenthesis.");
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0 && !take(',')) return malformed("Too few columns.");
      if (!field(fields[i])) return false;
    }
    if (at_ < text_.size() && text_[at_] == ',') return malformed("Too many columns.");
    if (!take(')')) return malformed("Too many columns.");
    skip_blanks();
    return at_ == text_.size() || malformed("Junk after right parenthesis.");
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool malformed(const char* why) {
    std::memcpy(error_->sqlstate, "22P02", 6);
    error_->message =
        fmt::format("malformed record literal: \"{}\" ({})", text_.substr(0, 200), why);
    return false;
  }

  bool field(ColumnBuilder& builder) {
    std::string value;
    bool quoted = false;
    const size_t begin = at_;
    for (bool inside = false; inside || !at_end_of_field(); ++at_) {
      if (at_ == text_.size()) return malformed("Unexpected end of input.");
      const char c = text_[at_];
      if (c == '\\') {
        if (++at_ == text_.size()) return malformed("Unexpected end of input.");
        value.push_back(text_[at_]);
      } else if (c != '"') {
        value.push_back(c);
      } else if (inside && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value.push_back(text_[++at_]);
      } else {
        inside = !inside;
        quoted = true;
      }
    }
    if (at_ == begin && !quoted) return builder.append_null(), true;
    return append_parsed(builder, value, error_);
  }
  bool at_end_of_field() const {
    return at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ')');
  }

  const std::string_view text_;
  size_t at_ = 0;
  ParseError* error_;
};

}  // namespace

std::vector<ColumnPtr> record_columns(const Column& records) {
  std::vector<ColumnBuilder> builders = builders_of(records.type());
  for (uint32_t slot = 0; slot < records.slots(); ++slot) {
    take_fields(records.is_null(slot) ? "" : records.text(slot), builders);
  }
  return finish(builders);
}

std::vector<ColumnPtr> read_record(Type type, std::string_view record) {
  std::vector<ColumnBuilder> builders = builders_of(type);
  take_fields(record, builders);
  return finish(builders);
}

std::string make_record(std::span<const ColumnPtr> fields, uint32_t row) {
  std::string out;
  for (const ColumnPtr& field : fields) encode_value(*field, row, out);
  return out;
}

void append_record_key(Type type, std::string_view record, std::string& out) {
  for (const ColumnPtr& field : read_record(type, record)) {
    const bool null = field->is_null(0);
    out.push_back(null ? 2 : 1);
    if (!null) append_value_key(*field, 0, out);
  }
}

std::strong_ordering compare_records(Type type, std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  std::string key_a, key_b;
  append_record_key(type, a, key_a);
  append_record_key(type, b, key_b);
  return key_a.compare(key_b) <=> 0;
}

void append_record_text(std::string& out, Type type, std::string_view record,
                        const TextStyle& style) {
  out.push_back('(');
  std::string text;
  bool first = true;
  for (const ColumnPtr& field : read_record(type, record)) {
    if (!first) out.push_back(',');
    first = false;
    if (field->is_null(0)) continue;
    text.clear();
    append_text_form(text, *field, 0, style);
    put_field(out, text);
  }
  out.push_back(')');
}

void append_record_json(std::string& out, Type type, std::string_view record) {
  const std::vector<ColumnPtr> fields = read_record(type, record);
  std::string text = "{";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ",";
    append_json_string(text, type.detail->fields[i].name);
    text += ":";
    append_json_form(text, *fields[i], 0);
  }
  std::string reason;
  const bool good = canonical_jsonb(text + "}", out, &reason);
  WEIR_CHECK(good);
}

bool append_parsed_record(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  if (!builder.type().detail) {
    std::memcpy(error->sqlstate, "0A000", 6);
    error->message = "input of anonymous composite types is not implemented";
    return false;
  }
  std::vector<ColumnBuilder> fields = builders_of(builder.type());
  if (!RecordParser(text, error).parse(fields)) return false;
  builder.append_text(make_record(finish(fields), 0));
  return true;
}

}  // namespace weir
