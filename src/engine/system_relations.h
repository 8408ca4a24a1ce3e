// What sessions know about themselves, as relations: pg_catalog and information_schema. Each is one
// line of a table (schema, name, columns with their defaults) and, where it has rows, a function
// that makes them from the session's relations. Lists and trees of PostgreSQL are text here, and
// NULL. Columns and their meaning: PostgreSQL 15's documentation, "System Catalogs".
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"

namespace weir::engine {

// A relation of the session with its object id, which follows from its name alone: it stays the
// same from one statement to the next. The index stands for its key.
struct SystemObject {
  Session::Relation relation;
  uint32_t oid = 0;
  uint32_t index_oid = 0;  // 0: no key
};
std::vector<SystemObject> system_objects(std::vector<Session::Relation> relations);

// A value that is not named has the column's default.
using SystemRow = std::vector<std::pair<std::string_view, std::string>>;

struct SystemRelation {
  std::string_view schema;
  std::string_view name;
  std::string_view columns;  // "oid:oid relname:name relchecks:int2=0"
  std::vector<SystemRow> (*rows)(const std::vector<SystemObject>& objects) = nullptr;
};

// `schema` may be empty: pg_catalog then.
const SystemRelation* find_system_relation(std::string_view schema, std::string_view name);
Schema system_schema(const SystemRelation& relation);
Batch system_rows(const SystemRelation& relation, const std::vector<SystemObject>& objects);

// What pg_table_is_visible says: information_schema is not on the search path.
constexpr uint32_t kFirstHiddenOid = 13'000;
constexpr uint32_t kLastHiddenOid = 13'999;
std::optional<uint32_t> oid_of_relation(const std::vector<SystemObject>& objects,
                                        std::string_view name);
std::string index_definition(const SystemObject& object);

// Types by object id with the name that format_type gives.
struct NamedType {
  std::string_view name;       // of pg_type: "int4"
  std::string_view formatted;  // "integer"
  uint32_t oid;
  int16_t length;
  char category;
};
std::span<const NamedType> system_types();

}  // namespace weir::engine
