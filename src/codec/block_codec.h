// The packed blocks of container files: null, deflate, snappy and zstandard.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace weir::codec {

enum class BlockCodec : uint8_t { kNull, kDeflate, kSnappy, kZstandard };

std::optional<BlockCodec> block_codec_of(std::string_view name);
// What a block holds, at most `max_bytes` of it; false: it is damaged or holds more.
bool unpack_block(BlockCodec codec, std::string_view packed, size_t max_bytes, std::string& out);

}  // namespace weir::codec
