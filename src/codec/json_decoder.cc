// JSON records to columns. simdjson indexes one record at a time, so that a broken one costs
// exactly itself (its `iterate_many` is 25 % faster and lets an unclosed line swallow its
// followers). Then the record is walked once, front to back, with the tree of wanted paths in hand:
//  - the n-th key of an object is first compared with the n-th key of the object before, byte by
//  byte
//    with its closing quote: records of one stream mostly look alike, and then no key is looked up;
//  - values are parsed from their raw tokens, since decimals and integers must not pass through
//  double;
//  - what no column wants is stepped over by its structure and not looked at further.
// A key that comes twice counts with its last value, as in PostgreSQL's jsonb.
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "codec/json_array.h"
#include "codec/record_decoder.h"
#include "codec/scalar.h"
#include "codec/path_tree.h"
#include "codec/decoders.h"

namespace weir::codec {

namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr size_t kParserBytes = 64 << 10;      // of records for which memory is held
constexpr size_t kLargeRecord = 1 << 20;       // the parser's memory goes back after one of these
constexpr int kMaxNesting = 1000;              // of a value that becomes jsonb or text
constexpr size_t kMaxRememberedKey = Decoder::kPadding;

// The end of a JSON number that begins at `p`, or null. The bytes behind the record are readable.
const char* number_end(const char* p) {
  const auto digit = [](char c) { return static_cast<unsigned char>(c - '0') <= 9; };
  if (*p == '-') ++p;
  if (!digit(*p)) return nullptr;
  if (*p == '0') {
    ++p;
  } else {
    while (digit(*p)) ++p;
  }
  if (*p == '.') {
    if (!digit(*++p)) return nullptr;
    while (digit(*p)) ++p;
  }
  if ((*p | 0x20) == 'e') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!digit(*p)) return nullptr;
    while (digit(*p)) ++p;
  }
  return p;
}

