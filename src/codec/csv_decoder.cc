// CSV after RFC 4180 and PostgreSQL's COPY: a quote toggles anywhere in a field, a doubled one
// stands for itself, newlines may stand between quotes. Columns are found by the header's names, or
// by their position where there is no header. A record with too few or too many fields is dead
// (22P04).
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "codec/path_tree.h"
#include "codec/record_decoder.h"
#include "codec/scalar.h"
#include "codec/decoders.h"

namespace weir::codec {

namespace {

constexpr uint32_t kAbsent = UINT32_MAX;

class CsvDecoder final : public RecordDecoder {
 public:
  CsvDecoder(const DecoderOptions& options, std::vector<uint32_t> positions)
      : RecordDecoder(options, options.csv_quote),
        options_(options),
        positions_(std::move(positions)),
        expected_fields_(options.csv_fields),
        header_done_(!options.csv_header) {}

  void reset() override {
    RecordDecoder::reset();
    header_done_ = !options_.csv_header;
  }

 private:
  struct FieldText {
    std::string_view text;
    bool quoted = false;
  };

  void take(std::string_view record, uint64_t byte_offset) override;
  void take_alone(std::string_view record, uint64_t byte_offset) override;
  bool before_rows() const override { return !header_done_; }
  void take_header(std::string_view record, uint64_t byte_offset);
  void decode_record(std::string_view record, uint64_t byte_offset);
  bool well_formed(std::string_view record);
  bool split(std::string_view record);
  bool split_quoted(std::string_view record);
  void append(uint32_t column, const FieldText& field);

  DecoderOptions options_;
  std::vector<uint32_t> positions_;  // of each column in a record; kAbsent: not there
  size_t expected_fields_;           // 0: as many as the columns need, or more
  bool header_done_;
  std::vector<FieldText> fields_;    // of the record at hand
  std::string scratch_;              // the fields of a record with quotes
  ParseError error_;
};

void CsvDecoder::take(std::string_view record, uint64_t byte_offset) {
  header_done_ ? decode_record(record, byte_offset) : take_header(record, byte_offset);
}

void CsvDecoder::take_alone(std::string_view record, uint64_t byte_offset) {
  while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) {
    record.remove_suffix(1);
  }
  take(record, byte_offset);
}

void CsvDecoder::take_header(std::string_view record, uint64_t byte_offset) {
  header_done_ = true;
  if (!simdjson::validate_utf8(record.data(), record.size()) || !split(record)) {
    output_.dead_record(record, byte_offset, "22P04", "the CSV header cannot be read");
    return;
  }
  expected_fields_ = fields_.size();
  std::string missing;
  for (uint32_t i = 0; i < output_.width(); ++i) {
    const DecodeColumn& column = output_.column(i);
    if (column.path.starts_with("$[")) continue;  // by position, whatever the header says
    const std::string& name = column.path.empty() ? column.field.name : column.path;
    positions_[i] = kAbsent;
    for (uint32_t at = 0; at < fields_.size(); ++at) {
      if (fields_[at].text == name) positions_[i] = at;
    }
    if (positions_[i] == kAbsent)
      missing += fmt::format("{}\"{}\"", missing.empty() ? "" : ", ", name);
  }
  if (!missing.empty()) {
    output_.dead_record(record, byte_offset, "42703",
                        fmt::format("the CSV header has no {}: those columns are NULL", missing));
  }
}

bool CsvDecoder::split(std::string_view record) {
  fields_.clear();
  if (std::memchr(record.data(), options_.csv_quote, record.size())) return split_quoted(record);
  const char* p = record.data();
  const char* end = p + record.size();
  while (true) {
    const auto* stop = static_cast<const char*>(
        std::memchr(p, options_.csv_delimiter, static_cast<size_t>(end - p)));
    fields_.push_back({std::string_view(p, static_cast<size_t>((stop ? stop : end) - p)), false});
    if (!stop) return true;
    p = stop + 1;
  }
}

// False: a quote that is not closed.
bool CsvDecoder::split_quoted(std::string_view record) {
  scratch_.clear();
  scratch_.reserve(record.size());  // fields are views into it: it may not move
  size_t begin = 0;
  bool open = false;
  bool quoted = false;
  const auto end_field = [&] {
    fields_.push_back({std::string_view(scratch_.data() + begin, scratch_.size() - begin), quoted});
    begin = scratch_.size();
    quoted = false;
  };
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == options_.csv_quote) {
      if (open && i + 1 < record.size() && record[i + 1] == c) {
        scratch_.push_back(c);
        ++i;
      } else {
        open = !open;
        quoted = true;
      }
    } else if (c == options_.csv_delimiter && !open) {
      end_field();
    } else {
      scratch_.push_back(c);
    }
  }
  end_field();
  return !open;
}

