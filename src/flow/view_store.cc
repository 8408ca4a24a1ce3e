#include "flow/view_store.h"

#include "data/row_encoding.h"

namespace weir::flow {

namespace {
constexpr uint32_t kBatchRows = 4096;
}

Status ViewStore::apply(const Batch& change) {
  RowBytes rows;
  encode_rows(change, rows);
  table_.fetch(rows, change.rows);
  TRY_VOID(table_.cold_status());
  for (uint32_t i = 0; i < change.rows; ++i) {
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(rows[i], &inserted);
    table_.touch(id);
    int64_t& n = table_.value(id).n;
    n += change.weight(i);
    rows_ += static_cast<uint64_t>(change.weight(i));
    WEIR_CHECK(n >= 0);
    if (n == 0) table_.erase(id);
  }
  table_.done();
  return {};
}

Status ViewStore::add(std::string_view entries) {
  ByteReader r(entries);
  state::Entry entry;
  while (!r.at_end()) {
    state::Weight weight;
    if (!entry.read(r, entries) || !weight.decode(entry.value)) return state::damaged_delta();
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(entry.key, &inserted);
    table_.touch(id);
    int64_t& n = table_.value(id).n;
    n += weight.n;
    rows_ += static_cast<uint64_t>(weight.n);
    if (n < 0) return state::damaged_delta();
    if (n == 0) table_.erase(id);
  }
  table_.clear_dirty();
  return {};
}

Status ViewStore::loaded() {
  rows_ = 0;
  return table_.for_each_stored([&](std::string_view, const state::Weight& weight) {
    rows_ += static_cast<uint64_t>(weight.n);
  });
}

Result<std::vector<Batch>> ViewStore::read() const {
  std::vector<Batch> batches;
  BatchBuilder builder(schema_);
  bool good = true;
  TRY_VOID(table_.for_each_stored([&](std::string_view row, const state::Weight& weight) {
    good = good && decode_row(row, builder);
    builder.end_row(weight.n);
    if (builder.rows() == kBatchRows) batches.push_back(builder.finish());
  }));
  if (!good) return state::damaged_delta();
  if (!builder.empty() || batches.empty()) batches.push_back(builder.finish());
  return batches;
}

std::vector<Batch> ViewStore::contents() const {
  Result<std::vector<Batch>> batches = read();
  WEIR_CHECK(batches.has_value());
  return std::move(*batches);
}

Result<Batch> ViewStore::read_whole() const {
  BatchBuilder all(schema_);
  for (const Batch& batch : TRY(read())) all.append(batch);
  return all.finish();
}

Batch ViewStore::whole() const {
  BatchBuilder all(schema_);
  table_.for_each([&](uint32_t id) {
    WEIR_CHECK(decode_row(table_.key(id), all));
    all.end_row(table_.value(id).n);
  });
  return all.finish();
}

void ViewStore::clear() {
  table_.clear();
  rows_ = 0;
}

}  // namespace weir::flow
