// Items and steps; predicates are in jsonpath_predicates.cc. In lax mode arrays unwrap where a
// member, a filter or a number is asked for, what is no array counts as an array of itself, and
// what is not there has no items.
#include "expr/jsonpath_evaluation.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "data/calendar.h"
#include "data/jsonb.h"
#include "data/text_form.h"

namespace weir::expr {

using enum PathKind;

PathWalk::PathWalk(const JsonPath& path, std::string_view document, std::string_view variables,
                   bool zones)
    : path_(path),
      root_{document},
      variables_(variables),
      zones_(zones),
      lax_(!path.strict),
      forgives_(!path.strict) {}

bool PathWalk::run(Items* items) {
  if (!variables_.empty() && json_kind(variables_) != JsonKind::kObject) {
    return fail_lasting("22023", "\"vars\" argument is not an object");
  }
  return evaluate(path_.root, root_, items);
}

bool PathWalk::fail(const char* sqlstate, std::string message) {
  if (!error_.sqlstate) error_ = {sqlstate, std::move(message)};
  return false;
}

bool PathWalk::fail_lasting(const char* sqlstate, std::string message) {
  error_ = {sqlstate, std::move(message)};
  hard_ = true;
  return false;
}

bool PathWalk::out_of_shape(const char* sqlstate, const char* message) {
  return forgives_ || fail(sqlstate, message);
}

std::string_view PathWalk::keep(std::string text) {
  kept_.push_back(std::move(text));
  return kept_.back();
}

PathItem PathWalk::number(const Decimal& value) { return {keep(value.to_string())}; }

bool PathWalk::evaluate(const PathNode& node, const PathItem& current, Items* out) {
  if (hard_) return false;
  if (node.is_predicate()) {
    const Truth truth = predicate(node, current);
    if (hard_) return false;
    const std::string_view json = truth == Truth::kTrue    ? "true"
                                  : truth == Truth::kFalse ? "false"
                                                           : "null";
    return go_on({node.steps}, {json}, out);
  }
  if (node.kind >= kAdd && node.kind <= kModulo) return binary(node, current, out);
  if (node.kind == kPlus || node.kind == kMinus) return sign(node, current, out);
  return primary(node, current, out);
}

bool PathWalk::primary(const PathNode& node, const PathItem& current, Items* out) {
  const Steps steps{node.steps};
  switch (node.kind) {
    case kRoot: return go_on(steps, root_, out);
    case kCurrent: return go_on(steps, current, out);
    case kVariable: return variable(node, out);
    case kLast: return go_on(steps, number(Decimal::from_int(last_)), out);
    case kTrue: return go_on(steps, {"true"}, out);
    case kFalse: return go_on(steps, {"false"}, out);
    case kNumber: return go_on(steps, number(node.number), out);
    case kString: return go_on(steps, {keep(json_quoted(node.text))}, out);
    default: return go_on(steps, {"null"}, out);
  }
}

bool PathWalk::variable(const PathNode& node, Items* out) {
  if (variables_.empty()) return go_on({node.steps}, {"null"}, out);
  for (const JsonbMember& member : jsonb_members(variables_)) {
    if (member.name == node.text) return go_on({node.steps}, {member.value}, out);
  }
  return fail_lasting("42704", fmt::format("could not find jsonpath variable \"{}\"", node.text));
}

namespace {

const char* symbol_of(PathKind kind) {
  switch (kind) {
    case kAdd:
    case kPlus: return "+";
    case kSubtract:
    case kMinus: return "-";
    case kMultiply: return "*";
    case kDivide: return "/";
    default: return "%";
  }
}

std::optional<Decimal> calculate(PathKind kind, const Decimal& a, const Decimal& b) {
  switch (kind) {
    case kAdd: return Decimal::add(a, b);
    case kSubtract: return Decimal::sub(a, b);
    case kMultiply: return Decimal::mul(a, b);
    case kDivide: return Decimal::div(a, b);
    default: return Decimal::mod(a, b);
  }
}

bool is_number(const PathItem& item) {
  return item.time == TypeId::kUnknown && json_kind(item.json) == JsonKind::kNumber;
}

bool is_array(const PathItem& item) { return json_kind(item.json) == JsonKind::kArray; }

}  // namespace

PathWalk::Items PathWalk::unwrapped(Items items) const {
  if (!lax_ || std::none_of(items.begin(), items.end(), is_array)) return items;
  Items out;
  for (const PathItem& item : items) {
    if (!is_array(item)) out.push_back(item);
    for (const std::string_view element : jsonb_elements(item.json)) out.push_back({element});
  }
  return out;
}

std::optional<Decimal> PathWalk::operand(const PathNode& node, size_t side,
                                         const PathItem& current) {
  Items items;
  if (!evaluate(node.args[side], current, &items)) return std::nullopt;
  items = unwrapped(std::move(items));
  if (items.size() == 1 && is_number(items[0])) {
    const std::optional<Decimal> value = Decimal::parse(items[0].json);
    if (!value) fail("22003", "numeric field overflow");
    return value;
  }
  fail("22038", fmt::format("{} operand of jsonpath operator {} is not a single numeric value",
                            side == 0 ? "left" : "right", symbol_of(node.kind)));
  return std::nullopt;
}

bool PathWalk::binary(const PathNode& node, const PathItem& current, Items* out) {
  const std::optional<Decimal> left = operand(node, 0, current);
  if (!left) return false;
  const std::optional<Decimal> right = operand(node, 1, current);
  if (!right) return false;
  if ((node.kind == kDivide || node.kind == kModulo) && right->is_zero()) {
    return fail("22012", "division by zero");
  }
  const std::optional<Decimal> result = calculate(node.kind, *left, *right);
  if (!result) return fail("22003", "numeric field overflow");
  return go_on({node.steps}, number(*result), out);
}

bool PathWalk::sign(const PathNode& node, const PathItem& current, Items* out) {
  Items items;
  if (!evaluate(node.args[0], current, &items)) return false;
  for (const PathItem& item : unwrapped(std::move(items))) {
    if (!is_number(item)) {
      return fail("2203B", fmt::format("operand of unary jsonpath operator {} is not a numeric "
                                       "value", symbol_of(node.kind)));
    }
    const std::optional<Decimal> value = Decimal::parse(item.json);
    if (!value) return fail("22003", "numeric field overflow");
    const PathItem result = node.kind == kMinus ? number(value->negate()) : item;
    if (!go_on({node.steps}, result, out)) return false;
  }
  return true;
}

bool PathWalk::go_on(Steps steps, const PathItem& item, Items* out) {
  if (!steps.done()) return step(steps, item, lax_, out);
  out->push_back(item);
  return true;
}

bool PathWalk::step(Steps steps, const PathItem& item, bool unwrap, Items* out) {
  switch (steps.node().kind) {
    case kMember: return member(steps, item, unwrap, out);
    case kAnyMember: return any_member(steps, item, unwrap, out);
    case kAnyElement: return any_element(steps, item, out);
    case kSubscripts: return subscripts(steps, item, out);
    case kAnyLevel: return levels(steps, item, out);
    case kFilter: return filter(steps, item, unwrap, out);
    default: return method(steps, item, unwrap, out);
  }
}

// The same step of each element, whose own arrays stay whole.
bool PathWalk::each_element(Steps steps, const PathItem& array, Items* out) {
  for (const std::string_view element : jsonb_elements(array.json)) {
    if (!step(steps, {element}, false, out)) return false;
  }
  return true;
}

bool PathWalk::member(Steps steps, const PathItem& item, bool unwrap, Items* out) {
  if (json_kind(item.json) == JsonKind::kObject) {
    for (const JsonbMember& m : jsonb_members(item.json)) {
      if (m.name == steps.node().text) return go_on(steps.next(), {m.value}, out);
    }
    if (forgives_) return true;
    return fail("2203A", fmt::format("JSON object does not contain key \"{}\"",
                                     steps.node().text));
  }
  if (unwrap && is_array(item)) return each_element(steps, item, out);
  return out_of_shape("2203A", "jsonpath member accessor can only be applied to an object");
}

bool PathWalk::any_member(Steps steps, const PathItem& item, bool unwrap, Items* out) {
  if (json_kind(item.json) == JsonKind::kObject) {
    for (const JsonbMember& m : jsonb_members(item.json)) {
      if (!go_on(steps.next(), {m.value}, out)) return false;
    }
    return true;
  }
  if (unwrap && is_array(item)) return each_element(steps, item, out);
  return out_of_shape("2203C",
                      "jsonpath wildcard member accessor can only be applied to an object");
}

bool PathWalk::any_element(Steps steps, const PathItem& item, Items* out) {
  if (!is_array(item)) {
    if (lax_) return go_on(steps.next(), item, out);
    return out_of_shape("22039",
                        "jsonpath wildcard array accessor can only be applied to an array");
  }
  for (const std::string_view element : jsonb_elements(item.json)) {
    if (!go_on(steps.next(), {element}, out)) return false;
  }
  return true;
}

std::optional<int64_t> PathWalk::subscript(const PathNode& node, const PathItem& item) {
  Items items;
  if (!evaluate(node, item, &items)) return std::nullopt;
  if (items.size() != 1 || !is_number(items[0])) {
    fail("22033", "jsonpath array subscript is not a single numeric value");
    return std::nullopt;
  }
  const std::optional<Decimal> value = Decimal::parse(items[0].json);
  const std::optional<Decimal> whole = value ? value->trunc_to(0) : std::nullopt;
  const std::optional<int64_t> index = whole ? whole->to_int64() : std::nullopt;
  if (index && *index >= INT32_MIN && *index <= INT32_MAX) return index;
  fail("22033", "jsonpath array subscript is out of integer range");
  return std::nullopt;
}

bool PathWalk::subscripts(Steps steps, const PathItem& item, Items* out) {
  if (!is_array(item) && !lax_) {
    return out_of_shape("22039", "jsonpath array accessor can only be applied to an array");
  }
  std::vector<std::string_view> elements{item.json};
  if (is_array(item)) elements = jsonb_elements(item.json);
  const auto size = static_cast<int64_t>(elements.size());
  const int64_t outer_last = std::exchange(last_, size - 1);
  bool good = true;
  const std::vector<PathNode>& bounds = steps.node().args;
  for (size_t i = 0; good && i < bounds.size(); i += 2) {
    const std::optional<int64_t> from = subscript(bounds[i], item);
    const bool one = bounds[i + 1].kind == kNull && bounds[i + 1].steps.empty();
    const std::optional<int64_t> to = one || !from ? from : subscript(bounds[i + 1], item);
    if (!to) {
      good = false;
      break;
    }
    if (*from < 0 || *from > *to || *to >= size) {
      good = out_of_shape("22033", "jsonpath array subscript is out of bounds");
    }
    for (int64_t k = std::max<int64_t>(*from, 0); good && k <= std::min(*to, size - 1); ++k) {
      const bool itself = !is_array(item);
      good = go_on(steps.next(), itself ? item : PathItem{elements[static_cast<size_t>(k)]}, out);
      last_ = size - 1;
    }
  }
  last_ = outer_last;
  return good;
}

bool PathWalk::levels(Steps steps, const PathItem& item, Items* out) {
  const bool outer = std::exchange(forgives_, true);
  bool good = steps.node().first > 0 || go_on(steps.next(), item, out);
  if (good) good = descend(steps, item, 1, out);
  forgives_ = outer;
  return good;
}

bool PathWalk::descend(Steps steps, const PathItem& item, uint32_t level, Items* out) {
  const uint32_t first = steps.node().first;
  const uint32_t last = steps.node().last;
  std::vector<std::string_view> values = jsonb_elements(item.json);
  for (const JsonbMember& m : jsonb_members(item.json)) values.push_back(m.value);
  if (level > last) return true;
  for (const std::string_view value : values) {
    const bool leaf = first == kLastLevel && last == kLastLevel && is_scalar(value);
    if ((level >= first || leaf) && !go_on(steps.next(), {value}, out)) return false;
    if (level < last && !descend(steps, {value}, level + 1, out)) return false;
  }
  return true;
}

bool PathWalk::filter(Steps steps, const PathItem& item, bool unwrap, Items* out) {
  if (unwrap && is_array(item)) return each_element(steps, item, out);
  const Truth truth = predicate(steps.node().args[0], item);
  if (hard_) return false;
  return truth != Truth::kTrue || go_on(steps.next(), item, out);
}

bool PathWalk::method(Steps steps, const PathItem& item, bool unwrap, Items* out) {
  const std::string& name = steps.node().text;
  if (name == "type") {
    std::string type = json_kind_name(json_kind(item.json));
    if (item.time != TypeId::kUnknown) {
      type = item.time == TypeId::kTime && item.with_zone ? "time with time zone"
                                                          : Type(item.time).name();
    }
    return go_on(steps.next(), {keep(json_quoted(type))}, out);
  }
  if (name == "size") return size(steps, item, out);
  if (unwrap && is_array(item)) return each_element(steps, item, out);
  if (name == "double") return to_double(steps, item, out);
  if (name == "keyvalue") return key_value(steps, item, out);
  if (name == "datetime") return date_time(steps, item, out);
  return number_method(steps, item, out);
}

bool PathWalk::size(Steps steps, const PathItem& item, Items* out) {
  if (!is_array(item) && !lax_) {
    if (forgives_) return true;
    return fail("22039", "jsonpath item method .size() can only be applied to an array");
  }
  const int64_t size =
      is_array(item) ? static_cast<int64_t>(jsonb_elements(item.json).size()) : 1;
  return go_on(steps.next(), number(Decimal::from_int(size)), out);
}

bool PathWalk::number_method(Steps steps, const PathItem& item, Items* out) {
  const std::string& name = steps.node().text;
  const std::optional<Decimal> value =
      is_number(item) ? Decimal::parse(item.json) : std::nullopt;
  if (!value) {
    return fail("22036", fmt::format("jsonpath item method .{}() can only be applied to a numeric "
                                     "value", name));
  }
  if (name == "abs") {
    return go_on(steps.next(), number(value->is_negative() ? value->negate() : *value), out);
  }
  std::optional<Decimal> whole = value->trunc_to(0);
  const std::strong_ordering order = Decimal::compare(*value, *whole);
  if (name == "floor" && order < 0) whole = Decimal::sub(*whole, Decimal::from_int(1));
  if (name == "ceiling" && order > 0) whole = Decimal::add(*whole, Decimal::from_int(1));
  if (!whole) return fail("22003", "numeric field overflow");
  return go_on(steps.next(), number(*whole), out);
}

bool PathWalk::to_double(Steps steps, const PathItem& item, Items* out) {
  const JsonKind kind = json_kind(item.json);
  if (item.time != TypeId::kUnknown || (kind != JsonKind::kNumber && kind != JsonKind::kString)) {
    return fail("22036",
                "jsonpath item method .double() can only be applied to a string or numeric value");
  }
  const Result<Value> parsed = parse_text_form(jsonb_unquoted(item.json), TypeId::kFloat8);
  if (!parsed || !std::isfinite(std::get<double>(parsed->data))) {
    return fail("22036", fmt::format("{} argument of jsonpath item method .double() is not a valid "
                                     "representation of a double precision number",
                                     kind == JsonKind::kNumber ? "numeric" : "string"));
  }
  if (kind == JsonKind::kNumber) return go_on(steps.next(), item, out);
  const std::optional<Decimal> value = Decimal::from_double(std::get<double>(parsed->data));
  if (!value) return fail("22003", "numeric field overflow");
  return go_on(steps.next(), number(*value), out);
}

// Objects of a member each. The id tells from which object: where it stands in the document.
bool PathWalk::key_value(Steps steps, const PathItem& item, Items* out) {
  if (json_kind(item.json) != JsonKind::kObject) {
    return fail("2203C", "jsonpath item method .keyvalue() can only be applied to an object");
  }
  const char* begin = root_.json.data();
  const bool inside = item.json.data() >= begin && item.json.data() < begin + root_.json.size();
  const std::ptrdiff_t id = inside ? item.json.data() - begin : 0;
  for (const JsonbMember& m : jsonb_members(item.json)) {
    const PathItem pair{keep(json_object_of({{"key", json_quoted(m.name)},
                                             {"value", std::string(m.value)},
                                             {"id", std::to_string(id)}}))};
    if (!go_on(steps.next(), pair, out)) return false;
  }
  return true;
}

namespace {

// Whether `text` has the shape: 9 stands for a digit, anything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '9' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

bool is_offset(std::string_view text) {
  if (!text.starts_with('+') && !text.starts_with('-')) return false;
  return has_shape(text.substr(1), "99") || has_shape(text.substr(1), "99:99");
}

// "23:59:59[.123456][+01[:30]]"
bool is_clock(std::string_view text, bool* with_zone) {
  if (!has_shape(text.substr(0, 8), "99:99:99")) return false;
  text.remove_prefix(8);
  if (text.starts_with('.')) {
    const size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (end == 1) return false;
    text.remove_prefix(end);
  }
  *with_zone = !text.empty();
  return text.empty() || is_offset(text);
}

// The type of an ISO date or time; kUnknown: it is none.
TypeId time_type(std::string_view text, bool* with_zone) {
  if (has_shape(text, "9999-99-99")) return TypeId::kDate;
  if (is_clock(text, with_zone)) return TypeId::kTime;
  const bool both = text.size() > 11 && has_shape(text.substr(0, 10), "9999-99-99") &&
                    (text[10] == ' ' || text[10] == 'T') && is_clock(text.substr(11), with_zone);
  if (!both) return TypeId::kUnknown;
  return *with_zone ? TypeId::kTimestamptz : TypeId::kTimestamp;
}

int64_t micros_of(const Value& value) {
  const int64_t number = std::get<int64_t>(value.data);
  return value.type.id == TypeId::kDate ? number * kMicrosPerDay : number;
}

// Seconds of "+01:30" at the end of a time.
int64_t offset_seconds(std::string_view text) {
  const size_t at = text.find_last_of("+-");
  const std::string digits(text.substr(at + 1));
  const int64_t hours = std::stoi(digits.substr(0, 2));
  const int64_t minutes = digits.size() > 2 ? std::stoi(digits.substr(3)) : 0;
  return (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
}

}  // namespace

bool PathWalk::date_time(Steps steps, const PathItem& item, Items* out) {
  if (json_kind(item.json) != JsonKind::kString) {
    return fail("22031", "jsonpath item method .datetime() can only be applied to a string");
  }
  if (!steps.node().args.empty()) {
    return fail_lasting("0A000", "a template of the jsonpath item method .datetime() is not "
                                 "supported");
  }
  const std::string text = jsonb_unquoted(item.json);
  PathItem moment{item.json};
  moment.time = time_type(text, &moment.with_zone);
  const Result<Value> value = moment.time == TypeId::kUnknown
                                  ? parse_text_form("", TypeId::kDate)
                                  : parse_text_form(text, moment.time);
  if (!value) {
    return fail("22031", fmt::format("datetime format is not recognized: \"{}\"", text));
  }
  moment.micros = micros_of(*value);
  std::string form;
  append_json_form(form, *constant_column(*value, 1), 0);
  if (moment.time == TypeId::kTimestamptz) {  // with the offset that it was written with
    const int64_t offset = offset_seconds(text);
    Value local = *value;
    local.type = TypeId::kTimestamp;
    local.data = moment.micros + offset * kMicrosPerSecond;
    form.clear();
    append_json_form(form, *constant_column(local, 1), 0);
  }
  if (moment.with_zone) {
    const int64_t offset = offset_seconds(text);
    form.pop_back();
    form += fmt::format("{}{:02}:{:02}\"", offset < 0 ? '-' : '+', std::abs(offset) / 3600,
                        std::abs(offset) / 60 % 60);
    if (moment.time == TypeId::kTime) moment.micros -= offset * kMicrosPerSecond;
  }
  moment.json = keep(std::move(form));
  return go_on(steps.next(), moment, out);
}

}  // namespace weir::expr
