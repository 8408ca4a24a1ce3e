#include "codec/json_schema.h"

#include <cmath>
#include <map>

#include <fmt/core.h>
#include <simdjson.h>

namespace weir::codec {

namespace {

namespace dom = simdjson::dom;
using Kind = dom::element_type;

constexpr size_t kMaxText = 4 << 20;
constexpr int kMaxDepth = 300;
constexpr uint64_t kSteps = 100'000;     // of a check, and as many for each
constexpr uint64_t kStepsPerByte = 100;  // byte of the record

struct Document {
  dom::parser parser;
  dom::element root;
};
using Documents = std::map<std::string, std::unique_ptr<Document>, std::less<>>;

bool is_number(Kind kind) {
  return kind == Kind::INT64 || kind == Kind::UINT64 || kind == Kind::DOUBLE;
}

double number_of(dom::element value) {
  double out = 0;
  int64_t integer = 0;
  uint64_t natural = 0;
  if (!value.get(integer)) return static_cast<double>(integer);
  if (!value.get(natural)) return static_cast<double>(natural);
  return value.get(out) ? 0 : out;
}

bool is_equal(dom::element a, dom::element b, int depth = 0);

bool is_equal_object(dom::object a, dom::object b, int depth) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    dom::element other;
    if (b[key].get(other) || !is_equal(value, other, depth + 1)) return false;
  }
  return true;
}

bool is_equal_array(dom::array a, dom::array b, int depth) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (const dom::element value : a) {
    if (!is_equal(value, *other, depth + 1)) return false;
    ++other;
  }
  return true;
}

bool is_equal(dom::element a, dom::element b, int depth) {
  if (depth > kMaxDepth) return false;
  if (is_number(a.type()) && is_number(b.type())) {
    if (a.type() == b.type() && a.type() == Kind::INT64) {
      return int64_t(a) == int64_t(b);
    }
    return number_of(a) == number_of(b);
  }
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Kind::STRING: return std::string_view(a) == std::string_view(b);
    case Kind::BOOL: return bool(a) == bool(b);
    case Kind::ARRAY: return is_equal_array(dom::array(a), dom::array(b), depth);
    case Kind::OBJECT: return is_equal_object(dom::object(a), dom::object(b), depth);
    default: return true;
  }
}

bool has_type(dom::element value, std::string_view name) {
  const Kind kind = value.type();
  if (name == "null") return kind == Kind::NULL_VALUE;
  if (name == "boolean") return kind == Kind::BOOL;
  if (name == "string") return kind == Kind::STRING;
  if (name == "array") return kind == Kind::ARRAY;
  if (name == "object") return kind == Kind::OBJECT;
  if (name == "number") return is_number(kind);
  if (name != "integer") return true;
  return kind == Kind::INT64 || kind == Kind::UINT64 ||
         (kind == Kind::DOUBLE && number_of(value) == std::floor(number_of(value)));
}

// 9: a digit; x: a hex digit; anything else: itself, or its other case.
bool looks_like(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool good = pattern[i] == '9'   ? std::isdigit(c) != 0
                      : pattern[i] == 'x' ? std::isxdigit(c) != 0
                                          : std::toupper(c) == pattern[i];
    if (!good) return false;
  }
  return true;
}

