#include "log/embedded/topic.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace weir::log {

namespace {

constexpr int32_t kMostPartitions = 10'000;
constexpr std::string_view kPositionsMagic = "weirPOSN";
constexpr uint32_t kPositionsVersion = 1;
constexpr std::string_view kChecksum = "crc32c=";  // the last line; of those before it

std::string config_path(const std::string& dir) { return io::join_path(dir, "config"); }

std::string encode_config(const Topic& topic) {
  const TopicConfig& c = topic.config;
  const std::string text = fmt::format(
      "partitions={}\ncompression={}\ncompact={}\nretention_ms={}\n"
      "retention_bytes={}\nsegment_bytes={}\ncreated_file={}\ncreated_position={}\n",
      c.partitions, static_cast<int>(c.compression), c.compact ? 1 : 0, c.retention_ms.value_or(-1),
      c.retention_bytes.value_or(-1), c.segment_bytes, topic.created.file, topic.created.position);
  return text + fmt::format("{}{}\n", kChecksum, crc32c(text));
}

void take_setting(Topic& topic, std::string_view name, int64_t value) {
  TopicConfig& config = topic.config;
  if (name == "partitions")
    config.partitions = static_cast<int32_t>(std::min<int64_t>(value, INT32_MAX));
  if (name == "compression") config.compression = static_cast<Compression>(value);
  if (name == "compact") config.compact = value != 0;
  if (name == "retention_ms" && value >= 0) config.retention_ms = value;
  if (name == "retention_bytes" && value >= 0) config.retention_bytes = value;
  if (name == "segment_bytes") config.segment_bytes = value;
  if (name == "created_file") topic.created.file = static_cast<uint64_t>(value);
  if (name == "created_position") topic.created.position = static_cast<uint64_t>(value);
}

bool is_possible(const TopicConfig& config) {
  const bool known = config.compression == Compression::kNone ||
                     config.compression == Compression::kLz4 ||
                     config.compression == Compression::kZstd;
  return config.partitions >= 1 && config.partitions <= kMostPartitions && known &&
         config.segment_bytes > 0;
}

// Takes the last line off, which older ones have not got.
bool take_checksum(std::string_view& text) {
  const size_t at = text.rfind(kChecksum);
  if (at == std::string_view::npos) return true;
  const std::string_view whole = text.substr(0, at);
  const bool right = text.substr(at) == fmt::format("{}{}\n", kChecksum, crc32c(whole));
  text = whole;
  return right;
}

Result<Topic> decode_config(std::string_view text, const std::string& path) {
  Topic topic;
  if (!take_checksum(text)) {
    return Error(ErrorKind::kCorrupt, 1414, fmt::format("{} is damaged: its checksum", path));
  }
  while (!text.empty()) {
    const size_t eol = text.find('\n');
    const std::string_view line = text.substr(0, eol);
    text.remove_prefix(eol == std::string_view::npos ? text.size() : eol + 1);
    const size_t equals = line.find('=');
    int64_t value = 0;
    const char* end = line.data() + line.size();
    const bool number = equals != std::string_view::npos && eol != std::string_view::npos &&
                        std::from_chars(line.data() + equals + 1, end, value).ptr == end;
    if (!number) {
      return Error(ErrorKind::kCorrupt, 1414, fmt::format("{} is damaged: \"{}\"", path, line));
    }
    take_setting(topic, line.substr(0, equals), value);
  }
  if (is_possible(topic.config)) return topic;
  return Error(ErrorKind::kCorrupt, 1414,
               fmt::format("{} is damaged: no such topic is possible", path));
}

}  // namespace

Status check_topic_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  const bool ok = !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
                  std::all_of(name.begin(), name.end(), allowed);
  if (ok) return {};
  return Error(ErrorKind::kInvalidUsage, 1415, fmt::format("\"{}\" is not a topic name", name))
      .detail("Names have 1 to 249 letters, digits, dots, underscores and hyphens.");
}

Result<Topic> Topic::open(io::FileSystem& files, const std::string& dir, bool read_only) {
  const std::string path = config_path(dir);
  Topic topic = TRY(decode_config(TRY(files.read_all(path)), path));
  Partition::Options options;
  options.segment_bytes = topic.config.segment_bytes;
  options.compression = topic.config.compression;
  options.compact = topic.config.compact;
  options.read_only = read_only;
  for (int32_t i = 0; i < topic.config.partitions; ++i) {
    topic.partitions.push_back(
        TRY(Partition::open(files, io::join_path(dir, std::to_string(i)), options)));
    topic.visible.push_back(topic.partitions.back()->end());
  }
  return topic;
}

