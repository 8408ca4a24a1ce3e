#include "connect/sink_schemas.h"

#include <fmt/core.h>

#include "connect/schema_registry.h"
#include "data/type_detail.h"

namespace weir::connect {

namespace {

Type row_type(const Schema& schema) {
  std::vector<RecordField> fields;
  for (const Field& field : schema.fields) fields.push_back({field.name, field.type});
  return record_type(fields);
}

Schema envelope_columns(const Schema& schema) {
  const Type row = row_type(schema);
  const Type source = record_type({{"connector", TypeId::kText},
                                   {"table", TypeId::kText},
                                   {"epoch", TypeId::kInt8},
                                   {"ts_ms", TypeId::kInt8}});
  return {{{"before", row},
           {"after", row},
           {"source", source, false},
           {"op", TypeId::kText, false},
           {"ts_ms", TypeId::kInt8, false}}};
}

std::string subject_of(const SinkSpec& spec, const std::string& record, bool is_key) {
  const std::string& topic = spec.options.at("topic");
  switch (spec.subject_name) {
    case SubjectName::kTopic: return topic + (is_key ? "-key" : "-value");
    case SubjectName::kRecord: return record;
    case SubjectName::kTopicAndRecord: return topic + "-" + record;
  }
  return {};
}

Result<uint32_t> number_of(const SinkSpec& spec, const codec::OutputSchema& schema, bool is_key) {
  const std::string subject = subject_of(spec, schema.record, is_key);
  auto number = spec.register_schemas ? spec.registry->add(subject, schema)
                                      : spec.registry->find(subject, schema);
  if (number || number.error().kind() == ErrorKind::kUnavailable) return number;
  return std::move(number).error().detail(
      fmt::format("Sink {} writes {}s of the {} schema {}", spec.name, is_key ? "key" : "value",
                  schema.type, schema.text));
}

}  // namespace

Schema value_columns(const SinkSpec& spec) {
  if (spec.changes == ChangeMode::kDebezium) return envelope_columns(spec.schema);
  Schema out = spec.schema;
  if (spec.changes == ChangeMode::kAppend && !spec.view_is_append_only) {
    out.fields.insert(out.fields.begin(), {"_op", TypeId::kText, false});
  }
  return out;
}

Schema key_columns(const SinkSpec& spec) {
  Schema out;
  for (const uint32_t column : spec.key) out.fields.push_back(spec.schema.fields[column]);
  return out;
}

codec::OutputSchema value_schema(const SinkSpec& spec) {
  const bool enveloped = spec.changes == ChangeMode::kDebezium;
  return codec::output_schema(spec.format, value_columns(spec),
                              spec.record + (enveloped ? "_envelope" : ""));
}

codec::OutputSchema key_schema(const SinkSpec& spec) {
  return codec::output_schema(spec.format, key_columns(spec), spec.record + "_key");
}

Status settle_schemas(SinkSpec& spec) {
  if (!spec.registry || !codec::has_schema(spec.format)) return {};
  RegisteredSchemas numbers;
  numbers.value = TRY(number_of(spec, value_schema(spec), false));
  if (!spec.key.empty()) numbers.key = TRY(number_of(spec, key_schema(spec), true));
  spec.registered = numbers;
  return {};
}

}  // namespace weir::connect
