// Formats whose records become JSON first: the frame and the schema are this decoder's, columns are
// the JSON decoder's. A format says how a record of one schema becomes JSON.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/decoder.h"

namespace weir::codec {

// Of one schema.
class JsonMaker {
 public:
  virtual ~JsonMaker() = default;
  // `record`: what stands behind the frame. Appends; what is wrong, or nothing.
  virtual std::optional<std::string> make(std::string_view record, std::string& json) = 0;
};
using JsonMakerOf = std::function<Result<std::unique_ptr<JsonMaker>>(const WriterSchema&)>;

// `type`: as registries call it. `reader`: reads every record whatever its frame says; null: each
// is read by its writer's schema.
Result<std::unique_ptr<Decoder>> make_transcoder(const DecoderOptions& options, std::string type,
                                                 JsonMakerOf make,
                                                 std::unique_ptr<JsonMaker> reader);

}  // namespace weir::codec
