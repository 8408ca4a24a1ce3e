// jsonb with parts put in, replaced or taken out. Paths are arrays of text: a step into an object
// is a name, a step into an array an index, from the end where it is negative.
#include <charconv>

#include <fmt/core.h>

#include "data/array.h"
#include "data/jsonb.h"
#include "data/text_form.h"
#include "expr/json_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

std::vector<MemberText> member_texts(std::string_view json) {
  std::vector<MemberText> out;
  for (JsonbMember& m : jsonb_members(json)) {
    out.push_back({std::move(m.name), std::string(m.value)});
  }
  return out;
}

std::vector<std::string> element_texts(std::string_view json) {
  const std::vector<std::string_view> elements = jsonb_elements(json);
  return {elements.begin(), elements.end()};
}

// What is not an array counts as an array of itself, unless both are objects.
std::string concatenated(std::string_view a, std::string_view b) {
  if (json_kind(a) == JsonKind::kObject && json_kind(b) == JsonKind::kObject) {
    std::vector<MemberText> members = member_texts(a);
    for (MemberText& member : member_texts(b)) members.push_back(std::move(member));
    return json_object_of(std::move(members));
  }
  std::vector<std::string> elements;
  for (const std::string_view side : {a, b}) {
    if (json_kind(side) != JsonKind::kArray) {
      elements.emplace_back(side);
      continue;
    }
    for (std::string& element : element_texts(side)) elements.push_back(std::move(element));
  }
  return json_array_of(elements);
}

// Without the member, or the elements that are the string.
std::string without_key(std::string_view json, std::string_view key) {
  if (json_kind(json) == JsonKind::kObject) {
    std::vector<MemberText> members = member_texts(json);
    std::erase_if(members, [&](const MemberText& member) { return member.name == key; });
    return json_object_of(std::move(members));
  }
  std::vector<std::string> elements = element_texts(json);
  std::erase(elements, json_quoted(key));
  return json_array_of(elements);
}

bool refuse_scalar(std::string_view json, const char* what, Row& row) {
  if (!is_scalar(json)) return false;
  row.fail("22023", fmt::format("cannot {} scalar", what));
  return true;
}

ColumnPtr concat_kernel(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    out = concatenated(c.args[0]->text(i), c.args[1]->text(i));
  });
}

ColumnPtr delete_key(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view json = c.args[0]->text(i);
    if (!refuse_scalar(json, "delete from", row)) out = without_key(json, c.args[1]->text(i));
  });
}

ColumnPtr delete_keys(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Array keys = read_array(c.args[1]->type(), c.args[1]->text(i));
    if (keys.lengths.size() > 1) return row.fail("2202E", "wrong number of array subscripts");
    out = c.args[0]->text(i);
    if (refuse_scalar(out, "delete from", row)) return;
    for (uint32_t k = 0; k < keys.size(); ++k) {
      if (!keys.elements->is_null(k)) out = without_key(out, keys.elements->text(k));
    }
  });
}

ColumnPtr delete_index(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view json = c.args[0]->text(i);
    if (refuse_scalar(json, "delete from", row)) return;
    if (json_kind(json) == JsonKind::kObject) {
      return row.fail("22023", "cannot delete from object using integer index");
    }
    std::vector<std::string> elements = element_texts(json);
    int64_t at = c.args[1]->value<int32_t>(i);
    if (at < 0) at += static_cast<int64_t>(elements.size());
    const bool there = at >= 0 && at < static_cast<int64_t>(elements.size());
    if (there) elements.erase(elements.begin() + at);
    out = json_array_of(elements);
  });
}

enum class Change : uint8_t { kReplace, kCreate, kInsertBefore, kInsertAfter, kDelete };

// One value changed at the end of a path; what is not there stays as it is, but for a last step
// that creates or inserts.
class PathChange {
 public:
  PathChange(const Array& path, Change change, std::string_view value, Row& row)
      : path_(path), change_(change), value_(value), row_(row) {}

  std::string at(std::string_view json, uint32_t level) {
    if (row_.failed()) return {};
    if (path_.elements->is_null(level)) {
      row_.fail("22004", fmt::format("path element at position {} is null", level + 1));
      return {};
    }
    if (is_scalar(json)) return std::string(json);
    const std::string_view step = path_.elements->text(level);
    return json_kind(json) == JsonKind::kObject ? in_object(json, step, level)
                                                : in_array(json, step, level);
  }

 private:
  bool is_last(uint32_t level) const { return level + 1 == path_.size(); }
  bool inserts() const {
    return change_ == Change::kInsertBefore || change_ == Change::kInsertAfter;
  }
  bool adds(uint32_t level) const {
    return is_last(level) && (inserts() || change_ == Change::kCreate);
  }

