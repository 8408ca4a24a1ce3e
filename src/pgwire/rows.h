// Result rows as RowDescription and DataRow messages, in PostgreSQL's text or binary forms, and the
// cursor from which a portal hands them out piece by piece.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/text_form.h"
#include "engine/session.h"

namespace weir::pgwire {

// One a column, 0 text, 1 binary; none: all text; one: for all columns.
using Formats = std::vector<int16_t>;

void append_row_description(std::string& out, const Schema& schema, const Formats& formats = {});
// Walks over the rows of a result; a row of weight n comes n times. The result outlives it.
class RowCursor {
 public:
  explicit RowCursor(const engine::StatementResult& result) : result_(&result) { skip(); }
  bool at_end() const { return batch_ == result_->batches.size(); }
  const Batch& batch() const { return result_->batches[batch_]; }
  uint32_t row() const { return row_; }
  void next();
  TextStyle text_style() const { return {result_->zone.get()}; }

 private:
  void skip();  // to the next row of a weight above 0

  const engine::StatementResult* result_;
  size_t batch_ = 0;
  uint32_t row_ = 0;
  int64_t repeated_ = 0;
};

// The row where the cursor stands.
void append_data_row(std::string& out, const RowCursor& cursor, const Formats& formats = {});

}  // namespace weir::pgwire
