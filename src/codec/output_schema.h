// The schemas of what is written: derived from the columns of a relation, so that they change when
// and only when those do. Formats that have one give it to a schema registry, or write it into the
// head of a file.
#pragma once
#include <string>

#include "codec/encoder.h"

namespace weir::codec {

struct OutputSchema {
  std::string type;    // as registries call it: AVRO, PROTOBUF, JSON
  std::string text;
  std::string record;  // the full name of what a record is
};

// `record`: a full name (schema_names.h). Of formats without schema the text is empty.
OutputSchema output_schema(OutputFormat format, const Schema& schema, const std::string& record);

std::string avro_schema_text(const Schema& schema, const std::string& record);
std::unique_ptr<Encoder> make_avro_encoder(const Schema& schema);
std::string protobuf_schema_text(const Schema& schema, const std::string& record);
std::unique_ptr<Encoder> make_protobuf_encoder();
std::string json_schema_text(const Schema& schema, const std::string& record);

// An object container file: its head, and its blocks. The sync bytes between them are made from the
// schema, so that what a crash repeats is written as it was.
std::string avro_file_head(const std::string& schema_text);
void append_avro_block(const std::string& schema_text, uint64_t records, std::string_view bytes,
                       std::string& out);

}  // namespace weir::codec