bool ends_token(const char* p, const char* token_end) {
  return p <= token_end && (p == token_end || *p == ' ' || *p == ',' || *p == '}' || *p == ']' ||
                            *p == '\t' || *p == '\n' || *p == '\r');
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

bool too_deep(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxNesting) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

class JsonDecoder final : public RecordDecoder {
 public:
  JsonDecoder(const DecoderOptions& options, PathTree tree)
      : RecordDecoder(options), tree_(std::move(tree)) {
    hold_memory();
  }

 private:
  // Where it fails, the parser asks for what it needs with each record, and says so then.
  void hold_memory() { static_cast<void>(!parser_.allocate(kParserBytes)); }
  void take(std::string_view record, uint64_t byte_offset) override;
  void take_alone(std::string_view record, uint64_t byte_offset) override;
  error_code walk_record(std::string_view record);
  error_code walk_object(ondemand::object object, int32_t node);
  error_code walk_array(ondemand::array array, int32_t node);
  error_code take(ondemand::value value, int32_t node);
  error_code take_container(ondemand::value value, int32_t node, bool is_object);
  error_code take_again(std::string_view json, int32_t node);
  error_code take_string(std::string_view token, const PathTree::Node& node);
  error_code take_literal(std::string_view token, const PathTree::Node& node);
  int32_t child_of(PathTree::Node& node, size_t at, const char* key);
  int32_t look_up(PathTree::Node& node, size_t at, const char* key);
  void append_json(uint32_t column, std::string_view json);
  void append(uint32_t column, ScalarKind kind, std::string_view text);
  std::optional<std::string_view> unescaped(std::string_view token);

  PathTree tree_;
  ondemand::parser parser_;
  const char* record_end_ = nullptr;
  std::string scratch_;         // of one string with escapes
  std::string padded_;          // of records that come without readable bytes behind them
  ParseError error_;
};

void JsonDecoder::take_alone(std::string_view record, uint64_t byte_offset) {
  padded_.assign(record);
  padded_.append(kPadding, ' ');
  take(std::string_view(padded_.data(), record.size()), byte_offset);
}

void JsonDecoder::take(std::string_view record, uint64_t byte_offset) {
  output_.begin(record, byte_offset);
  record_end_ = record.data() + record.size();
  const error_code error = walk_record(record);
  if (error == simdjson::UTF8_ERROR) {
    output_.bad_record("22021", "invalid byte sequence for encoding \"UTF8\"");
  } else if (error != simdjson::SUCCESS) {
    output_.bad_record("22P02", fmt::format("invalid JSON: {}", simdjson::error_message(error)));
  }
  output_.end();
  if (record.size() > kLargeRecord) {
    parser_ = ondemand::parser();
    hold_memory();
  }
}

error_code JsonDecoder::walk_record(std::string_view record) {
  ondemand::document document;
  const simdjson::padded_string_view padded(record.data(), record.size(),
                                            record.size() + simdjson::SIMDJSON_PADDING);
  if (const error_code e = parser_.iterate(padded).get(document)) return e;
  size_t first = 0;
  while (first < record.size() && static_cast<unsigned char>(record[first]) <= ' ') ++first;
  const char opening = first < record.size() ? record[first] : '\0';
  const bool whole = !tree_.node(0).columns.empty();
  const bool array = opening == '[' && (whole || !tree_.node(0).indexes.empty());
  if (opening != '{' && !array) {
    output_.bad_record("22P02", "record is not a JSON object");
    return simdjson::SUCCESS;
  }
  if (whole || array) {
    ondemand::value value;
    if (const error_code e = document.get_value().get(value)) return e;
    if (const error_code e = take_container(value, 0, opening == '{')) return e;
  } else {
    ondemand::object object;
    if (const error_code e = document.get_object().get(object)) return e;
    if (const error_code e = walk_object(object, 0)) return e;
  }
  return document.at_end() ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

error_code JsonDecoder::walk_object(ondemand::object object, int32_t node_index) {
  size_t at = 0;
  ondemand::object_iterator it;
  if (const error_code e = object.begin().get(it)) return e;
  const ondemand::object_iterator end;
  PathTree::Node& node = tree_.node(node_index);
  for (; it != end; ++it, ++at) {
    ondemand::field field;
    if (const error_code e = (*it).get(field)) return e;
    const int32_t child = child_of(node, at, field.key().raw());
    if (child == PathTree::kNone) continue;
    if (const error_code e = take(field.value(), child)) return e;
  }
  return simdjson::SUCCESS;
}

inline int32_t JsonDecoder::child_of(PathTree::Node& node, size_t at, const char* key) {
  if (at < node.order.size()) [[likely]] {
    const PathTree::Node::Remembered& known = node.order[at];
    if (!known.raw.empty() && std::memcmp(key, known.raw.data(), known.raw.size()) == 0) {
      return known.child;
    }
  }
  return look_up(node, at, key);
}

int32_t JsonDecoder::look_up(PathTree::Node& node, size_t at, const char* key) {
  const char* end = key;
  bool escaped = false;
  while (end < record_end_ && *end != '"') {
    if (*end == '\\') {
      escaped = true;
      ++end;
    }
    ++end;
  }
  if (end >= record_end_) return PathTree::kNone;  // the walk meets the same broken end
  const std::string_view raw(key, static_cast<size_t>(end - key));
  if (escaped) {
    const auto name = unescaped(std::string_view(key - 1, raw.size() + 2));
    return name ? node.find(*name) : PathTree::kNone;
  }
  const int32_t child = node.find(raw);
  constexpr size_t kMaxRemembered = 4096;
  if (at >= kMaxRemembered) return child;
  if (at >= node.order.size()) node.order.resize(at + 1);
  PathTree::Node::Remembered& known = node.order[at];
  known.child = child;
  known.raw.clear();
  if (raw.size() < kMaxRememberedKey) known.raw.assign(key, raw.size() + 1);
  return child;
}

error_code JsonDecoder::walk_array(ondemand::array array, int32_t node_index) {
  uint64_t index = 0;
  for (auto element : array) {
    ondemand::value value;
    if (const error_code e = element.get(value)) return e;
    const int32_t child = tree_.node(node_index).find(index++);
    if (child == PathTree::kNone) continue;
    if (const error_code e = take(value, child)) return e;
  }
  return simdjson::SUCCESS;
}

error_code JsonDecoder::take(ondemand::value value, int32_t node_index) {
  const PathTree::Node& node = tree_.node(node_index);
  const std::string_view token = value.raw_json_token();
  switch (token.empty() ? '\0' : token[0]) {
    case '"': return take_string(token, node);
    case '{': return take_container(value, node_index, true);
    case '[': return take_container(value, node_index, false);
    case 't':
    case 'f':
    case 'n': return take_literal(trimmed(token), node);
    default: break;
  }
  const char* end = token.empty() ? nullptr : number_end(token.data());
  if (!end || !ends_token(end, token.data() + token.size())) return simdjson::NUMBER_ERROR;
  const std::string_view number(token.data(), static_cast<size_t>(end - token.data()));
  for (const uint32_t column : node.columns) append(column, ScalarKind::kNumber, number);
  return simdjson::SUCCESS;
}

error_code JsonDecoder::take_container(ondemand::value value, int32_t node_index, bool is_object) {
  const PathTree::Node& node = tree_.node(node_index);
  if (node.columns.empty()) {
    if (is_object && !node.keys.empty()) {
      ondemand::object object;
      if (const error_code e = value.get_object().get(object)) return e;
      return walk_object(object, node_index);
    }
    if (!is_object && !node.indexes.empty()) {
      ondemand::array array;
      if (const error_code e = value.get_array().get(array)) return e;
      return walk_array(array, node_index);
    }
    return simdjson::SUCCESS;
  }
  std::string_view json;
  if (is_object) {
    ondemand::object object;
    if (const error_code e = value.get_object().get(object)) return e;
    if (const error_code e = object.raw_json().get(json)) return e;
  } else {
    ondemand::array array;
    if (const error_code e = value.get_array().get(array)) return e;
    if (const error_code e = array.raw_json().get(json)) return e;
  }
  json = trimmed(json);
  for (const uint32_t column : node.columns) append_json(column, json);
  return node.has_children() ? take_again(json, node_index) : simdjson::SUCCESS;
}

// A value that is wanted whole and in parts: the parts come from a second pass over its text.
error_code JsonDecoder::take_again(std::string_view json, int32_t node_index) {
  ondemand::parser parser;
  ondemand::document document;
  const simdjson::padded_string_view padded(json.data(), json.size(),
                                            json.size() + simdjson::SIMDJSON_PADDING);
  if (const error_code e = parser.iterate(padded).get(document)) return e;
  if (json[0] == '{') {
    ondemand::object object;
    if (const error_code e = document.get_object().get(object)) return e;
    return walk_object(object, node_index);
  }
  ondemand::array array;
  if (const error_code e = document.get_array().get(array)) return e;
  return walk_array(array, node_index);
}

error_code JsonDecoder::take_string(std::string_view token, const PathTree::Node& node) {
  while (token.size() > 1 && token.back() != '"') token.remove_suffix(1);
  if (token.size() < 2) return simdjson::STRING_ERROR;
  std::string_view text = token.substr(1, token.size() - 2);
  bool has_nul = false;
  if (!text.empty() && std::memchr(text.data(), '\\', text.size())) [[unlikely]] {
    const auto plain = unescaped(token);
    if (!plain) return simdjson::STRING_ERROR;
    text = *plain;
    has_nul = text.find('\0') != std::string_view::npos;
  }
  for (const uint32_t column : node.columns) {
    if (output_.column(column).field.type.id == TypeId::kJsonb) {
      append_json(column, token);
    } else if (has_nul) {
      set_error(&error_, "22P05", "unsupported Unicode escape sequence: \\u0000 cannot be text");
      output_.open(column);
      output_.bad_value(column, error_);
    } else {
      append(column, ScalarKind::kText, text);
    }
  }
  return simdjson::SUCCESS;
}

error_code JsonDecoder::take_literal(std::string_view token, const PathTree::Node& node) {
  if (token == "null") {
    for (const uint32_t column : node.columns) output_.open(column).append_null();
    return simdjson::SUCCESS;
  }
  if (token == "true" || token == "false") {
    for (const uint32_t column : node.columns) append(column, ScalarKind::kBool, token);
    return simdjson::SUCCESS;
  }
  return token[0] == 'n' ? simdjson::N_ATOM_ERROR
                         : (token[0] == 't' ? simdjson::T_ATOM_ERROR : simdjson::F_ATOM_ERROR);
}

inline void JsonDecoder::append(uint32_t column, ScalarKind kind, std::string_view text) {
  if (!append_scalar(output_.open(column), output_.column(column), kind, text, &error_)) {
    output_.bad_value(column, error_);
  }
}

void JsonDecoder::append_json(uint32_t column, std::string_view json) {
  ColumnBuilder& builder = output_.open(column);
  const TypeId type = builder.type().id;
  bool ok = true;
  if (too_deep(json)) {
    set_error(&error_, "54001", fmt::format("JSON is nested more than {} deep", kMaxNesting));
    ok = false;
  } else if (type == TypeId::kJsonb) {
    ok = append_parsed(builder, json, &error_);
  } else if (is_array_id(type) && json[0] == '[') {
    ok = append_json_array(builder, output_.column(column), json, &error_);
  } else if (type == TypeId::kText) {
    ok = append_scalar(builder, output_.column(column), ScalarKind::kText, json, &error_);
  } else {
    set_error(&error_, "22P02",
              fmt::format("a JSON {} is no {}", json[0] == '{' ? "object" : "array",
                          builder.type().name()));
    ok = false;
  }
  if (!ok) output_.bad_value(column, error_);
}

std::optional<std::string_view> JsonDecoder::unescaped(std::string_view token) {
  if (scratch_.size() < token.size() + simdjson::SIMDJSON_PADDING) {
    scratch_.resize(2 * token.size() + simdjson::SIMDJSON_PADDING);
  }
  auto* out = reinterpret_cast<uint8_t*>(scratch_.data());
  const ondemand::raw_json_string raw(reinterpret_cast<const uint8_t*>(token.data()) + 1);
  std::string_view text;
  if (parser_.unescape(raw, out).get(text)) return std::nullopt;
  return text;
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(const DecoderOptions& options) {
  PathTree tree = TRY(PathTree::make(options.columns));
  return std::unique_ptr<Decoder>(std::make_unique<JsonDecoder>(options, std::move(tree)));
}

}  // namespace weir::codec
