#include "engine/copy_format.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/text_form.h"

namespace weir::engine {

namespace {

constexpr std::string_view kControls = "\b\f\n\r\t\v";
constexpr std::string_view kControlNames = "bfnrtv";

Error bad_option(const char* sqlstate, std::string message) {
  return Error(ErrorKind::kInvalidStatement, 1701, std::move(message)).sqlstate(sqlstate);
}

bool is_true(const std::string& value) {
  const std::string word = lower(value);
  return word.empty() || word == "true" || word == "on" || word == "1";
}

Result<char> one_character(const sql::CopyOption& option) {
  if (option.value.size() == 1) return option.value[0];
  return bad_option("0A000",
                    fmt::format("COPY {} must be a single one-byte character", option.name));
}

Status read_option(const sql::CopyOption& option, CopyFormat& format) {
  if (option.name == "delimiter") {
    format.delimiter = TRY(one_character(option));
  } else if (option.name == "null") {
    format.null = option.value;
  } else if (option.name == "quote") {
    format.quote = TRY(one_character(option));
  } else if (option.name == "escape") {
    format.escape = TRY(one_character(option));
  } else if (option.name == "header") {
    format.header_names_columns = lower(option.value) == "match";
    format.header = format.header_names_columns || is_true(option.value);
  } else if (option.name == "force_quote") {
    format.quotes_all = option.list.empty();
    format.quoted = option.list;
  } else if (option.name == "encoding") {
    const std::string name = lower(option.value);
    if (name != "utf8" && name != "utf-8") {
      return bad_option("0A000", fmt::format("COPY encoding \"{}\" is not supported yet", name));
    }
  } else if (option.name != "format" && option.name != "freeze") {
    return bad_option("42601", fmt::format("option \"{}\" not recognized", option.name));
  }
  return {};
}

Status check_together(const CopyFormat& format, bool has_quote) {
  if (!format.csv && has_quote) return bad_option("0A000", "COPY quote available only in CSV mode");
  const bool clash = format.csv && (format.delimiter == format.quote ||
                                    format.null.find(format.quote) != std::string::npos);
  if (clash) return bad_option("22023", "COPY delimiter, quote and null must differ");
  if (format.delimiter == '\n' || format.delimiter == '\r') {
    return bad_option("22023", "COPY delimiter cannot be newline or carriage return");
  }
  if (format.null.find(format.delimiter) != std::string::npos) {
    return bad_option("22023", "COPY delimiter must not appear in the NULL specification");
  }
  return {};
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// What stands behind a backslash at `at`; moves behind it.
char unescaped(std::string_view text, size_t& at) {
  const char c = text[at++];
  if (const size_t control = kControlNames.find(c); control != std::string_view::npos) {
    return kControls[control];
  }
  if (is_octal(c)) {
    int code = c - '0';
    for (int n = 1; n < 3 && at < text.size() && is_octal(text[at]); ++n) {
      code = code * 8 + (text[at++] - '0');
    }
    return static_cast<char>(code);
  }
  if (c != 'x') return c;
  int code = 0;
  int digits = 0;
  for (; digits < 2 && at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at]));
       ++digits) {
    code = code * 16 + std::stoi(std::string(1, text[at++]), nullptr, 16);
  }
  return digits > 0 ? static_cast<char>(code) : 'x';
}

void append_text_field(std::string& out, const CopyFormat& format, std::string_view value) {
  for (const char c : value) {
    const size_t control = kControls.find(c);
    if (control != std::string_view::npos) {
      out += '\\';
      out += kControlNames[control];
    } else {
      if (c == '\\' || c == format.delimiter) out += '\\';
      out += c;
    }
  }
}

void append_csv_field(std::string& out, const CopyFormat& format, std::string_view value,
                      bool quoted) {
  quoted = quoted || value == format.null || value == "\\." ||
           value.find_first_of("\r\n") != std::string_view::npos ||
           value.find(format.delimiter) != std::string_view::npos ||
           value.find(format.quote) != std::string_view::npos;
  if (!quoted) {
    out += value;
    return;
  }
  out += format.quote;
  for (const char c : value) {
    if (c == format.quote || c == format.escape) out += format.escape;
    out += c;
  }
  out += format.quote;
}

}  // namespace

Result<CopyFormat> CopyFormat::of(const std::vector<sql::CopyOption>& options) {
  CopyFormat format;
  bool has_quote = false;
  bool has_escape = false;
  for (const sql::CopyOption& option : options) {
    has_quote = has_quote || option.name == "quote" || option.name == "force_quote";
    has_escape = has_escape || option.name == "escape";
    if (option.name != "format") continue;
    if (option.value != "csv" && option.value != "text") {
      return bad_option(option.value == "binary" ? "0A000" : "22023",
                        fmt::format("COPY format \"{}\" is not supported", option.value));
    }
    format.csv = option.value == "csv";
  }
  if (format.csv) {
    format.delimiter = ',';
    format.null.clear();
  }
  for (const sql::CopyOption& option : options) TRY_VOID(read_option(option, format));
  if (!has_escape) format.escape = format.quote;
  TRY_VOID(check_together(format, has_quote || has_escape));
  return format;
}

