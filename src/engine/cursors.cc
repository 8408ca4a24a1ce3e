#include "engine/cursors.h"

#include <fmt/core.h>

namespace weir::engine {

namespace {

using sql::FetchDirection;

Error scans_forward() {
  return Error(ErrorKind::kInvalidStatement, 1714, "cursor can only scan forward")
      .hint("declare it with SCROLL")
      .sqlstate("55000");
}

// One batch in which each row stands by itself.
Batch plain_rows(const StatementResult& result) {
  BatchBuilder all(result.schema);
  for (const Batch& batch : result.batches) all.append(batch);
  Batch rows = all.finish();
  rows.weights = nullptr;
  return rows;
}

// Rows `from` to `to`, both counted from 1, in that order.
std::vector<uint32_t> counted(int64_t from, int64_t to) {
  std::vector<uint32_t> rows;
  const int64_t step = from <= to ? 1 : -1;
  for (int64_t row = from; row != to + step; row += step) {
    rows.push_back(static_cast<uint32_t>(row - 1));
  }
  return rows;
}

struct Fetch {
  int64_t position;  // to begin with; then where it has come to
  int64_t size;

  bool on_row() const { return position >= 1 && position <= size; }
  std::vector<uint32_t> current() const {
    return on_row() ? counted(position, position) : std::vector<uint32_t>();
  }
  std::vector<uint32_t> forward(int64_t count) {
    const int64_t begin = std::min(position, size);
    const int64_t end = count >= size - begin ? size : begin + count;
    position = count > size - begin ? size + 1 : end;
    return end > begin ? counted(begin + 1, end) : std::vector<uint32_t>();
  }
  std::vector<uint32_t> backward(int64_t count) {
    const int64_t begin = std::min(position, size + 1);
    const int64_t end = count >= begin ? 1 : begin - count;
    const bool any = begin > 1;
    position = count >= begin ? 0 : end;
    return any ? counted(begin - 1, end) : std::vector<uint32_t>();
  }
  std::vector<uint32_t> absolute(int64_t row) {
    const int64_t wanted = row < 0 ? size + 1 + row : row;
    position = std::clamp<int64_t>(wanted, 0, size + 1);
    return current();
  }
  std::vector<uint32_t> relative(int64_t rows) {
    const int64_t room = rows < 0 ? -position : size + 1 - position;
    position += rows < 0 ? std::max(rows, room) : std::min(rows, room);
    return current();
  }
  std::vector<uint32_t> run(FetchDirection direction, int64_t count) {
    switch (direction) {
      case FetchDirection::kAbsolute: return absolute(count);
      case FetchDirection::kRelative: return relative(count);
      case FetchDirection::kBackward: return count == 0 ? current() : backward(count);
      case FetchDirection::kForward: break;
    }
    return count == 0 ? current() : forward(count);
  }
};

}  // namespace

Result<Cursors::Cursor*> Cursors::find(const std::string& name) {
  const auto it = cursors_.find(name);
  if (it != cursors_.end()) return &it->second;
  return Error(ErrorKind::kNotFound, 1715, fmt::format("cursor \"{}\" does not exist", name))
      .sqlstate("34000");
}

Status Cursors::declare(const std::string& name, const sql::CursorUse& use,
                        StatementResult result) {
  if (cursors_.count(name) != 0) {
    return Error(ErrorKind::kAlreadyExists, 1716, fmt::format("cursor \"{}\" already exists", name))
        .sqlstate("42P03");
  }
  if (cursors_.size() >= kMaxCursors) {
    return Error(ErrorKind::kOutOfMemory, 1637, "too many prepared statements or portals are open")
        .hint("close those that are no longer used")
        .sqlstate("54000");
  }
  Cursor& cursor = cursors_[name];
  cursor.rows = plain_rows(result);
  cursor.stream = std::move(result.stream);
  cursor.schema = std::move(result.schema);
  cursor.forward_only = use.no_scroll || cursor.stream != nullptr;
  cursor.hold = use.hold;
  cursor.is_new = in_transaction_;
  cursor.number = declared_++;
  return {};
}

Result<std::vector<uint32_t>> Cursors::move(Cursor& cursor, const sql::CursorUse& use) {
  FetchDirection direction = use.direction;
  int64_t count = use.count;
  const bool relative_to_here =
      direction == FetchDirection::kForward || direction == FetchDirection::kBackward;
  if (relative_to_here && count < 0) {
    direction = direction == FetchDirection::kForward ? FetchDirection::kBackward
                                                      : FetchDirection::kForward;
    count = count == INT64_MIN ? INT64_MAX : -count;
  }
  Fetch fetch{cursor.position, cursor.rows.rows};
  std::vector<uint32_t> rows = fetch.run(direction, count);
  const bool stays = fetch.position == cursor.position && fetch.on_row() && !rows.empty();
  const bool back = direction == FetchDirection::kBackward || fetch.position < cursor.position;
  if (cursor.forward_only && (back || stays)) return scans_forward();
  cursor.position = fetch.position;
  return rows;
}

// Of a subscription: a number of rows waits for the first of them, ALL are those that are there.
Result<Batch> Cursors::take(Cursor& cursor, const sql::CursorUse& use) {
  if (use.direction != FetchDirection::kForward || use.count <= 0) return scans_forward();
  while (cursor.rows.rows == 0 || use.count == sql::kFetchAll) {
    const std::optional<Batch> more = TRY(cursor.stream->next());
    if (!more || (more->rows == 0 && use.count == sql::kFetchAll)) break;
    if (more->rows == 0) continue;
    BatchBuilder all(cursor.schema);
    all.append(cursor.rows);
    all.append(*more);
    cursor.rows = all.finish();
  }
  const auto count =
      static_cast<uint32_t>(std::min<int64_t>(use.count, cursor.rows.rows));
  Batch taken = slice(cursor.rows, 0, count);
  cursor.rows = slice(cursor.rows, count, cursor.rows.rows - count);
  return taken;
}

Result<StatementResult> Cursors::fetch(const std::string& name, const sql::CursorUse& use) {
  Cursor& cursor = *TRY(find(name));
  Batch rows = cursor.stream ? TRY(take(cursor, use)) : gather(cursor.rows, TRY(move(cursor, use)));
  rows.weights = nullptr;
  StatementResult result;
  result.tag = fmt::format("{} {}", use.moves ? "MOVE" : "FETCH", rows.rows);
  if (use.moves) return result;
  result.has_rows = true;
  result.schema = cursor.schema;
  result.batches.push_back(std::move(rows));
  return result;
}

Result<Schema> Cursors::schema(const std::string& name) { return TRY(find(name))->schema; }

Status Cursors::close(const std::string& name) {
  TRY_VOID(find(name));
  cursors_.erase(name);
  return {};
}

void Cursors::go_back(uint64_t declared) {
  std::erase_if(cursors_, [&](const auto& entry) { return entry.second.number >= declared; });
}

void Cursors::end_transaction(bool commits) {
  in_transaction_ = false;
  std::erase_if(cursors_, [&](const auto& entry) {
    const Cursor& cursor = entry.second;
    return !cursor.hold || (!commits && cursor.is_new);
  });
  for (auto& [name, cursor] : cursors_) cursor.is_new = false;
}

}  // namespace weir::engine
