#include "data/type_detail.h"

#include <algorithm>
#include <deque>
#include <map>

#include <fmt/core.h>

#include "base/bytes.h"

namespace weir {

namespace {

constexpr uint32_t kGap = 1 << 16;
constexpr size_t kLongestLabel = 63;

std::string value_of(uint32_t place, std::string_view label) {
  std::string value;
  ByteWriter(value).be(place);
  value += label;
  return value;
}

uint32_t place_of(std::string_view value) {
  ByteReader reader(value);
  return reader.be<uint32_t>();
}

// The value of a label; empty: there is none.
std::string find_in(const std::vector<std::string>& values, std::string_view label) {
  const auto at = std::find_if(values.begin(), values.end(), [&](const std::string& value) {
    return enum_label(value) == label;
  });
  return at == values.end() ? "" : *at;
}

// All details there are, and those that are found by what they say.
struct Details {
  std::mutex mutex;
  std::deque<TypeDetail> all;
  std::map<std::string, const TypeDetail*> by_content;
};

Details& details() {
  static Details every;
  return every;
}

Result<const TypeDetail*> add_enum(Details& to, const std::string& name,
                                   const std::vector<std::string>& labels) {
  TypeDetail& detail = to.all.emplace_back();
  detail.name = name;
  std::vector<std::string> values;
  for (const std::string& label : labels) {
    Status added = EnumLabels::add(values, label, EnumLabels::Place::kLast, "");
    const bool twice = !find_in(values, label).empty();
    if (!added) return std::move(added).error().sqlstate(twice ? "23505" : "42602");
  }
  detail.labels.set(std::move(values));
  return &detail;
}

// Names and what types are, of any depth.
std::string content_of(const std::vector<RecordField>& fields, const std::string& name) {
  std::string content = name;
  for (const RecordField& field : fields) {
    content += fmt::format("\n{}\t{}\t{}", field.name, field.type.name(),
                           static_cast<const void*>(field.type.detail));
  }
  return content;
}

}  // namespace

std::vector<std::string> EnumLabels::values() const {
  const std::lock_guard lock(mutex_);
  return values_;
}

std::string EnumLabels::find(std::string_view label) const {
  const std::lock_guard lock(mutex_);
  return find_in(values_, label);
}

void EnumLabels::set(std::vector<std::string> values) const {
  const std::lock_guard lock(mutex_);
  values_ = std::move(values);
}

Status EnumLabels::add(std::vector<std::string>& values, const std::string& label, Place place,
                       const std::string& neighbour) {
  if (label.size() > kLongestLabel) {
    return Error(ErrorKind::kInvalidStatement, 1347,
                 fmt::format("invalid enum label \"{}\"", label))
        .detail("Labels must be 63 bytes or less.")
        .sqlstate("42602");
  }
  if (!find_in(values, label).empty()) {
    return Error(ErrorKind::kAlreadyExists, 1348,
                 fmt::format("enum label \"{}\" already exists", label))
        .sqlstate("42710");
  }
  auto at = values.end();
  if (place != Place::kLast) {
    at = std::find(values.begin(), values.end(), find_in(values, neighbour));
    if (at == values.end()) {
      return Error(ErrorKind::kNotFound, 1349,
                   fmt::format("\"{}\" is not an existing enum label", neighbour))
          .sqlstate("22023");
    }
    if (place == Place::kAfter) ++at;
  }
  const uint64_t below = at == values.begin() ? 0 : place_of(*(at - 1));
  const uint64_t above = at == values.end() ? below + uint64_t{2} * kGap : place_of(*at);
  const uint64_t between = (below + above) / 2;
  if (between == below || between > UINT32_MAX) {
    return Error(ErrorKind::kInvalidStatement, 1350,
                 fmt::format("there is no room for \"{}\" between its neighbours", label))
        .hint("make a new type with the labels in their order")
        .sqlstate("54000");
  }
  values.insert(at, value_of(static_cast<uint32_t>(between), label));
  return {};
}

Result<Type> make_enum(const std::string& name, const std::vector<std::string>& labels) {
  Details& every = details();
  const std::lock_guard lock(every.mutex);
  return Type(TypeId::kEnum, TRY(add_enum(every, name, labels)));
}

Result<Type> enum_by_labels(const std::vector<std::string>& labels) {
  std::string name = "enum(";
  for (const std::string& label : labels) {
    if (name.back() != '(') name += ", ";
    name += '\'';
    for (const char c : label) name.append(c == '\'' ? 2 : 1, c);
    name += '\'';
  }
  name += ')';
  Details& every = details();
  const std::lock_guard lock(every.mutex);
  const auto known = every.by_content.find(name);
  if (known != every.by_content.end()) return Type(TypeId::kEnum, known->second);
  const TypeDetail* detail = TRY(add_enum(every, name, labels));
  every.by_content[name] = detail;
  return Type(TypeId::kEnum, detail);
}

Type record_type(const std::vector<RecordField>& fields, const std::string& name) {
  Details& every = details();
  const std::lock_guard lock(every.mutex);
  const TypeDetail*& known = every.by_content[content_of(fields, name)];
  if (!known) {
    TypeDetail& detail = every.all.emplace_back();
    detail.name = name;
    detail.fields = fields;
    known = &detail;
  }
  return {TypeId::kRecord, known};
}

void write_type(ByteWriter& w, const Type& type) {
  w.le(static_cast<uint8_t>(type.id));
  w.le(type.precision);
  w.le(type.scale);
  if (!type.detail) return;
  w.string(type.detail->name);
  const std::vector<std::string> values = type.detail->labels.values();
  w.varint(values.size());
  for (const std::string& value : values) w.string(enum_label(value));
  w.varint(type.detail->fields.size());
  for (const RecordField& field : type.detail->fields) {
    w.string(field.name);
    write_type(w, field.type);
  }
}

namespace {

std::vector<std::string> read_strings(ByteReader& r) {
  std::vector<std::string> strings;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) strings.emplace_back(r.string());
  return strings;
}

}  // namespace

Type read_type(ByteReader& r) {
  Type type;
  type.id = static_cast<TypeId>(r.le<uint8_t>());
  type.precision = r.le<int16_t>();
  type.scale = r.le<int16_t>();
  const TypeId element = type.element().id;
  if (element != TypeId::kEnum && element != TypeId::kRecord) return type;
  const std::string name(r.string());
  const std::vector<std::string> labels = read_strings(r);
  std::vector<RecordField> fields;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    RecordField& field = fields.emplace_back();
    field.name = r.string();
    field.type = read_type(r);
  }
  if (!r.ok()) return type;
  if (element == TypeId::kRecord) {
    type.detail = record_type(fields, name).detail;
  } else if (const Result<Type> found = enum_by_labels(labels)) {
    type.detail = found->detail;
  }
  return type;
}

}  // namespace weir