int two_digits(std::string_view text, size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

bool is_date(std::string_view text) {
  if (!looks_like(text, "9999-99-99")) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const int month = two_digits(text, 5);
  const int day = two_digits(text, 8);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

// RFC 3339's full-time: 12:30:00.5Z, 12:30:00+01:00.
bool is_time(std::string_view text) {
  constexpr size_t kSeconds = 8;
  if (!looks_like(text.substr(0, kSeconds), "99:99:99")) return false;
  const bool in_range = two_digits(text, 0) < 24 && two_digits(text, 3) < 60 &&
                        two_digits(text, 6) <= 60;
  text.remove_prefix(kSeconds);
  if (text.size() > 1 && text[0] == '.' && std::isdigit(static_cast<unsigned char>(text[1]))) {
    const size_t end = text.find_first_not_of("0123456789", 1);
    text.remove_prefix(std::min(end, text.size()));
  }
  const bool offset = text.size() == 6 && (text[0] == '+' || text[0] == '-') &&
                      looks_like(text.substr(1), "99:99");
  return in_range && (text == "Z" || text == "z" || offset);
}

bool has_format(std::string_view text, std::string_view format) {
  constexpr size_t kDate = 10;
  if (format == "date") return is_date(text);
  if (format == "time") return is_time(text);
  if (format == "uuid") return looks_like(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
  if (format != "date-time") return true;
  return text.size() > kDate && (text[kDate] == 'T' || text[kDate] == 't') &&
         is_date(text.substr(0, kDate)) && is_time(text.substr(kDate + 1));
}

uint64_t characters_of(std::string_view text) {
  uint64_t out = 0;
  for (const char c : text) out += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return out;
}

// The parser refuses integers beyond 64 bits, which JSON allows: as numbers with an exponent they
// are taken.
std::string with_exponents(std::string_view json) {
  constexpr size_t kSafeDigits = 18;
  std::string out;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    out.push_back(c);
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out.push_back(json[++i]);
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && ((c >= '0' && c <= '9') || c == '-')) {
      const size_t end = std::min(json.find_first_not_of("0123456789.eE+-", i), json.size());
      const std::string_view number = json.substr(i, end - i);
      out += number.substr(1);
      const bool plain = number.find_first_of(".eE") == std::string_view::npos;
      if (plain && number.size() > kSafeDigits) out += "e0";
      i = end - 1;
    }
  }
  return out;
}

class Check {
 public:
  Check(const Documents& documents, uint64_t steps) : documents_(documents), steps_(steps) {}
  bool value(dom::element schema, dom::element value, const Document& document);
  const std::string& reason() const { return reason_; }

 private:
  bool keywords(dom::object schema, dom::element value);
  bool keyword(dom::object schema, std::string_view name, dom::element rule, dom::element value);
  bool type(dom::element rule, dom::element value);
  bool one_of_values(dom::element rule, dom::element value);
  bool number(std::string_view name, dom::element rule, dom::element value);
  bool size(std::string_view name, dom::element rule, dom::element value);
  bool required(dom::element rule, dom::element value);
  bool properties(dom::object schema, dom::element rule, dom::element value);
  bool additional(dom::object schema, dom::element rule, dom::element value);
  bool items(dom::object schema, std::string_view name, dom::element rule, dom::element value);
  bool combined(std::string_view name, dom::element rule, dom::element value);
  bool conditional(dom::object schema, dom::element rule, dom::element value);
  bool reference(dom::element rule, dom::element value);
  bool inner(dom::element schema, dom::element value) {
    return this->value(schema, value, *document_);
  }
  bool at(const std::string& step, dom::element schema, dom::element value);
  bool wrong(std::string what) {
    if (reason_.empty()) reason_ = "$" + place_ + ": " + std::move(what);
    return false;
  }

  const Documents& documents_;
  const Document* document_ = nullptr;  // whose schema is in hand
  uint64_t steps_;
  int depth_ = 0;
  bool exhausted_ = false;              // then nothing can be said, whatever "not" makes of it
  std::string place_;
  std::string reason_;
};

bool Check::value(dom::element schema, dom::element value, const Document& document) {
  if (exhausted_ || depth_ >= kMaxDepth || steps_ == 0) {
    exhausted_ = true;
    return wrong("the schema asks for more work than a record may cost");
  }
  --steps_;
  bool allowed = true;
  if (!schema.get(allowed)) return allowed || wrong("nothing is allowed here");
  dom::object rules;
  if (schema.get(rules)) return true;
  ++depth_;
  const Document* outer = std::exchange(document_, &document);
  const bool good = keywords(rules, value);
  document_ = outer;
  --depth_;
  return good && !exhausted_;
}

bool Check::keywords(dom::object schema, dom::element value) {
  for (const auto& [name, rule] : schema) {
    if (!keyword(schema, name, rule, value)) return false;
  }
  return true;
}

bool Check::keyword(dom::object schema, std::string_view name, dom::element rule,
                    dom::element value) {
  if (name == "type") return type(rule, value);
  if (name == "enum" || name == "const") {
    return name == "const" ? is_equal(rule, value) || wrong("not the one value that is allowed")
                           : one_of_values(rule, value);
  }
  if (name == "$ref") return reference(rule, value);
  if (name == "required") return required(rule, value);
  if (name == "properties") return properties(schema, rule, value);
  if (name == "additionalProperties") return additional(schema, rule, value);
  if (name == "items" || name == "prefixItems") return items(schema, name, rule, value);
  if (name == "allOf" || name == "anyOf" || name == "oneOf" || name == "not") {
    return combined(name, rule, value);
  }
  if (name == "if") return conditional(schema, rule, value);
  std::string_view text;
  std::string_view format;
  if (name == "format" && !rule.get(format) && !value.get(text)) {
    return has_format(text, format) || wrong(fmt::format("not of format {}", format));
  }
  return number(name, rule, value) && size(name, rule, value);
}

bool Check::type(dom::element rule, dom::element value) {
  std::string_view name;
  if (!rule.get(name)) return has_type(value, name) || wrong(fmt::format("not of type {}", name));
  dom::array names;
  if (rule.get(names)) return true;
  std::string all;
  for (const dom::element one : names) {
    if (one.get(name)) continue;
    if (has_type(value, name)) return true;
    all += fmt::format("{}{}", all.empty() ? "" : " or ", name);
  }
  return wrong("not of type " + all);
}

bool Check::one_of_values(dom::element rule, dom::element value) {
  dom::array values;
  if (rule.get(values)) return true;
  for (const dom::element one : values) {
    if (is_equal(one, value)) return true;
  }
  return wrong("not one of the values that are allowed");
}

bool Check::number(std::string_view name, dom::element rule, dom::element value) {
  if (!is_number(value.type()) || !is_number(rule.type())) return true;
  const double n = number_of(value);
  const double bound = number_of(rule);
  const bool good = name == "minimum"            ? n >= bound
                    : name == "maximum"          ? n <= bound
                    : name == "exclusiveMinimum" ? n > bound
                    : name == "exclusiveMaximum" ? n < bound
                                                 : true;
  return good || wrong(fmt::format("beyond the {} of {}", name, bound));
}

bool Check::size(std::string_view name, dom::element rule, dom::element value) {
  if (!name.starts_with("min") && !name.starts_with("max")) return true;
  int64_t bound = 0;
  if (rule.get(bound) || bound < 0) return true;
  uint64_t size = 0;
  std::string_view text;
  dom::array list;
  dom::object members;
  if (name.ends_with("Length") && !value.get(text)) {
    size = characters_of(text);
  } else if (name.ends_with("Items") && !value.get(list)) {
    size = list.size();
  } else if (name.ends_with("Properties") && !value.get(members)) {
    size = members.size();
  } else {
    return true;
  }
  const auto limit = static_cast<uint64_t>(bound);
  const bool good = name.starts_with("min") ? size >= limit : size <= limit;
  return good || wrong(fmt::format("beyond the {} of {}", name, limit));
}

bool Check::required(dom::element rule, dom::element value) {
  dom::array names;
  dom::object members;
  if (rule.get(names) || value.get(members)) return true;
  for (const dom::element one : names) {
    std::string_view name;
    dom::element found;
    if (!one.get(name) && members[name].get(found)) {
      return wrong(fmt::format("\"{}\" is missing", name));
    }
  }
  return true;
}

bool Check::at(const std::string& step, dom::element schema, dom::element value) {
  const size_t length = place_.size();
  place_ += step;
  const bool good = inner(schema, value);
  place_.resize(length);
  return good;
}

bool Check::properties(dom::object, dom::element rule, dom::element value) {
  dom::object schemas;
  dom::object members;
  if (rule.get(schemas) || value.get(members)) return true;
  for (const auto& [name, member] : members) {
    dom::element schema;
    if (schemas[name].get(schema)) continue;
    if (!at(fmt::format(".{}", name), schema, member)) return false;
  }
  return true;
}

// Patterns are not looked at: where there are some, they may allow what seems additional.
bool Check::additional(dom::object schema, dom::element rule, dom::element value) {
  dom::element patterns;
  dom::object known;
  dom::object members;
  if (!schema["patternProperties"].get(patterns) || value.get(members)) return true;
  const bool any_known = !schema["properties"].get(known);
  for (const auto& [name, member] : members) {
    dom::element one;
    if (any_known && !known[name].get(one)) continue;
    bool allowed = true;
    if (!rule.get(allowed)) {
      if (!allowed) return wrong(fmt::format("\"{}\" is not allowed", name));
    } else if (!at(fmt::format(".{}", name), rule, member)) {
      return false;
    }
  }
  return true;
}

// A list of schemas: one for each of the first items. One schema: for those behind the list.
bool Check::items(dom::object schema, std::string_view name, dom::element rule,
                  dom::element value) {
  dom::array list;
  if (value.get(list)) return true;
  dom::array schemas;
  const bool each_its_own = !rule.get(schemas);
  size_t begin = 0;
  if (dom::array first; !each_its_own && !schema["prefixItems"].get(first)) begin = first.size();
  if (name == "prefixItems" && !each_its_own) return true;
  size_t i = 0;
  auto own = each_its_own ? schemas.begin() : dom::array::iterator();
  for (const dom::element item : list) {
    const size_t index = i++;
    if (index < begin) continue;
    if (each_its_own && index >= schemas.size()) break;
    const dom::element inner_schema = each_its_own ? *own : rule;
    if (!at(fmt::format("[{}]", index), inner_schema, item)) return false;
    if (each_its_own) ++own;
  }
  return true;
}

bool Check::combined(std::string_view name, dom::element rule, dom::element value) {
  if (name == "not") {
    const std::string reason = reason_;
    const bool fits = inner(rule, value);
    if (!exhausted_) reason_ = reason;
    return !fits ? !exhausted_ : wrong("what \"not\" says");
  }
  dom::array schemas;
  if (rule.get(schemas)) return true;
  const std::string reason = reason_;
  size_t fitting = 0;
  for (const dom::element schema : schemas) {
    if (inner(schema, value)) {
      ++fitting;
      if (name == "anyOf") break;
    } else if (exhausted_ || name == "allOf") {
      return false;
    }
  }
  const bool good = name == "allOf" || (name == "anyOf" ? fitting > 0 : fitting == 1);
  reason_ = reason;
  return good || wrong(fmt::format("{} of {}'s schemas fit", fitting, name));
}

bool Check::conditional(dom::object schema, dom::element rule, dom::element value) {
  const std::string reason = reason_;
  const bool fits = inner(rule, value);
  if (exhausted_) return false;
  reason_ = reason;
  dom::element then;
  if (schema[fits ? "then" : "else"].get(then)) return true;
  return inner(then, value);
}

// "#", "#/definitions/line", "common.json", "common.json#/definitions/line".
bool Check::reference(dom::element rule, dom::element value) {
  std::string_view name;
  if (rule.get(name)) return true;
  const size_t hash = std::min(name.find('#'), name.size());
  const Document* document = document_;
  if (hash > 0) {
    const auto found = documents_.find(name.substr(0, hash));
    if (found == documents_.end()) return wrong(fmt::format("there is no schema \"{}\"", name));
    document = found->second.get();
  }
  dom::element schema = document->root;
  const std::string_view pointer = name.substr(std::min(hash + 1, name.size()));
  if (!pointer.empty() && document->root.at_pointer(pointer).get(schema)) {
    return wrong(fmt::format("there is no schema \"{}\"", name));
  }
  return this->value(schema, value, *document);
}

}  // namespace

