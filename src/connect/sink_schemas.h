// The schemas of a sink's records, for formats that have some: what a record of the sink is, under
// which subject the registry has it, and the registry's numbers, which stand before the records.
#pragma once
#include "codec/output_schema.h"
#include "connect/sink.h"

namespace weir::connect {

// The columns of a value: the view's, or with the operation before them, or Debezium's envelope.
Schema value_columns(const SinkSpec& spec);
Schema key_columns(const SinkSpec& spec);
codec::OutputSchema value_schema(const SinkSpec& spec);
codec::OutputSchema key_schema(const SinkSpec& spec);

// Sets spec.registered: looks the schemas up, or registers them where the sink may. Errors: 1830
// (no such subject), 1831 (it has another schema), 1832 (incompatible), kUnavailable.
Status settle_schemas(SinkSpec& spec);

std::vector<log::Record> encode_with_schema(const SinkSpec& spec, const EpochChanges& changes);

}  // namespace weir::connect
