// The schema of a source whose format has one: from the registry of the environment, or a file of
// the project, which says what records are read as.
#include <fmt/core.h>

#include "codec/avro_schema.h"
#include "codec/json_schema.h"
#include "codec/protobuf_schema.h"
#include "connect/schema_registry.h"
#include "project/loading.h"

namespace weir::project {

namespace {

using codec::Format;

class SchemaReading {
 public:
  SchemaReading(Loading& loading, const YamlNode& node, connect::SourceSpec& spec)
      : loading_(loading), node_(node), decoder_(spec.decoder), connector_(spec.connector) {}

  bool read();

 private:
  bool file();
  template <class Parsed>
  bool is_good(const Result<Parsed>& parsed, const YamlNode& given) {
    if (parsed) return true;
    loading_.diagnostics.push_back(to_diagnostic(parsed.error(), given.span));
    return false;
  }
  bool protobuf_file(const std::string& path, const YamlNode& given);
  bool protobuf_imports(const std::string& path, const YamlNode& given, int depth);
  const std::string* text_of(const std::string& path, const YamlNode& given);

  Loading& loading_;
  const YamlNode& node_;
  codec::DecoderOptions& decoder_;
  const std::string& connector_;
};

bool has_schema(Format format) { return format >= Format::kAvro; }

const char* name_of(Format format) {
  switch (format) {
    case Format::kAvro: return "Avro";
    case Format::kProtobuf: return "Protobuf";
    case Format::kJsonSchema: return "JSON Schema";
    default: return "";
  }
}

const std::string* SchemaReading::text_of(const std::string& path, const YamlNode& given) {
  if (loading_.files.exists(io::join_path(loading_.dir, path))) return loading_.text_of(path);
  loading_.report(1851, fmt::format("there is no schema file {}", quoted(path)), given.span,
                  "a file of the project, such as schemas/order.avsc", "correct the path");
  return nullptr;
}

// Imports are looked for beside the file that `schema:` names, as protoc does with its folder.
bool SchemaReading::protobuf_imports(const std::string& path, const YamlNode& given, int depth) {
  constexpr int kMaxDepth = 20;
  const std::string* text = text_of(path, given);
  if (!text) return false;
  auto imports = codec::protobuf_imports(*text);
  if (depth > kMaxDepth) {
    imports = Error(ErrorKind::kInvalidProject, 1843,
                    fmt::format("{} imports itself, or files more than 20 deep", given.text));
  }
  if (!imports) {
    loading_.diagnostics.push_back(to_diagnostic(imports.error(), given.span));
    return false;
  }
  const std::string folder = io::parent_path(text_value(node_, "schema"));
  for (const std::string& import : *imports) {
    const auto is_known = [&](const codec::NamedSchema& known) { return known.name == import; };
    if (std::any_of(decoder_.imports.begin(), decoder_.imports.end(), is_known)) continue;
    const std::string import_path = folder.empty() ? import : io::join_path(folder, import);
    if (!protobuf_imports(import_path, given, depth + 1)) return false;
    decoder_.imports.push_back({import, *loading_.text_of(import_path)});
  }
  return true;
}

bool SchemaReading::protobuf_file(const std::string& path, const YamlNode& given) {
  if (!protobuf_imports(path, given, 0)) return false;
  decoder_.message = text_value(node_, "message");
  const auto schema = codec::ProtobufSchema::parse(*loading_.text_of(path), decoder_.imports);
  if (!is_good(schema, given)) return false;
  if ((*schema)->message(decoder_.message)) return true;
  loading_.report(1842, fmt::format("{} has no message {}", path, quoted(decoder_.message)),
                  node_.find("message")->span, "the full name of a message of the file",
                  "correct the name, or leave it out: the first message is taken");
  return false;
}

bool SchemaReading::file() {
  const YamlNode* given = node_.find("schema");
  const YamlNode* message = node_.find_key("message");
  if (message && (decoder_.format != Format::kProtobuf || !given)) {
    loading_.report(1138, "message is only for Protobuf with a schema", message->span,
                    "format: protobuf, and schema:", "remove message, or name a schema");
    return false;
  }
  if (!given || !given->is_scalar()) return !given;
  if (!has_schema(decoder_.format)) {
    loading_.report(1138, "schema is only for Avro, Protobuf and JSON Schema",
                    node_.find_key("schema")->span, "format: avro, protobuf or json_schema",
                    "remove schema, or write format: avro");
    return false;
  }
  const std::string* text = text_of(given->text, *given);
  if (!text) return false;
  decoder_.reader_schema = *text;
  if (decoder_.format == Format::kProtobuf) return protobuf_file(given->text, *given);
  return decoder_.format == Format::kAvro ? is_good(codec::AvroSchema::parse(*text), *given)
                                          : is_good(codec::JsonSchema::parse(*text, {}), *given);
}

bool SchemaReading::read() {
  if (!file()) return false;
  if (!has_schema(decoder_.format)) return true;
  const bool from_file = connector_ == "file" && decoder_.format == Format::kAvro;
  if (from_file) return true;
  const YamlNode* format = node_.find("format");
  if (connector_ != "topic") {
    loading_.report(1852, fmt::format("{} cannot bring {}", connector_, name_of(decoder_.format)),
                    format->span, "a topic", "use format: json");
    return false;
  }
  decoder_.schemas = loading_.schemas;
  if (decoder_.schemas || !decoder_.reader_schema.empty()) return true;
  loading_.report(1853,
                  fmt::format("{} in a topic needs a schema registry or a schema",
                              name_of(decoder_.format)),
                  format->span, "registry: in the environment, or schema: with a file",
                  "add registry: {url: ...} to the environment");
  return false;
}

}  // namespace

bool read_source_schema(Loading& loading, const YamlNode& node, connect::SourceSpec& spec) {
  return SchemaReading(loading, node, spec).read();
}

}  // namespace weir::project
