// Rows as a response: how many, and in which form the client wants them.
#pragma once
#include <cstdint>
#include <string_view>

#include "codec/encoder.h"
#include "engine/session.h"
#include "http/message.h"

namespace weir::http {

inline constexpr uint64_t kMaxRows = 100'000;  // of one answer

// From ?limit=. Error 1661: it is no number up to kMaxRows.
Result<uint64_t> row_limit(const Request& request, uint64_t otherwise);

struct RowForm {
  const char* content_type;
  codec::OutputFormat format;
  std::string_view begin, between, end;
};

// The first of the forms that an Accept header names; JSON where it takes anything. Error 1658.
Result<RowForm> row_form(std::string_view accept);

// At most `limit` rows; the header Weir-More says whether there are others.
Response rows_response(const engine::StatementResult& result, const RowForm& form, uint64_t limit);

}  // namespace weir::http
