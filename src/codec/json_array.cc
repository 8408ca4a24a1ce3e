#include "codec/json_array.h"

#include <fmt/core.h>

#include "data/array.h"
#include "data/jsonb.h"

namespace weir::codec {

namespace {

// Each element goes through the same door as a scalar of its type. Arrays in arrays are further
// dimensions, but of jsonb[], whose elements may be arrays themselves.
class ArrayReader {
 public:
  ArrayReader(Type element, const DecodeColumn& column, ParseError* error)
      : elements_(element), column_(column), error_(error) {}

  bool list(std::string_view json, size_t depth) {
    if (depth == kMaxDimensions) return refuse("54000", "an array of more than 6 dimensions");
    const auto items = jsonb_elements(json);
    const auto count = static_cast<uint32_t>(items.size());
    if (depth == lengths_.size()) lengths_.push_back(count);
    if (lengths_[depth] != count) return uneven();
    for (const std::string_view item : items) {
      const bool nested = item.starts_with('[') && elements_.type().id != TypeId::kJsonb;
      if (!nested && leaf_depth_ == kNone) leaf_depth_ = depth;
      if (nested ? depth == leaf_depth_ : depth != leaf_depth_) return uneven();
      if (!(nested ? list(item, depth + 1) : element(item))) return false;
    }
    return true;
  }

  std::string finish() { return make_array(lengths_, *elements_.finish()); }

 private:
  bool refuse(const char* sqlstate, std::string message) {
    set_error(error_, sqlstate, std::move(message));
    return false;
  }
  bool uneven() {
    return refuse("2202E", "the arrays within a JSON array must be equally long");
  }

  bool element(std::string_view json) {
    if (elements_.type().id == TypeId::kJsonb) return append_parsed(elements_, json, error_);
    if (json == "null") return elements_.append_null(), true;
    if (json.starts_with('{') && elements_.type().id != TypeId::kText) {
      return refuse("22P02", fmt::format("a JSON object is no {}", elements_.type().name()));
    }
    const bool is_bool = json == "true" || json == "false";
    const bool text = json.starts_with('"') || json.starts_with('{');
    const ScalarKind kind = text      ? ScalarKind::kText
                            : is_bool ? ScalarKind::kBool
                                      : ScalarKind::kNumber;
    return append_scalar(elements_, column_, kind, jsonb_unquoted(json), error_);
  }

  static constexpr size_t kNone = ~size_t{0};
  ColumnBuilder elements_;
  const DecodeColumn& column_;
  ArrayLengths lengths_;
  size_t leaf_depth_ = kNone;
  ParseError* error_;
};

}  // namespace

bool append_json_array(ColumnBuilder& builder, const DecodeColumn& column, std::string_view json,
                       ParseError* error) {
  std::string canonical, reason;
  if (!canonical_jsonb(json, canonical, &reason)) {
    set_error(error, "22P02", reason);
    return false;
  }
  ArrayReader reader(builder.type().element(), column, error);
  if (!reader.list(canonical, 0)) return false;
  builder.append_text(reader.finish());
  return true;
}

}  // namespace weir::codec
