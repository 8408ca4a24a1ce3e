// COPY ... FROM STDIN into a table of the scratch engine: fields become values as they come; the
// rows are inserted together at the end, or none of them where one is wrong.
#pragma once
#include <functional>

#include "engine/copy_format.h"
#include "engine/session.h"

namespace weir::engine {

class ScratchCopy final : public CopyIn {
 public:
  // Inserts the rows: columns as in `schema`.
  using Insert = std::function<Result<StatementResult>(Batch rows)>;
  ScratchCopy(std::string table, Schema schema, CopyFormat format, Insert insert);

  Status data(std::string_view bytes) override { return reader_.add(bytes); }
  Result<StatementResult> finish() override;
  size_t columns() const override { return schema_.size(); }

 private:
  Status take(const CopyReader::Fields& fields, uint64_t line);
  Status check_header(const CopyReader::Fields& fields) const;
  Error wrong(Error error, uint64_t line, const std::string& column) const;

  std::string table_;
  Schema schema_;
  CopyFormat format_;
  Insert insert_;
  BatchBuilder rows_;
  CopyReader reader_;
  bool header_is_due_;
};

}  // namespace weir::engine
