#include "connect/http/body_records.h"

#include <fmt/core.h>
#include <simdjson.h>

#include "base/letter_case.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

namespace ondemand = simdjson::ondemand;

Error bad_body(std::string why) {
  return Error(ErrorKind::kInvalidData, 1530, "the body cannot be split into records")
      .detail(std::move(why))
      .sqlstate("22P02");
}

// Collects records within the bounds.
class Records {
 public:
  Records(size_t max_bytes, size_t max_records)
      : max_bytes_(max_bytes), max_records_(max_records) {}
  Status add(std::string_view record) {
    if (record.size() > max_bytes_) {
      return Error(ErrorKind::kInvalidData, 1531,
                   fmt::format("record {} is longer than {} bytes", list_.size() + 1, max_bytes_));
    }
    if (list_.size() == max_records_) {
      return Error(ErrorKind::kInvalidData, 1532,
                   fmt::format("the body has more than {} records", max_records_))
          .hint("send it in parts");
    }
    list_.emplace_back(record);
    return {};
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  size_t max_bytes_;
  size_t max_records_;
  std::vector<std::string> list_;
};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Status split_lines(std::string_view body, Records& out) {
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = trimmed(body.substr(0, end));
    if (!line.empty()) TRY_VOID(out.add(line));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return {};
}

Status split_array(std::string_view body, Records& out) {
  const simdjson::padded_string padded(body);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array array;
  auto error = parser.iterate(padded).get(document);
  if (!error) error = document.get_array().get(array);
  if (error)
    return bad_body(fmt::format("It is no JSON array: {}.", simdjson::error_message(error)));
  size_t n = 0;
  for (auto element : array) {
    ++n;
    ondemand::value value;
    std::string_view text;
    error = element.get(value);
    ondemand::json_type type{};
    if (!error) error = value.type().get(type);
    if (!error && type == ondemand::json_type::object) {
      ondemand::object object;
      error = value.get_object().get(object);
      if (!error) error = object.raw_json().get(text);
    } else if (!error && type == ondemand::json_type::array) {
      ondemand::array inner;
      error = value.get_array().get(inner);
      if (!error) error = inner.raw_json().get(text);
    } else if (!error) {
      text = value.raw_json_token();
    }
    if (error) {
      return bad_body(fmt::format("Element {}: {}.", n, simdjson::error_message(error)));
    }
    TRY_VOID(out.add(trimmed(text)));
  }
  if (!document.at_end()) return bad_body("Something stands behind the array.");
  return {};
}

// An array of records, or one record, or (as many clients send it) lines.
Status split_json(std::string_view body, Records& out) {
  body = trimmed(body);
  if (body.empty()) return {};
  if (body[0] == '[') return split_array(body, out);
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::padded_string padded(body);
  if (body.find('\n') == std::string_view::npos || !parser.parse(padded).get(element)) {
    return out.add(body);
  }
  return split_lines(body, out);
}

struct CsvField {
  std::string text;
  bool quoted = false;
};

// One CSV record from `body`, moved behind it. False: a quote is not closed.
bool take_csv_record(std::string_view& body, std::vector<CsvField>& fields) {
  fields.assign(1, {});
  bool open = false;
  size_t i = 0;
  for (; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '"') {
      if (open && i + 1 < body.size() && body[i + 1] == '"') {
        fields.back().text.push_back(c);
        ++i;
      } else {
        open = !open;
        fields.back().quoted = true;
      }
    } else if (c == ',' && !open) {
      fields.emplace_back();
    } else if (c == '\n' && !open) {
      break;
    } else {
      fields.back().text.push_back(c);
    }
  }
  std::string& last = fields.back().text;
  if (i > 0 && body[i - 1] == '\r' && !last.empty()) last.pop_back();
  body.remove_prefix(std::min(i + 1, body.size()));
  return !open;
}

Status split_csv(std::string_view body, Records& out) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (trimmed(body).empty()) return {};
  if (!simdjson::validate_utf8(body.data(), body.size())) return bad_body("It is not UTF-8.");
  std::vector<CsvField> header;
  if (!take_csv_record(body, header)) return bad_body("The header has a quote that is not closed.");
  std::vector<CsvField> fields;
  std::string record;
  for (size_t n = 1; !body.empty(); ++n) {
    if (!take_csv_record(body, fields)) {
      return bad_body(fmt::format("Row {} has a quote that is not closed.", n));
    }
    if (fields.size() == 1 && fields[0].text.empty() && !fields[0].quoted) continue;  // blank line
    if (fields.size() != header.size()) {
      return bad_body(fmt::format("Row {} has {} fields and the header {}.", n, fields.size(),
                                  header.size()));
    }
    record = "{";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) record.push_back(',');
      append_json_string(record, header[i].text);
      record.push_back(':');
      if (fields[i].text.empty() && !fields[i].quoted) {
        record += "null";
      } else {
        append_json_string(record, fields[i].text);
      }
    }
    record.push_back('}');
    TRY_VOID(out.add(record));
  }
  return {};
}

}  // namespace

Result<BodyFormat> body_format(std::string_view content_type) {
  std::string type;
  for (const char c : trimmed(content_type.substr(0, content_type.find(';')))) {
    type.push_back(lower(c));
  }
  if (type.empty() || type == "application/json") return BodyFormat::kJson;
  if (type == "application/x-ndjson" || type == "application/ndjson" ||
      type == "application/jsonl" || type == "application/json-lines") {
    return BodyFormat::kNdjson;
  }
  if (type == "text/csv") return BodyFormat::kCsv;
  if (type == "text/plain") return BodyFormat::kLines;
  return Error(ErrorKind::kNotSupported, 1533,
               fmt::format("content type \"{}\" is not supported", type))
      .hint("send application/x-ndjson, application/json or text/csv");
}

Result<std::vector<std::string>> records_of_body(std::string_view body, BodyFormat format,
                                                 size_t max_record_bytes, size_t max_records) {
  Records records(max_record_bytes, max_records);
  switch (format) {
    case BodyFormat::kJson: TRY_VOID(split_json(body, records)); break;
    case BodyFormat::kCsv: TRY_VOID(split_csv(body, records)); break;
    case BodyFormat::kNdjson:
    case BodyFormat::kLines: TRY_VOID(split_lines(body, records)); break;
  }
  return records.take();
}

}  // namespace weir::connect