bool CsvDecoder::well_formed(std::string_view record) {
  if (!simdjson::validate_utf8(record.data(), record.size())) {
    output_.bad_record("22021", "invalid byte sequence for encoding \"UTF8\"");
    return false;
  }
  if (!record.empty() && std::memchr(record.data(), '\0', record.size())) {
    output_.bad_record("22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
    return false;
  }
  if (!split(record)) {
    output_.bad_record("22P04", "unterminated CSV quoted field");
    return false;
  }
  if (expected_fields_ != 0 && fields_.size() > expected_fields_) {
    output_.bad_record("22P04", fmt::format("{} fields where {} are expected", fields_.size(),
                                            expected_fields_));
    return false;
  }
  if (fields_.size() < expected_fields_) {
    output_.bad_record("22P04", fmt::format("{} fields where {} are expected", fields_.size(),
                                            expected_fields_));
    return false;
  }
  return true;
}

void CsvDecoder::decode_record(std::string_view record, uint64_t byte_offset) {
  output_.begin(record, byte_offset);
  if (well_formed(record)) {
    for (uint32_t i = 0; i < output_.width(); ++i) {
      if (positions_[i] == kAbsent) continue;
      if (positions_[i] >= fields_.size()) {
        output_.bad_record("22P04", fmt::format("missing data for column \"{}\"",
                                                output_.column(i).field.name));
        break;
      }
      append(i, fields_[positions_[i]]);
    }
  }
  output_.end();
}

void CsvDecoder::append(uint32_t column, const FieldText& field) {
  ColumnBuilder& builder = output_.open(column);
  if (!field.quoted && field.text == options_.csv_null) {
    builder.append_null();
  } else if (!append_scalar(builder, output_.column(column), ScalarKind::kText, field.text,
                            &error_)) {
    output_.bad_value(column, error_);
  }
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_csv_decoder(const DecoderOptions& options) {
  if (options.csv_delimiter == options.csv_quote || options.csv_delimiter == '\n') {
    return Error(ErrorKind::kInvalidProject, 1341, "delimiter and quote of CSV must differ");
  }
  std::vector<uint32_t> positions;
  for (uint32_t i = 0; i < options.columns.size(); ++i) {
    const std::string& path = options.columns[i].path;
    if (!path.starts_with("$[")) {
      positions.push_back(options.csv_header ? kAbsent : i);
      continue;
    }
    const std::vector<PathStep> steps = TRY(parse_path(path));
    if (steps.size() != 1 || !steps[0].is_index || steps[0].index > 100000) {
      return Error(ErrorKind::kInvalidProject, 1342,
                   fmt::format("path \"{}\" names no field of a CSV record", path))
          .hint("write the name in the header, or $[0] for the first field");
    }
    positions.push_back(static_cast<uint32_t>(steps[0].index));
  }
  return std::unique_ptr<Decoder>(std::make_unique<CsvDecoder>(options, std::move(positions)));
}

}  // namespace weir::codec
