#include "connect/position.h"

#include <fmt/core.h>
#include <simdjson.h>

#include "data/text_form.h"

namespace weir::connect {

namespace {
Error bad_position(const Position& position, std::string_view why) {
  return Error(ErrorKind::kCorrupt, 1512, fmt::format("position {} cannot be read", position))
      .detail(fmt::format("It is of another version or damaged: {}.", why));
}
}  // namespace

void PositionWriter::name(std::string_view name) {
  if (text_.size() > 1) text_.push_back(',');
  append_json_string(text_, name);
  text_.push_back(':');
}

PositionWriter& PositionWriter::add(std::string_view key, int64_t value) {
  name(key);
  text_ += std::to_string(value);
  return *this;
}

PositionWriter& PositionWriter::add(std::string_view key, std::string_view text) {
  name(key);
  append_json_string(text_, text);
  return *this;
}

Result<PositionReader> PositionReader::parse(const Position& position) {
  PositionReader out;
  out.position_ = position;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(position).get_object().get(object)) return bad_position(position, "no object");
  for (const auto& [key, value] : object) {
    int64_t integer;
    std::string_view text;
    if (!value.get_int64().get(integer)) {
      out.integers_[std::string(key)] = integer;
    } else if (!value.get_string().get(text)) {
      out.texts_[std::string(key)] = text;
    } else {
      return bad_position(position, "a value is neither text nor whole number");
    }
  }
  return out;
}

Result<int64_t> PositionReader::integer(const std::string& name) const {
  const auto it = integers_.find(name);
  if (it == integers_.end()) return bad_position(position_, "\"" + name + "\" is not there");
  return it->second;
}

Result<std::string> PositionReader::text(const std::string& name) const {
  const auto it = texts_.find(name);
  if (it == texts_.end()) return bad_position(position_, "\"" + name + "\" is not there");
  return it->second;
}

}  // namespace weir::connect