std::string copy_header(const CopyFormat& format, const Schema& schema) {
  std::string out;
  if (!format.header) return out;
  for (const Field& field : schema.fields) {
    if (!out.empty()) out += format.delimiter;
    if (format.csv) {
      append_csv_field(out, format, field.name, false);
    } else {
      append_text_field(out, format, field.name);
    }
  }
  return out + "\n";
}

void append_copy_row(std::string& out, const CopyFormat& format, const Schema& schema,
                     const Batch& batch, uint32_t row) {
  std::string value;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) out += format.delimiter;
    if (batch.columns[i]->is_null(row)) {
      out += format.null;
      continue;
    }
    value.clear();
    append_text_form(value, *batch.columns[i], row);
    if (!format.csv) {
      append_text_field(out, format, value);
      continue;
    }
    const auto& names = format.quoted;
    const bool quoted = format.quotes_all || std::find(names.begin(), names.end(),
                                                       schema.fields[i].name) != names.end();
    append_csv_field(out, format, value, quoted);
  }
  out += '\n';
}

Status CopyReader::add(std::string_view bytes) {
  bytes_ += bytes;
  size_t begin = 0;
  while (!ended_ && scanned_ < bytes_.size()) {
    const char c = bytes_[scanned_++];
    if (!format_.csv && c == '\\') {
      ++scanned_;  // whatever it is, it ends nothing
    } else if (in_quotes_ && c == format_.escape && format_.escape != format_.quote) {
      ++scanned_;
    } else if (format_.csv && c == format_.quote) {
      in_quotes_ = !in_quotes_;
    } else if (c == '\n' && !in_quotes_) {
      TRY_VOID(take(std::string_view(bytes_).substr(begin, scanned_ - 1 - begin)));
      begin = scanned_;
    }
  }
  if (ended_) begin = bytes_.size();
  bytes_.erase(0, begin);
  scanned_ -= std::min(scanned_, begin);
  return {};
}

Status CopyReader::finish() {
  if (bytes_.empty() || ended_) return {};
  const std::string last = std::move(bytes_);
  return take(last);
}

Status CopyReader::take(std::string_view record) {
  const uint64_t line = line_ + 1;
  line_ = line + static_cast<uint64_t>(std::count(record.begin(), record.end(), '\n'));
  if (record.ends_with('\r')) record.remove_suffix(1);
  if (record == "\\.") {
    ended_ = true;
    return {};
  }
  return on_record_(format_.csv ? TRY(csv_fields(record)) : text_fields(record), line);
}

CopyReader::Fields CopyReader::text_fields(std::string_view record) const {
  Fields fields;
  size_t begin = 0;
  std::string value;
  for (size_t at = 0; at <= record.size();) {
    if (at == record.size() || record[at] == format_.delimiter) {
      const bool null = record.substr(begin, at - begin) == format_.null;
      fields.push_back(null ? std::nullopt : std::optional<std::string>(std::move(value)));
      value.clear();
      begin = ++at;
    } else if (record[at] == '\\' && at + 1 < record.size()) {
      value += unescaped(record, ++at);
    } else {
      value += record[at++];
    }
  }
  return fields;
}

Result<CopyReader::Fields> CopyReader::csv_fields(std::string_view record) const {
  Fields fields;
  std::string value;
  bool quoted = false;  // anywhere in the field: then it is not NULL
  bool inside = false;
  for (size_t at = 0; at < record.size(); ++at) {
    const char c = record[at];
    const bool escapes = inside && c == format_.escape && at + 1 < record.size() &&
                         (record[at + 1] == format_.quote || record[at + 1] == format_.escape);
    if (escapes) {
      value += record[++at];
    } else if (c == format_.quote) {
      inside = !inside;
      quoted = true;
    } else if (c == format_.delimiter && !inside) {
      const bool null = !quoted && value == format_.null;
      fields.push_back(null ? std::nullopt : std::optional<std::string>(value));
      value.clear();
      quoted = false;
    } else {
      value += c;
    }
  }
  if (inside) {
    return Error(ErrorKind::kInvalidData, 1702, "unterminated CSV quoted field")
        .detail(fmt::format("It is in line {}.", line_))
        .sqlstate("22P04");
  }
  const bool null = !quoted && value == format_.null;
  fields.push_back(null ? std::nullopt : std::optional<std::string>(value));
  return fields;
}

}  // namespace weir::engine
