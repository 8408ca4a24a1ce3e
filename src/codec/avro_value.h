// One scalar of an Avro record on its way to a column or into JSON: what its bytes said, and the
// logical type that says what they mean.
#pragma once
#include <string>
#include <string_view>

#include "codec/avro_schema.h"
#include "codec/decoder.h"
#include "data/text_form.h"

namespace weir::codec {

struct AvroScalar {
  enum class Form : uint8_t { kNull, kBool, kInteger, kFloat, kDouble, kText, kBytes };
  Form form = Form::kNull;
  AvroLogical logical = AvroLogical::kNone;
  int scale = 0;
  int64_t integer = 0;        // bool: 0 or 1
  double number = 0;
  std::string_view bytes;     // text, bytes, fixed, the symbol of an enum
};

// Appends, or answers false with the reason and appends nothing.
bool append_avro(ColumnBuilder& builder, const DecodeColumn& column, const AvroScalar& value,
                 ParseError* error);
// As PostgreSQL's to_json would print the value; false: it has none, with the reason.
bool append_avro_json(std::string& out, const AvroScalar& value, ParseError* error);

}  // namespace weir::codec
