#include <fmt/core.h>

#include "connect/readers.h"
#include "connect/registry.h"

namespace weir::connect {

codec::DecoderOptions decoder_for(const SourceSpec& spec, const std::vector<uint32_t>& columns) {
  codec::DecoderOptions out = spec.decoder;
  out.columns.clear();
  bool by_position = true;
  for (const uint32_t column : columns) {
    codec::DecodeColumn& wanted = out.columns.emplace_back(spec.decoder.columns[column]);
    if (out.format != codec::Format::kCsv || out.csv_header) continue;
    if (wanted.path.empty()) {
      wanted.path = fmt::format("$[{}]", column);
    } else {
      by_position = false;
    }
  }
  if (out.format == codec::Format::kCsv && !out.csv_header && by_position && out.csv_fields == 0) {
    out.csv_fields = static_cast<uint32_t>(spec.decoder.columns.size());
  }
  return out;
}

Result<std::unique_ptr<SourceReader>> open_source(const SourceSpec& spec,
                                                  const SourceContext& context,
                                                  const ReaderOptions& options) {
  const std::string& name = spec.connector;
  if (name == "file") return open_file_source(spec, context, options);
  if (name == "topic") return open_topic_source(spec, context, options);
  if (name == "generate") return open_generate_source(spec, context, options);
  if (name == "nexmark") return open_nexmark_source(spec, context, options);
  if (name == "host") return open_host_source(spec, context, options);
  if (name == "http") return open_logged_source(spec, context, options);
  const Connector* connector = find_connector(name);
  if (!connector || !connector->source) {
    return Error(ErrorKind::kInvalidProject, 1501,
                 fmt::format("there is no source connector \"{}\"", name));
  }
  return Error(ErrorKind::kNotSupported, 1502,
               fmt::format("source connector \"{}\" is not supported yet", name));
}

}  // namespace weir::connect