struct JsonSchema::Parts {
  Documents documents;  // by the names that references use; the schema itself: ""
  dom::parser parser;   // of records
  const Document* root = nullptr;

  Status add(const std::string& name, std::string_view text) {
    auto document = std::make_unique<Document>();
    const bool too_long = text.size() > kMaxText;
    if (too_long || document->parser.parse(text.data(), text.size()).get(document->root)) {
      return Error(ErrorKind::kInvalidData, 1845,
                   fmt::format("invalid JSON Schema: {}", too_long ? "longer than 4 MiB"
                                                                  : "it is no JSON"));
    }
    const Kind kind = document->root.type();
    if (kind != Kind::OBJECT && kind != Kind::BOOL) {
      return Error(ErrorKind::kInvalidData, 1845,
                   fmt::format("invalid JSON Schema: {}", "it is neither an object nor a boolean"));
    }
    root = (documents[name] = std::move(document)).get();
    return {};
  }
};

JsonSchema::JsonSchema(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
JsonSchema::~JsonSchema() = default;

Result<std::unique_ptr<JsonSchema>> JsonSchema::parse(std::string_view text,
                                                      const std::vector<NamedSchema>& references) {
  auto parts = std::make_unique<Parts>();
  for (const NamedSchema& reference : references) {
    TRY_VOID(parts->add(reference.name, reference.text));
  }
  TRY_VOID(parts->add("", text));
  return std::unique_ptr<JsonSchema>(new JsonSchema(std::move(parts)));  // NOLINT
}

std::optional<std::string> JsonSchema::check(std::string_view json) {
  dom::element value;
  auto failure = parts_->parser.parse(json.data(), json.size()).get(value);
  if (failure == simdjson::NUMBER_ERROR) {
    failure = parts_->parser.parse(with_exponents(json)).get(value);
  }
  if (failure) {
    return fmt::format("it is no JSON: {}", simdjson::error_message(failure));
  }
  Check check(parts_->documents, kSteps + kStepsPerByte * json.size());
  if (check.value(parts_->root->root, value, *parts_->root)) return std::nullopt;
  return check.reason();
}

}  // namespace weir::codec
