// The forms of rows in COPY: PostgreSQL's text form (tabs, \N, backslashes) and CSV, with their
// options, in both directions.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "sql/ast.h"

namespace weir::engine {

struct CopyFormat {
  bool csv = false;
  char delimiter = '\t';
  std::string null = "\\N";
  char quote = '"';
  char escape = '"';
  bool header = false;
  bool header_names_columns = false;       // HEADER MATCH
  bool quotes_all = false;                 // FORCE_QUOTE *
  std::vector<std::string> quoted;         // FORCE_QUOTE (...)

  // Errors: 42601, 22023, 0A000 where the options do not go together or are not there.
  static Result<CopyFormat> of(const std::vector<sql::CopyOption>& options);
};

// Rows to lines.
std::string copy_header(const CopyFormat& format, const Schema& schema);  // with its line end
void append_copy_row(std::string& out, const CopyFormat& format, const Schema& schema,
                     const Batch& batch, uint32_t row);

// Bytes, as they come, to records of fields; nullopt: NULL.
class CopyReader {
 public:
  using Fields = std::vector<std::optional<std::string>>;
  using OnRecord = std::function<Status(Fields fields, uint64_t line)>;
  CopyReader(CopyFormat format, OnRecord on_record)
      : format_(std::move(format)), on_record_(std::move(on_record)) {}

  Status add(std::string_view bytes);
  Status finish();  // a last line without its end

 private:
  size_t end_of_record() const;  // of the newline, or npos
  Status take(std::string_view record);
  Fields text_fields(std::string_view record) const;
  Result<Fields> csv_fields(std::string_view record) const;

  CopyFormat format_;
  OnRecord on_record_;
  std::string bytes_;
  size_t scanned_ = 0;
  bool in_quotes_ = false;
  uint64_t line_ = 0;
  bool ended_ = false;  // \. was there
};

}  // namespace weir::engine
