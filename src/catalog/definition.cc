#include "catalog/definition.h"

namespace weir::catalog {

void Catalog::add_stream(StreamDefinition stream) {
  schemas_[stream.name] = stream.schema;
  std::string name = stream.name;
  streams_[std::move(name)] = std::move(stream);
}

void Catalog::add_view(const std::string& name, Schema schema) {
  schemas_[name] = std::move(schema);
}

void Catalog::remove(const std::string& name) {
  schemas_.erase(name);
  streams_.erase(name);
  rows_.erase(name);
}

std::optional<uint64_t> Catalog::rows_of(const std::string& name) const {
  const auto it = rows_.find(name);
  return it == rows_.end() ? std::nullopt : std::optional(it->second);
}

const Schema* Catalog::find(const std::string& name) const {
  const auto it = schemas_.find(name);
  return it == schemas_.end() ? nullptr : &it->second;
}

const StreamDefinition* Catalog::find_stream(const std::string& name) const {
  const auto it = streams_.find(name);
  return it == streams_.end() ? nullptr : &it->second;
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> names;
  for (const auto& [name, schema] : schemas_) names.push_back(name);
  return names;
}

void Catalog::add_type(const std::string& name, Type type) { types_[name] = type; }
void Catalog::remove_type(const std::string& name) { types_.erase(name); }

const Type* Catalog::find_type(const std::string& name) const {
  const auto it = types_.find(name);
  return it == types_.end() ? nullptr : &it->second;
}

Result<Type> Catalog::type_of(const std::string& text) const {
  Result<Type> known = parse_type(text);
  if (known) return known;
  std::string name = text.starts_with("public.") ? text.substr(7) : text;
  const bool is_array = strip_array(name);
  const Type* type = find_type(name);
  if (!type) return known;
  return is_array ? type->array() : *type;
}

}  // namespace weir::catalog
