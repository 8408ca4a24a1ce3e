// Index: key to rows with weights, one side of a join. Rows are durable one by one (a hot key does
// not rewrite all of its rows); the lists of a key's rows are rebuilt from them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "state/table.h"

namespace weir::state {

struct Weight {
  int64_t n = 0;
  void encode(std::string& out) const { ByteWriter(out).zigzag(n); }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    n = r.zigzag();
    return r.ok() && r.at_end();
  }
  size_t heap_bytes() const { return 0; }
};

class Index final : public TableBase {
 public:
  static constexpr uint32_t kNone = Table<Weight>::kNone;

  // Adds to the weight of a row of a key; answers the new weight.
  int64_t add(std::string_view key, std::string_view row, int64_t weight) {
    return add(key, row, weight, nullptr);
  }
  // *fresh: the id of the row where it is new, else kNone. Ids are as those of Table.
  int64_t add(std::string_view key, std::string_view row, int64_t weight, uint32_t* fresh);
  bool live(uint32_t id) const { return rows_.live(id); }
  std::string_view row(uint32_t id) const { return row_part(rows_.key(id)); }
  void erase(uint32_t id) { rows_.erase(id); }
  template <class F>
  void for_each(F f) const {
    rows_.for_each(f);
  }
  // f(row bytes, weight) for the rows of a key.
  template <class F>
  void for_rows(std::string_view key, F f) const {
    const uint32_t list = lists_.find(key);
    if (list == Table<Ids>::kNone) return;
    for (const uint32_t id : lists_.value(list).ids) {
      const int64_t n = rows_.value(id).n;
      if (rows_.live(id) && n != 0) f(row_part(rows_.key(id)), n);
    }
  }
  int64_t weight(std::string_view key, std::string_view row) const;
  // True where a row of the key stands at least once.
  bool has_rows(std::string_view key) const;

  void write_delta(std::string& out) const override { rows_.write_delta(out); }
  void write_all(std::string& out) const override { rows_.write_all(out); }
  Status apply(std::string_view delta) override;
  void clear_dirty() override;
  void clear() override;
  uint64_t size() const override { return rows_.size(); }
  uint64_t byte_size() const override { return rows_.byte_size() + lists_.byte_size(); }
  uint64_t dirty_count() const override { return rows_.dirty_count(); }
  bool begin_load(uint64_t entries) override { return rows_.begin_load(entries); }
  Status load(uint64_t first, std::string_view entries) override {
    return rows_.load(first, entries);
  }
  void end_load() override;

 private:
  struct Ids {
    std::vector<uint32_t> ids;
    void encode(std::string&) const {}
    bool decode(std::string_view) { return false; }
    size_t heap_bytes() const { return ids.capacity() * sizeof(uint32_t); }
  };
  static std::string composite(std::string_view key, std::string_view row);
  static std::string_view key_part(std::string_view composite);
  static std::string_view row_part(std::string_view composite);
  void drop_dead();

  Table<Weight> rows_;
  Table<Ids> lists_;
};

}  // namespace weir::state
