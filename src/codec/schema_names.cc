#include "codec/schema_names.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "data/type_detail.h"

namespace weir::codec {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_allowed(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

bool is_schema_name(std::string_view name) {
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), is_allowed);
}

bool is_full_schema_name(std::string_view name) {
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (!is_schema_name(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_schema_name(name);
}

std::string schema_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (!continues_character(c)) out.push_back(is_allowed(c) ? c : '_');
  }
  if (out.empty() || is_digit(out[0])) out.insert(0, 1, '_');
  return out;
}

std::vector<std::string> schema_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  // Names that are good as they are stay so, wherever others stand.
  for (const std::string& name : names) {
    if (is_schema_name(name)) taken.insert(name);
  }
  std::set<std::string> given;
  for (const std::string& name : names) {
    std::string made = schema_name(name);
    const bool good = made == name && !given.count(made);
    for (int n = 2; !good && taken.count(made); ++n) {
      made = fmt::format("{}_{}", schema_name(name), n);
    }
    taken.insert(made);
    given.insert(made);
    out.push_back(std::move(made));
  }
  return out;
}

std::vector<Field> fields_of(const Type& record) {
  std::vector<Field> out;
  for (const RecordField& field : record.detail->fields) out.push_back({field.name, field.type});
  return out;
}

std::vector<std::string> names_of(const std::vector<Field>& fields) {
  std::vector<std::string> out;
  for (const Field& field : fields) out.push_back(field.name);
  return out;
}

}  // namespace weir::codec
