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

}  // namespace weir::catalog
