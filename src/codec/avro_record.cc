#include "codec/avro_record.h"

#include <fmt/core.h>

#include "codec/json_array.h"
#include "codec/scalar.h"

namespace weir::codec {

namespace {

constexpr int kMaxDepth = 500;
constexpr uint64_t kFreeSteps = 100'000;     // beyond one for each byte
constexpr size_t kMaxJson = size_t{64} << 20;

bool is_scalar(AvroKind kind) {
  return kind < AvroKind::kRecord || kind == AvroKind::kEnum || kind == AvroKind::kFixed;
}

}  // namespace

AvroRecordReader::AvroRecordReader(AvroResolution resolution, PathTree& tree, RowOutput& output)
    : resolution_(std::move(resolution)), output_(output) {
  root_ = plan(resolution_.root(), tree, 0);
}

AvroRecordReader::PlanId AvroRecordReader::plan(AvroPlaceId place, PathTree& tree, int32_t node) {
  if (node == PathTree::kNone) return kSkip;
  Plan out;
  out.columns = tree.node(node).columns;
  plan_parts(place, tree, node, out);
  plans_.push_back(std::move(out));
  return static_cast<PlanId>(plans_.size() - 1);
}

void AvroRecordReader::plan_parts(AvroPlaceId id, PathTree& tree, int32_t node, Plan& out) {
  const AvroPlace& place = resolution_.place(id);
  switch (place.kind) {
    case AvroKind::kUnion:
      for (const AvroPlace::Part& part : place.parts) {
        out.parts.push_back(plan(part.place, tree, node));
      }
      out.has_children = true;
      return;
    case AvroKind::kRecord: return plan_record(id, tree, node, out);
    case AvroKind::kArray:
      if (place.parts.empty()) return;
      for (const auto& [index, child] : tree.node(node).indexes) {
        out.items.emplace_back(index, plan(place.parts[0].place, tree, child));
      }
      out.has_children = !out.items.empty();
      return;
    case AvroKind::kMap:
      if (place.parts.empty()) return;
      for (const auto& [key, child] : tree.node(node).keys) {
        out.values.emplace_back(key, plan(place.parts[0].place, tree, child));
      }
      out.has_children = !out.values.empty();
      return;
    default: return;
  }
}

void AvroRecordReader::plan_record(AvroPlaceId id, PathTree& tree, int32_t node, Plan& out) {
  const AvroPlace& place = resolution_.place(id);
  for (const AvroPlace::Part& part : place.parts) {
    const int32_t child = part.wanted ? tree.node(node).find(part.name) : PathTree::kNone;
    out.parts.push_back(plan(part.place, tree, child));
    out.has_children |= child != PathTree::kNone;
  }
  for (const AvroPlace::Default& missing : place.defaults) {
    const int32_t child = tree.node(node).find(missing.name);
    out.defaults.push_back(plan(missing.place, tree, child));
    out.has_children |= child != PathTree::kNone;
  }
}

bool AvroRecordReader::fail(const char* sqlstate, std::string what) {
  fault_sqlstate_ = sqlstate;
  const bool in_record = cursor_.end == end_;
  fault_ = in_record ? fmt::format("{} at byte {} of the record", what, cursor_.at - begin_)
                     : fmt::format("{} in a default", what);
  return false;
}

bool AvroRecordReader::cut(const char* what) {
  return fail("22P02", fmt::format("invalid Avro: {} is cut off or out of range", what));
}

bool AvroRecordReader::enter() {
  if (depth_ >= kMaxDepth) {
    return fail("54001", fmt::format("Avro is nested more than {} deep", kMaxDepth));
  }
  if (steps_left_ == 0) return fail("54000", "Avro claims more items than its bytes can hold");
  --steps_left_;
  ++depth_;
  return true;
}

bool AvroRecordReader::read(AvroCursor& cursor) {
  cursor_ = cursor;
  begin_ = cursor.at;
  end_ = cursor.end;
  steps_left_ = cursor.left() + kFreeSteps;
  depth_ = 0;
  const bool ok = walk(resolution_.root(), root_);
  cursor = cursor_;
  return ok;
}

bool AvroRecordReader::walk(AvroPlaceId id, PlanId plan_id) {
  if (plan_id == kSkip) return skip(id);
  if (!enter()) return false;
  const bool ok = walk_inner(resolution_.place(id), plans_[static_cast<size_t>(plan_id)]);
  leave();
  return ok;
}

bool AvroRecordReader::walk_inner(const AvroPlace& place, const Plan& plan) {
  if (!place.refusal.empty()) return fail("22P02", place.refusal);
  if (is_scalar(place.kind)) {
    AvroScalar value;
    if (!scalar(place, &value)) return false;
    for (const uint32_t column : plan.columns) append(column, value);
    return true;
  }
  if (place.kind == AvroKind::kUnion) {
    size_t at;
    return branch(place, &at) && walk(place.parts[at].place, plan.parts[at]);
  }
  if (plan.columns.empty()) return walk_children(place, plan);
  const AvroCursor start = cursor_;
  json_.clear();
  if (!json_inner(place)) return false;
  for (const uint32_t column : plan.columns) append_json(column);
  if (!plan.has_children) return true;
  cursor_ = start;
  return walk_children(place, plan);
}

bool AvroRecordReader::walk_children(const AvroPlace& place, const Plan& plan) {
  if (place.kind == AvroKind::kRecord) return walk_record(place, plan);
  if (!plan.has_children) return skip_blocks(place);
  uint64_t index = 0;
  const AvroPlaceId item = place.parts[0].place;
  return blocks(place, [&](std::string_view key) {
    PlanId wanted = kSkip;
    for (const auto& [at, plan_id] : plan.items) {
      if (at == index) wanted = plan_id;
    }
    if (place.kind == AvroKind::kMap) {
      for (const auto& [name, plan_id] : plan.values) {
        if (name == key) wanted = plan_id;
      }
    }
    ++index;
    return walk(item, wanted);
  });
}

bool AvroRecordReader::walk_record(const AvroPlace& place, const Plan& plan) {
  for (size_t i = 0; i < place.parts.size(); ++i) {
    if (walk(place.parts[i].place, plan.parts[i])) continue;
    fault_ = fmt::format("{} (field {})", fault_, place.parts[i].name);
    return false;
  }
  for (size_t i = 0; i < place.defaults.size(); ++i) {
    if (plan.defaults[i] != kSkip && !walk_default(place.defaults[i], plan.defaults[i])) {
      return false;
    }
  }
  return true;
}

// The cursor goes to the default's own bytes; the answer is where it stood.
AvroCursor AvroRecordReader::read_default(const AvroPlace::Default& missing) {
  const AvroCursor after = cursor_;
  cursor_ = AvroCursor(missing.bytes);
  return after;
}

bool AvroRecordReader::walk_default(const AvroPlace::Default& missing, PlanId plan) {
  const AvroCursor after = read_default(missing);
  const bool ok = walk(missing.place, plan);
  cursor_ = after;
  return ok;
}

bool AvroRecordReader::branch(const AvroPlace& place, size_t* out) {
  int64_t number;
  if (!cursor_.take_long(&number) || number < 0 ||
      static_cast<uint64_t>(number) >= place.parts.size()) {
    return cut("the branch of a union");
  }
  *out = static_cast<size_t>(number);
  return true;
}

// Items come in blocks: a count, negative where the block's size in bytes follows; 0 ends them.
template <class Item>
bool AvroRecordReader::blocks(const AvroPlace& place, const Item& item) {
  for (;;) {
    int64_t count;
    int64_t bytes;
    if (!cursor_.take_long(&count)) return cut("the count of a block");
    if (count == 0) return true;
    if (count < 0) {
      if (count == INT64_MIN || !cursor_.take_long(&bytes)) return cut("the size of a block");
      count = -count;
    }
    for (int64_t i = 0; i < count; ++i) {
      std::string_view key;
      if (place.kind == AvroKind::kMap && !cursor_.take_sized(&key)) return cut("a key");
      if (!item(key)) return false;
    }
  }
}

bool AvroRecordReader::skip_blocks(const AvroPlace& place) {
  for (;;) {
    int64_t count;
    int64_t bytes;
    std::string_view skipped;
    if (!cursor_.take_long(&count)) return cut("the count of a block");
    if (count == 0) return true;
    if (count < 0) {
      if (!cursor_.take_long(&bytes) || bytes < 0 ||
          !cursor_.take(static_cast<uint64_t>(bytes), &skipped)) {
        return cut("a block");
      }
      if (!enter()) return false;
      leave();
      continue;
    }
    for (int64_t i = 0; i < count; ++i) {
      if (place.kind == AvroKind::kMap && !cursor_.take_sized(&skipped)) return cut("a key");
      if (!skip(place.parts[0].place)) return false;
    }
  }
}

bool AvroRecordReader::skip(AvroPlaceId id) {
  const AvroPlace& place = resolution_.place(id);
  if (!place.refusal.empty()) [[unlikely]] return fail("22P02", place.refusal);
  int64_t number;
  std::string_view bytes;
  switch (place.kind) {
    case AvroKind::kNull:
      if (steps_left_ == 0) break;
      --steps_left_;
      return true;
    case AvroKind::kBoolean: return cursor_.take(1, &bytes) || cut("a boolean");
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum: return cursor_.take_long(&number) || cut("a number");
    case AvroKind::kFloat: return cursor_.take(4, &bytes) || cut("a float");
    case AvroKind::kDouble: return cursor_.take(8, &bytes) || cut("a double");
    case AvroKind::kBytes:
    case AvroKind::kString: return cursor_.take_sized(&bytes) || cut("a string");
    case AvroKind::kFixed:
      if (place.size > 0) return cursor_.take(place.size, &bytes) || cut("a fixed");
      break;
    default: break;
  }
  if (!enter()) return false;
  const bool ok = skip_parts(place);
  leave();
  return ok;
}

bool AvroRecordReader::skip_parts(const AvroPlace& place) {
  bool ok = true;
  size_t at;
  if (place.kind == AvroKind::kUnion) {
    ok = branch(place, &at) && skip(place.parts[at].place);
  } else if (place.kind == AvroKind::kArray || place.kind == AvroKind::kMap) {
    ok = skip_blocks(place);
  } else if (place.kind == AvroKind::kRecord) {
    for (size_t i = 0; ok && i < place.parts.size(); ++i) ok = skip(place.parts[i].place);
  }
  return ok;
}

bool AvroRecordReader::integer(const AvroPlace& place, AvroScalar* out) {
  if (!cursor_.take_long(&out->integer)) return cut("a number");
  if (place.kind == AvroKind::kInt && out->integer != static_cast<int32_t>(out->integer)) {
    return cut("an int");
  }
  out->form = AvroScalar::Form::kInteger;
  if (place.as == AvroKind::kFloat || place.as == AvroKind::kDouble) {
    const bool narrow = place.as == AvroKind::kFloat;
    out->form = narrow ? AvroScalar::Form::kFloat : AvroScalar::Form::kDouble;
    out->number = narrow ? double{static_cast<float>(out->integer)}
                         : static_cast<double>(out->integer);
    out->logical = AvroLogical::kNone;
  }
  return true;
}

bool AvroRecordReader::real(const AvroPlace& place, AvroScalar* out) {
  const bool narrow = place.as == AvroKind::kFloat;
  out->form = narrow ? AvroScalar::Form::kFloat : AvroScalar::Form::kDouble;
  if (place.kind == AvroKind::kDouble) return cursor_.take_fixed(&out->number) || cut("a double");
  float number;
  if (!cursor_.take_fixed(&number)) return cut("a float");
  out->number = number;
  return true;
}

bool AvroRecordReader::symbol(const AvroPlace& place, AvroScalar* out) {
  int64_t number;
  if (!cursor_.take_long(&number) || number < 0 ||
      static_cast<uint64_t>(number) >= place.symbols.size()) {
    return cut("the symbol of an enum");
  }
  out->bytes = place.symbols[static_cast<size_t>(number)];
  out->form = AvroScalar::Form::kText;
  if (!out->bytes.empty()) return true;
  return fail("22P02", fmt::format("symbol {} of an enum is unknown to the reader's schema, which "
                                   "has no default for it", number));
}

bool AvroRecordReader::scalar(const AvroPlace& place, AvroScalar* out) {
  out->logical = place.logical;
  out->scale = place.scale;
  switch (place.kind) {
    case AvroKind::kNull: return true;
    case AvroKind::kBoolean: {
      std::string_view byte;
      if (!cursor_.take(1, &byte) || static_cast<uint8_t>(byte[0]) > 1) return cut("a boolean");
      out->form = AvroScalar::Form::kBool;
      out->integer = byte[0];
      return true;
    }
    case AvroKind::kInt:
    case AvroKind::kLong: return integer(place, out);
    case AvroKind::kFloat:
    case AvroKind::kDouble: return real(place, out);
    case AvroKind::kEnum: return symbol(place, out);
    case AvroKind::kFixed:
      out->form = AvroScalar::Form::kBytes;
      return cursor_.take(place.size, &out->bytes) || cut("a fixed");
    default:
      out->form = place.as == AvroKind::kString ? AvroScalar::Form::kText
                                                : AvroScalar::Form::kBytes;
      return cursor_.take_sized(&out->bytes) || cut("a string");
  }
}

bool AvroRecordReader::json(AvroPlaceId id) {
  if (!enter()) return false;
  const bool ok = json_inner(resolution_.place(id));
  leave();
  return ok;
}

bool AvroRecordReader::json_inner(const AvroPlace& place) {
  if (!place.refusal.empty()) return fail("22P02", place.refusal);
  if (json_.size() > kMaxJson) return fail("54000", "a nested value of more than 64 MiB");
  if (place.kind == AvroKind::kRecord) return json_record(place);
  if (place.kind == AvroKind::kArray || place.kind == AvroKind::kMap) return json_blocks(place);
  if (place.kind == AvroKind::kUnion) {
    size_t at;
    return branch(place, &at) && json(place.parts[at].place);
  }
  AvroScalar value;
  if (!scalar(place, &value)) return false;
  if (append_avro_json(json_, value, &error_)) return true;
  return fail(error_.sqlstate, error_.message);
}

bool AvroRecordReader::json_blocks(const AvroPlace& place) {
  const bool is_map = place.kind == AvroKind::kMap;
  bool first = true;
  json_.push_back(is_map ? '{' : '[');
  const bool ok = blocks(place, [&](std::string_view key) {
    if (!first) json_.push_back(',');
    first = false;
    if (is_map) {
      const AvroScalar name{AvroScalar::Form::kText, AvroLogical::kNone, 0, 0, 0, key};
      if (!append_avro_json(json_, name, &error_)) return fail(error_.sqlstate, error_.message);
      json_.push_back(':');
    }
    return json(place.parts[0].place);
  });
  json_.push_back(is_map ? '}' : ']');
  return ok;
}

bool AvroRecordReader::json_record(const AvroPlace& place) {
  bool first = true;
  json_.push_back('{');
  for (const AvroPlace::Part& part : place.parts) {
    if (!part.wanted) {
      if (!skip(part.place)) return false;
      continue;
    }
    if (!first) json_.push_back(',');
    first = false;
    append_json_string(json_, part.name);
    json_.push_back(':');
    if (!json(part.place)) return false;
  }
  for (const AvroPlace::Default& missing : place.defaults) {
    if (!json_default(missing, first)) return false;
  }
  json_.push_back('}');
  return true;
}

bool AvroRecordReader::json_default(const AvroPlace::Default& missing, bool& first) {
  if (!first) json_.push_back(',');
  first = false;
  append_json_string(json_, missing.name);
  json_.push_back(':');
  const AvroCursor after = read_default(missing);
  const bool ok = json(missing.place);
  cursor_ = after;
  return ok;
}

void AvroRecordReader::append_json(uint32_t column) {
  ColumnBuilder& builder = output_.open(column);
  bool ok = true;
  if (builder.type().id == TypeId::kJsonb) {
    ok = append_parsed(builder, json_, &error_);
  } else if (builder.type().is_array() && json_[0] == '[') {
    ok = append_json_array(builder, output_.column(column), json_, &error_);
  } else if (builder.type().id == TypeId::kText) {
    ok = append_scalar(builder, output_.column(column), ScalarKind::kText, json_, &error_);
  } else {
    set_error(&error_, "22P02", fmt::format("an Avro {} is no {}",
                                            json_[0] == '[' ? "array" : "record or map",
                                            builder.type().name()));
    ok = false;
  }
  if (!ok) output_.bad_value(column, error_);
}

void AvroRecordReader::append(uint32_t column, const AvroScalar& value) {
  if (!append_avro(output_.open(column), output_.column(column), value, &error_)) {
    output_.bad_value(column, error_);
  }
}

}  // namespace weir::codec
