// Reads a topic of the log: records' values through a decoder, one delivery a read. Position of a
// partition: {"offset":n}, the next record. A null value is a tombstone: in upsert sources with a
// key column and an operation column it is a delete, elsewhere it is skipped and counted as a
// record.
#pragma once
#include <map>
#include <optional>

#include "connect/source.h"

namespace weir::connect {

struct TopicSettings {
  std::string topic;
  codec::DecoderOptions decoder;
  std::optional<uint32_t> key_column;        // among the decoded columns: takes the record's key
  std::optional<uint32_t> operation_column;  // gets "delete" where the value is null
  bool from_end = false;                     // a first start begins at the end
};

Result<std::unique_ptr<SourceReader>> make_topic_reader(log::Log& log, TopicSettings settings,
                                                        const ReaderOptions& options);

}  // namespace weir::connect
