// The decoders behind make_decoder(), one file each.
#pragma once
#include "codec/decoder.h"

namespace weir::codec {

Result<std::unique_ptr<Decoder>> make_json_decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> make_csv_decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> make_raw_decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> make_avro_decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> make_protobuf_decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> make_json_schema_decoder(const DecoderOptions& options);

}  // namespace weir::codec
