#include "codec/decoder.h"

#include "codec/text_decoders.h"

namespace weir::codec {

Result<std::unique_ptr<Decoder>> make_decoder(const DecoderOptions& options) {
  for (const DecodeColumn& column : options.columns) {
    if (!column.zone.empty() && !column.zone_offset_seconds) {
      return Error(ErrorKind::kNotSupported, 1344,
                   "a zone whose offset varies is not supported yet: \"" + column.zone + "\"")
          .detail("A fixed offset such as +01:00 or UTC can be used.");
    }
  }
  switch (options.format) {
    case Format::kJson: return make_json_decoder(options);
    case Format::kCsv: return make_csv_decoder(options);
    case Format::kRaw: return make_raw_decoder(options);
  }
  return Error(ErrorKind::kInternal, 1345, "unknown format");
}

}  // namespace weir::codec