  std::string in_object(std::string_view json, std::string_view name, uint32_t level) {
    std::vector<MemberText> members = member_texts(json);
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const MemberText& member) { return member.name == name; });
    if (found == members.end()) {
      if (adds(level)) members.push_back({std::string(name), value_});
    } else if (!is_last(level)) {
      found->value = at(found->value, level + 1);
    } else if (change_ == Change::kDelete) {
      members.erase(found);
    } else if (inserts()) {
      row_.fail("22023", "cannot replace existing key");
    } else {
      found->value = value_;
    }
    return json_object_of(std::move(members));
  }

  std::string in_array(std::string_view json, std::string_view step, uint32_t level) {
    int64_t index = 0;
    if (!read_index(step, level, &index)) return {};
    std::vector<std::string> elements = element_texts(json);
    const auto size = static_cast<int64_t>(elements.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) {
      if (adds(level)) elements.insert(index < 0 ? elements.begin() : elements.end(), value_);
      return json_array_of(elements);
    }
    const auto place = elements.begin() + index;
    if (!is_last(level)) {
      *place = at(*place, level + 1);
    } else if (change_ == Change::kDelete) {
      elements.erase(place);
    } else if (inserts()) {
      elements.insert(place + (change_ == Change::kInsertAfter), value_);
    } else {
      *place = value_;
    }
    return json_array_of(elements);
  }

  bool read_index(std::string_view step, uint32_t level, int64_t* index) {
    const size_t blanks = std::min(step.find_first_not_of(" \t\n"), step.size());
    const size_t sign = blanks + (step.substr(blanks).starts_with('+') ? 1 : 0);
    const char* end = step.data() + step.size();
    int32_t value = 0;
    const auto parsed = std::from_chars(step.data() + sign, end, value);
    *index = value;
    if (parsed.ec == std::errc() && parsed.ptr == end) return true;
    row_.fail("22P02", fmt::format("path element at position {} is not an integer: \"{}\"",
                                   level + 1, step));
    return false;
  }

  const Array& path_;
  const Change change_;
  const std::string value_;
  Row& row_;
};

struct PathCall {
  std::string_view json;
  const Column& paths;
  std::string_view value;
  Change change = Change::kReplace;
};

void change_at_path(const PathCall& call, uint32_t i, Row& row, std::string& out) {
  const Array path = read_array(call.paths.type(), call.paths.text(i));
  if (path.lengths.size() > 1) return row.fail("2202E", "wrong number of array subscripts");
  if (refuse_scalar(call.json, call.change == Change::kDelete ? "delete path in" : "set path in",
                    row)) {
    return;
  }
  out = call.json;
  const bool adds = call.change != Change::kReplace && call.change != Change::kDelete;
  const bool empty = call.json == "{}" || call.json == "[]";
  if (path.size() == 0 || (empty && !adds)) return;
  out = PathChange(path, call.change, call.value, row).at(call.json, 0);
}

bool flag_of(const KernelCall& c, size_t argument, uint32_t i, bool otherwise) {
  return c.args.size() > argument ? c.args[argument]->value<uint8_t>(i) != 0 : otherwise;
}

ColumnPtr set_kernel(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Change change = flag_of(c, 3, i, true) ? Change::kCreate : Change::kReplace;
    change_at_path({c.args[0]->text(i), *c.args[1], c.args[2]->text(i), change}, i, row, out);
  });
}

ColumnPtr insert_kernel(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Change change = flag_of(c, 3, i, false) ? Change::kInsertAfter : Change::kInsertBefore;
    change_at_path({c.args[0]->text(i), *c.args[1], c.args[2]->text(i), change}, i, row, out);
  });
}

ColumnPtr delete_path(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    change_at_path({c.args[0]->text(i), *c.args[1], "", Change::kDelete}, i, row, out);
  });
}

// What jsonb_set_lax does with a new value that is NULL.
void set_null(const KernelCall& c, uint32_t i, Row& row, std::string& out) {
  const std::string_view treatment =
      c.args.size() > 4 ? c.args[4]->text(i) : std::string_view("use_json_null");
  const Change set = flag_of(c, 3, i, true) ? Change::kCreate : Change::kReplace;
  const std::string_view json = c.args[0]->text(i);
  if (treatment == "raise_exception") return row.fail("22004", "JSON value must not be null");
  if (treatment == "return_target") return void(out = json);
  if (treatment == "delete_key") {
    return change_at_path({json, *c.args[1], "", Change::kDelete}, i, row, out);
  }
  if (treatment == "use_json_null") {
    return change_at_path({json, *c.args[1], "null", set}, i, row, out);
  }
  row.fail("22023",
           "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
           "\"raise_exception\"");
}