Result<Topic> Topic::create(io::FileSystem& files, const std::string& dir,
                            const TopicConfig& config, const Journal::Place& created) {
  if (!is_possible(config)) {
    return Error(ErrorKind::kInvalidUsage, 1429, fmt::format("{} cannot be such a topic", dir))
        .detail(fmt::format("A topic has 1 to {} partitions and segments of some bytes.",
                            kMostPartitions));
  }
  if (files.exists(dir)) TRY_VOID(files.remove_tree(dir));
  TRY_VOID(files.make_dirs(dir));
  Topic topic;
  topic.config = config;
  topic.created = created;
  TRY_VOID(topic.write_config(files, dir));
  Topic opened = TRY(open(files, dir, false));
  for (const auto& partition : opened.partitions) TRY_VOID(partition->settle());
  return opened;
}

Status Topic::write_config(io::FileSystem& files, const std::string& dir) const {
  return files.write_atomically(config_path(dir), encode_config(*this));
}

Status Topic::remove(io::FileSystem& files, const std::string& dir) {
  if (files.exists(config_path(dir))) {
    TRY_VOID(files.remove(config_path(dir)));
    TRY_VOID(files.sync_dir(dir));
  }
  TRY_VOID(files.remove_tree(dir));
  return files.sync_dir(io::parent_path(dir));
}

Status Positions::load() {
  if (!files_.exists(path_)) return {};
  const std::string bytes = TRY(files_.read_all(path_));
  ByteReader r(bytes);
  const bool ours = r.raw(kPositionsMagic.size()) == kPositionsMagic;
  const auto version = r.le<uint32_t>();
  const auto crc = r.le<uint32_t>();
  if (r.ok() && ours && version > kPositionsVersion) {
    return Error(ErrorKind::kNewerFormat, 1413,
                 fmt::format("{} was written by a newer weir", path_));
  }
  const bool whole = r.ok() && ours && crc32c(std::string_view(bytes).substr(r.position())) == crc;
  for (uint64_t n = r.varint(); whole && n > 0 && r.ok(); --n) {
    Key key;
    std::get<0>(key) = r.string();
    std::get<1>(key) = r.string();
    std::get<2>(key) = r.le<int32_t>();
    positions_[key] = r.le<int64_t>();
  }
  if (whole && r.ok() && r.at_end()) return {};
  return Error(ErrorKind::kCorrupt, 1421, fmt::format("{} is damaged", path_))
      .hint("restore it from a backup, or remove it: consumers then begin anew");
}

Status Positions::save(const std::map<Key, int64_t>& positions) {
  std::string body;
  ByteWriter w(body);
  w.varint(positions.size());
  for (const auto& [key, offset] : positions) {
    w.string(std::get<0>(key));
    w.string(std::get<1>(key));
    w.le<int32_t>(std::get<2>(key));
    w.le<int64_t>(offset);
  }
  std::string bytes(kPositionsMagic);
  ByteWriter header(bytes);
  header.le<uint32_t>(kPositionsVersion);
  header.le<uint32_t>(crc32c(body));
  return files_.write_atomically(path_, bytes + body);
}

Status Positions::put(const std::string& group, const std::string& topic, PartitionId partition,
                      Offset next) {
  std::map<Key, int64_t> positions = positions_;
  positions[{group, topic, partition.value}] = next.value;
  TRY_VOID(save(positions));
  positions_ = std::move(positions);
  return {};
}

Status Positions::forget(const std::string& topic) {
  std::map<Key, int64_t> positions = positions_;
  const size_t gone =
      std::erase_if(positions, [&](const auto& p) { return std::get<1>(p.first) == topic; });
  if (gone == 0) return {};
  TRY_VOID(save(positions));
  positions_ = std::move(positions);
  return {};
}

std::optional<Offset> Positions::get(const std::string& group, const std::string& topic,
                                     PartitionId partition) const {
  const auto it = positions_.find({group, topic, partition.value});
  return it == positions_.end() ? std::nullopt : std::optional(Offset(it->second));
}

}  // namespace weir::log
