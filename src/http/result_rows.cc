#include "http/result_rows.h"

#include <charconv>

#include <fmt/core.h>

namespace weir::http {

namespace {

constexpr RowForm kJson = {"application/json", codec::OutputFormat::kJson, "[", ",\n ", "]\n"};
constexpr RowForm kForms[] = {
    kJson,
    {"application/x-ndjson", codec::OutputFormat::kJson, "", "\n", "\n"},
    {"text/csv", codec::OutputFormat::kCsv, "", "\n", "\n"},
};

}  // namespace

Result<uint64_t> row_limit(const Request& request, uint64_t otherwise) {
  const auto it = request.query.find("limit");
  if (it == request.query.end()) return otherwise;
  uint64_t limit = 0;
  const char* end = it->second.data() + it->second.size();
  const auto parsed = std::from_chars(it->second.data(), end, limit);
  if (parsed.ec == std::errc() && parsed.ptr == end && limit <= kMaxRows) return limit;
  return Error(ErrorKind::kInvalidUsage, 1661, "limit is not a number of rows")
      .detail(fmt::format("Expected a whole number from 0 to {}.", kMaxRows));
}

Result<RowForm> row_form(std::string_view accept) {
  const RowForm* best = nullptr;
  size_t best_at = std::string_view::npos;
  for (const RowForm& form : kForms) {
    const size_t at = accept.find(form.content_type);
    if (at < best_at) best = &form, best_at = at;
  }
  if (best) return *best;
  if (accept.empty() || accept.find("*/*") != std::string_view::npos ||
      accept.find("application/*") != std::string_view::npos ||
      accept.find("text/html") != std::string_view::npos) {
    return kJson;
  }
  return Error(ErrorKind::kNotSupported, 1658, "rows cannot be had in that form")
      .detail("Forms are application/json, application/x-ndjson and text/csv.")
      .hint("name one of them in the Accept header");
}

Response rows_response(const engine::StatementResult& result, const RowForm& form,
                       uint64_t limit) {
  const auto encoder = codec::make_encoder(form.format, result.schema);
  Response response;
  response.content_type = form.content_type;
  std::string& out = response.body;
  out = form.begin;
  out += encoder->header();
  uint64_t rows = 0;
  bool more = false;
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      for (int64_t n = 0; n < batch.weight(row); ++n) {
        if (rows == limit) {
          more = true;
          break;
        }
        if (rows++ > 0) out += form.between;
        encoder->encode(batch, row, out);
      }
    }
  }
  if (rows > 0 || form.begin == "[") out += form.end;
  response.headers.emplace_back("Weir-More", more ? "true" : "false");
  return response;
}

}  // namespace weir::http
