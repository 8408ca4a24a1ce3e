// What the steps of loading share: the files, the diagnostics so far and the names taken. Only for
// the sources of this module. Every step reports and goes on; a value that was reported is simply
// absent.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "connect/registry.h"
#include "project/options.h"
#include "project/project.h"
#include "project/yaml.h"

namespace weir::project {


struct Loading {
  io::FileSystem& files;
  std::string dir;
  Purpose purpose = Purpose::kRun;
  std::vector<Diagnostic> diagnostics;
  std::vector<std::string> read;                 // files, relative
  std::map<std::string, std::string> texts;      // of files read, for snippets
  std::map<std::string, SourceSpan> names;       // taken, over all kinds
  std::set<std::string> failed;                  // relations that exist but are wrong
  std::set<std::string> secret_vars;             // variables that hold a secret
  bool unread = false;                           // some inputs could not even be named
  Project project;
  catalog::EmitMode emit = catalog::EmitMode::kOnChange;
  Micros emit_every = 0;
  catalog::OnError on_error = catalog::OnError::kDeadLetter;
  std::shared_ptr<const connect::SchemaRegistry> schemas;  // the environment's; null: none

  Diagnostic& report(uint16_t code, std::string message, SourceSpan span,
                     std::string expected = "", std::string help = "");
  Diagnostic& warn(uint16_t code, std::string message, SourceSpan span,
                   std::string expected = "", std::string help = "");
  // The text of a file, remembered; nothing (and a diagnostic) where it cannot be read.
  const std::string* text_of(const std::string& path);
  // Parsed and with ${...} replaced.
  std::optional<YamlNode> yaml_of(const std::string& path);
  // Files below a folder, sorted, with their paths relative to the project.
  std::vector<std::string> list_files(const std::string& folder, bool deep);
  // Takes a name for a relation, sink or test; false: bad or taken (reported).
  bool take_name(const std::string& name, const SourceSpan& span, std::string_view what);
};

// ${var:x}, ${env:X}, ${secret:path} in all scalar values of the tree.
void substitute(Loading& loading, YamlNode& node);

// Checks a mapping against its table: unknown, missing and wrong keys. True: nothing was wrong.
bool check_object(Loading& loading, const YamlNode& node, const ObjectType& type);
// The objects of a file: one, a list, or a list below `list_key`.
std::vector<const YamlNode*> objects_of(Loading& loading, const YamlNode& root,
                                        const FileKind& kind);
const FileKind& file_kind(std::string_view place);

struct ConnectorUse {
  const connect::Connector* connector = nullptr;  // null: wrong, reported
  std::map<std::string, std::string> options;
  const YamlNode* columns = nullptr;              // of generate
  SourceSpan span;
};
ConnectorUse read_connector(Loading& loading, const YamlNode& node, bool as_source);

// Values of a checked mapping; absent or wrong ones answer the fallback.
std::string text_value(const YamlNode& object, std::string_view key,
                       std::string_view fallback = "");
bool bool_value(const YamlNode& object, std::string_view key, bool fallback);
int64_t integer_value(const YamlNode& object, std::string_view key, int64_t fallback);
std::optional<Micros> duration_value(const YamlNode& object, std::string_view key);
std::vector<const YamlNode*> list_value(const YamlNode& object, std::string_view key);
std::vector<std::string> text_list(const YamlNode& object, std::string_view key);
catalog::OnError on_error_value(const YamlNode& object, catalog::OnError fallback);
// "on_change", "on_close", "every 10s".
bool parse_emit(std::string_view text, catalog::EmitMode& mode, Micros& every);
std::optional<int32_t> parse_zone(std::string_view text);  // "UTC", "+01:00"

// Why a name is not allowed; empty: it is.
std::string name_fault(std::string_view name);
std::string quoted(std::string_view text);

// The steps, in order.
void load_weir_yml(Loading& loading);
void load_environment(Loading& loading, const std::string& name);
void load_sources(Loading& loading);
void load_seeds(Loading& loading);
void load_models(Loading& loading);
void load_sinks(Loading& loading);
void load_tests(Loading& loading);
void load_other_kinds(Loading& loading);

// From a `columns:` list to a schema and its decoder.
struct ColumnDefaults {
  std::string zone;
  std::string time_unit;
};
bool read_columns(Loading& loading, const std::vector<const YamlNode*>& nodes,
                  const ColumnDefaults& defaults, Schema& schema,
                  std::vector<codec::DecodeColumn>& decode);
// The tests of a column or object name columns that exist.
void check_tests(Loading& loading, const YamlNode& object, const Schema& schema);
// The schema of formats that have one; false: wrong, reported.
bool read_source_schema(Loading& loading, const YamlNode& node, connect::SourceSpec& spec);
// Reports a name that is no column, with the nearest one.
bool check_column(Loading& loading, const YamlNode& node, const Schema& schema,
                  std::string_view role);

}  // namespace weir::project
