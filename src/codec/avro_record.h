// One Avro record to one row: the bytes are walked once along the resolved schema with the plan of
// wanted paths in hand. What no column wants is stepped over; what is wanted whole although it has
// parts becomes JSON. A record's work is bounded by its bytes, so that an array of a billion nulls
// costs no more than the bytes that claim it.
#pragma once
#include "codec/avro_cursor.h"
#include "codec/avro_resolution.h"
#include "codec/avro_value.h"
#include "codec/path_tree.h"
#include "codec/row_output.h"

namespace weir::codec {

class AvroRecordReader {
 public:
  AvroRecordReader(AvroResolution resolution, PathTree& tree, RowOutput& output);

  // Between output's begin() and end(). False: the bytes are broken, and fault() says where and
  // why; nothing can be said about what follows them.
  bool read(AvroCursor& cursor);
  const std::string& fault() const { return fault_; }
  const char* fault_sqlstate() const { return fault_sqlstate_; }

 private:
  using PlanId = int32_t;
  static constexpr PlanId kSkip = -1;
  // What is wanted of one place.
  struct Plan {
    std::vector<uint32_t> columns;
    std::vector<PlanId> parts;                           // record: by the writer's order; branches
    std::vector<PlanId> defaults;                        // record
    std::vector<std::pair<uint64_t, PlanId>> items;      // array
    std::vector<std::pair<std::string, PlanId>> values;  // map
    bool has_children = false;
  };

  PlanId plan(AvroPlaceId place, PathTree& tree, int32_t node);
  void plan_parts(AvroPlaceId place, PathTree& tree, int32_t node, Plan& out);
  void plan_record(AvroPlaceId place, PathTree& tree, int32_t node, Plan& out);

  bool walk(AvroPlaceId place, PlanId plan);
  bool walk_inner(const AvroPlace& place, const Plan& plan);
  bool walk_children(const AvroPlace& place, const Plan& plan);
  bool walk_record(const AvroPlace& place, const Plan& plan);
  AvroCursor read_default(const AvroPlace::Default& missing);
  bool walk_default(const AvroPlace::Default& missing, PlanId plan);
  bool branch(const AvroPlace& place, size_t* out);
  template <class Item>
  bool blocks(const AvroPlace& place, const Item& item);
  bool skip(AvroPlaceId place);
  bool skip_parts(const AvroPlace& place);
  bool skip_blocks(const AvroPlace& place);
  bool scalar(const AvroPlace& place, AvroScalar* out);
  bool integer(const AvroPlace& place, AvroScalar* out);
  bool real(const AvroPlace& place, AvroScalar* out);
  bool symbol(const AvroPlace& place, AvroScalar* out);
  bool json(AvroPlaceId place);
  bool json_inner(const AvroPlace& place);
  bool json_record(const AvroPlace& place);
  bool json_default(const AvroPlace::Default& missing, bool& first);
  bool json_blocks(const AvroPlace& place);
  void append_json(uint32_t column);
  void append(uint32_t column, const AvroScalar& value);

  bool enter();
  void leave() { --depth_; }
  bool fail(const char* sqlstate, std::string what);
  bool cut(const char* what);

  AvroResolution resolution_;
  RowOutput& output_;
  std::vector<Plan> plans_;
  PlanId root_ = kSkip;

  AvroCursor cursor_{{}};
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  uint64_t steps_left_ = 0;
  int depth_ = 0;
  std::string json_;
  std::string fault_;
  const char* fault_sqlstate_ = "22P02";
  ParseError error_;
};

}  // namespace weir::codec
