#include "codec/decoder.h"

#include "codec/decoders.h"

namespace weir::codec {

const std::string_view Decoder::kEmptyRecord = "{}";

Status Decoder::prepare(const std::vector<std::string_view>&) { return {}; }

Result<std::unique_ptr<Decoder>> make_decoder(const DecoderOptions& options) {
  switch (options.format) {
    case Format::kJson: return make_json_decoder(options);
    case Format::kCsv: return make_csv_decoder(options);
    case Format::kRaw: return make_raw_decoder(options);
    case Format::kAvro: return make_avro_decoder(options);
    case Format::kProtobuf: return make_protobuf_decoder(options);
    case Format::kJsonSchema: return make_json_schema_decoder(options);
  }
  return Error(ErrorKind::kInternal, 1345, "unknown format");
}

}  // namespace weir::codec
