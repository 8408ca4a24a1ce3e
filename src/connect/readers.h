// The readers behind open_source(), one connector each, and what they share.
#pragma once
#include <memory>

#include "connect/source.h"

namespace weir::connect {

using ReaderResult = Result<std::unique_ptr<SourceReader>>;

ReaderResult open_file_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);
ReaderResult open_topic_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);
ReaderResult open_generate_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);
ReaderResult open_nexmark_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);
ReaderResult open_host_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);
ReaderResult open_logged_source(const SourceSpec&, const SourceContext&, const ReaderOptions&);

// The decoder's options for the columns that are read, in their order.
codec::DecoderOptions decoder_for(const SourceSpec& spec, const std::vector<uint32_t>& columns);

}  // namespace weir::connect
