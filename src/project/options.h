// Every key of every project file, described once. These tables drive the checks and their error
// texts, the JSON Schema (`weir schema`) and the reference page (docs/options.md); a key that does
// not stand here does not exist. Options of connectors stand in connect/registry.h and are joined
// in.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir::project {

enum class ValueType : uint8_t {
  kText, kName, kInteger, kNumber, kBool, kDuration, kSize, kChoice, kEmit, kSqlType, kAddress,
  kCharacter, kObject, kSource, kSink, kTest, kAny,
};
enum class Shape : uint8_t { kOne, kList, kMap, kListOfLists };

struct Option {
  std::string_view name;
  ValueType type = ValueType::kText;
  Shape shape = Shape::kOne;
  std::string_view summary;
  std::string_view allowed = "";        // kChoice: "a|b|c"; kObject: the object type's name
  std::string_view default_value = "";  // as text
  bool required = false;
  bool meaning = false;                 // part of what a stream or view means: no ${...} in it
};

struct ObjectType {
  std::string_view name;
  std::string_view summary;
  std::span<const Option> options;
};

// Where objects stand: "sources/" with `list_key` sources, or one file like weir.yml.
struct FileKind {
  std::string_view place;
  std::string_view object;              // empty: known, but not supported yet
  std::string_view list_key;
  std::string_view summary;
  bool changes_what_runs = false;       // where not supported: an error for run and dev
};

std::span<const ObjectType> object_types();
const ObjectType* find_object_type(std::string_view name);
std::span<const FileKind> file_kinds();

// "a duration such as 100ms, 30s, 5m, 1h or 2d": what an option takes, for error texts and pages.
std::string expected_value(const Option& option);

std::string json_schema();              // JSON Schema, draft 2020-12, one $defs entry a kind
std::string options_reference();        // docs/options.md

}  // namespace weir::project