ColumnPtr set_lax(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i) || c.args[1]->is_null(i)) return row.null();
    if (c.args.size() > 3 && c.args[3]->is_null(i)) return row.null();
    if (c.args.size() > 4 && c.args[4]->is_null(i)) {
      return row.fail("22004", "null_value_treatment must not be NULL");
    }
    if (c.args[2]->is_null(i)) return set_null(c, i, row, out);
    const Change change = flag_of(c, 3, i, true) ? Change::kCreate : Change::kReplace;
    change_at_path({c.args[0]->text(i), *c.args[1], c.args[2]->text(i), change}, i, row, out);
  });
}

// Members that are null go, at every depth; elements stay.
std::string stripped(std::string_view json) {
  if (json_kind(json) == JsonKind::kObject) {
    std::vector<MemberText> members = member_texts(json);
    std::erase_if(members, [](const MemberText& member) { return member.value == "null"; });
    for (MemberText& member : members) member.value = stripped(member.value);
    return json_object_of(std::move(members));
  }
  if (json_kind(json) != JsonKind::kArray) return std::string(json);
  std::vector<std::string> elements = element_texts(json);
  for (std::string& element : elements) element = stripped(element);
  return json_array_of(elements);
}

ColumnPtr strip_nulls(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    out = stripped(c.args[0]->text(i));
  });
}

void put_pretty(std::string_view json, size_t depth, std::string& out) {
  if (is_scalar(json)) return void(out += json);
  const auto line = [&](size_t indent) {
    out += '\n';
    out.append(4 * indent, ' ');
  };
  const bool object = json_kind(json) == JsonKind::kObject;
  bool first = true;
  const auto begin = [&] {
    if (!first) out += ',';
    first = false;
    line(depth + 1);
  };
  out += object ? '{' : '[';
  for (const JsonbMember& member : jsonb_members(json)) {
    begin();
    append_json_string(out, member.name);
    out += ": ";
    put_pretty(member.value, depth + 1, out);
  }
  for (const std::string_view element : jsonb_elements(json)) {
    begin();
    put_pretty(element, depth + 1, out);
  }
  line(depth);
  out += object ? '}' : ']';
}

ColumnPtr pretty(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    put_pretty(c.args[0]->text(i), 0, out);
  });
}

}  // namespace

JsonKind json_kind(std::string_view json) {
  switch (json.empty() ? 'n' : json[0]) {
    case '{': return JsonKind::kObject;
    case '[': return JsonKind::kArray;
    case '"': return JsonKind::kString;
    case 't':
    case 'f': return JsonKind::kBool;
    case 'n': return JsonKind::kNull;
    default: return JsonKind::kNumber;
  }
}

const char* json_kind_name(JsonKind kind) {
  constexpr const char* kNames[] = {"object", "array", "string", "number", "boolean", "null"};
  return kNames[static_cast<size_t>(kind)];
}

std::string json_object_of(std::vector<MemberText> members) {
  std::stable_sort(members.begin(), members.end(), [](const MemberText& a, const MemberText& b) {
    return a.name.size() != b.name.size() ? a.name.size() < b.name.size() : a.name < b.name;
  });
  std::string out = "{";
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i + 1].name == members[i].name) continue;
    if (out.size() > 1) out += ", ";
    append_json_string(out, members[i].name);
    out += ": ";
    out += members[i].value;
  }
  return out + "}";
}

std::string json_array_of(std::span<const std::string> elements) {
  std::string out = "[";
  for (const std::string& element : elements) {
    if (out.size() > 1) out += ", ";
    out += element;
  }
  return out + "]";
}

std::string json_quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void add_json_changes(FunctionList& out) {
  JsonFunctions add(out, kJsonb);
  const Type texts = array_id(kText);
  add("||", {kJsonb, kJsonb}, concat_kernel, "members or elements of both; the latter count");
  add("-", {kJsonb, kText}, delete_key, "without a member, or the elements that are a string");
  add("-", {kJsonb, texts}, delete_keys, "the same for several");
  add("-", {kJsonb, kInt4}, delete_index, "without an element");
  add("#-", {kJsonb, texts}, delete_path, "without what stands at a path");
  for (const bool flag : {false, true}) {
    std::vector<Type> args{kJsonb, texts, kJsonb};
    if (flag) args.emplace_back(kBool);
    add("jsonb_set", args, set_kernel, "a value replaced at a path, or created");
    add("jsonb_insert", args, insert_kernel, "a value inserted before a path, or behind it");
    add("jsonb_set_lax", args, set_lax, "jsonb_set that takes NULL as told");
    out.back().strict = false;
  }
  add("jsonb_set_lax", {kJsonb, texts, kJsonb, kBool, kText}, set_lax,
      "jsonb_set that takes NULL as told");
  out.back().strict = false;
  for (const std::string_view name : {"jsonb_strip_nulls", "json_strip_nulls"}) {
    add(name, {kJsonb}, strip_nulls, "without members that are null");
  }
  add("jsonb_pretty", {kJsonb}, pretty, "on lines, with blanks");
  out.back().result = kText;
}

}  // namespace weir::expr
