// Containment and existence in jsonb. An object contains one whose members it has, with values that
// contain the other's; an array contains another whose elements it has each, in whatever order and
// number; at the top a scalar counts as an array of itself, but never the other way round.
#include "data/array.h"
#include "data/jsonb.h"
#include "data/text_form.h"
#include "expr/json_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

bool value_contains(std::string_view whole, std::string_view part);

bool has_element(const std::vector<std::string_view>& elements, std::string_view part) {
  return std::any_of(elements.begin(), elements.end(),
                     [&](std::string_view element) { return value_contains(element, part); });
}

bool array_contains(std::string_view whole, std::span<const std::string_view> parts) {
  const std::vector<std::string_view> elements = jsonb_elements(whole);
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return has_element(elements, part); });
}

bool object_contains(std::string_view whole, std::string_view part) {
  const std::vector<JsonbMember> members = jsonb_members(whole);
  for (const JsonbMember& wanted : jsonb_members(part)) {
    const auto found =
        std::find_if(members.begin(), members.end(),
                     [&](const JsonbMember& member) { return member.name == wanted.name; });
    if (found == members.end() || !value_contains(found->value, wanted.value)) return false;
  }
  return true;
}

bool value_contains(std::string_view whole, std::string_view part) {
  const JsonKind kind = json_kind(whole);
  if (kind != json_kind(part)) return false;
  if (kind == JsonKind::kObject) return object_contains(whole, part);
  if (kind == JsonKind::kArray) return array_contains(whole, jsonb_elements(part));
  return compare_jsonb(whole, part) == 0;
}

// ?| and ?&: any or all of the keys; NULL elements do not count.
template <bool kAll>
ColumnPtr has_keys(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
    const Array keys = read_array(c.args[1]->type(), c.args[1]->text(i));
    for (uint32_t k = 0; k < keys.size(); ++k) {
      if (keys.elements->is_null(k)) continue;
      if (json_has_key(c.args[0]->text(i), keys.elements->text(k)) != kAll) return !kAll;
    }
    return kAll;
  });
}

ColumnPtr has_key(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
    return json_has_key(c.args[0]->text(i), c.args[1]->text(i));
  });
}

template <size_t kWhole>
ColumnPtr contains(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
    return json_contains(c.args[kWhole]->text(i), c.args[1 - kWhole]->text(i));
  });
}

}  // namespace

bool json_contains(std::string_view whole, std::string_view part) {
  if (is_scalar(part) && json_kind(whole) == JsonKind::kArray) {
    return array_contains(whole, std::span(&part, 1));
  }
  return value_contains(whole, part);
}

bool json_has_key(std::string_view json, std::string_view key) {
  switch (json_kind(json)) {
    case JsonKind::kObject: {
      const std::vector<JsonbMember> members = jsonb_members(json);
      return std::any_of(members.begin(), members.end(),
                         [&](const JsonbMember& member) { return member.name == key; });
    }
    case JsonKind::kArray: {
      const std::string wanted = json_quoted(key);
      const std::vector<std::string_view> elements = jsonb_elements(json);
      return std::find(elements.begin(), elements.end(), wanted) != elements.end();
    }
    default: return json == json_quoted(key);
  }
}

void add_json_containment(FunctionList& out) {
  JsonFunctions add(out, kBool);
  add("@>", {kJsonb, kJsonb}, contains<0>, "contains the other's members and elements");
  add("<@", {kJsonb, kJsonb}, contains<1>, "is contained in");
  add("?", {kJsonb, kText}, has_key, "whether it has the key or element");
  add("?|", {kJsonb, array_id(kText)}, has_keys<false>, "has any of the keys or elements");
  add("?&", {kJsonb, array_id(kText)}, has_keys<true>, "has all of the keys or elements");
}

}  // namespace weir::expr
