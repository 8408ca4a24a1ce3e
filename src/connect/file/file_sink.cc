#include "connect/file/file_sink.h"

#include <charconv>

#include <fmt/core.h>

#include "connect/options.h"
#include "connect/position.h"
#include "connect/sink_schemas.h"
#include "data/text_form.h"

namespace weir::connect {

namespace {

constexpr int kMaxFolders = 4;
constexpr size_t kBlockBytes = 64 << 10;  // of Avro, about
constexpr size_t kMaxTargets = 1000;  // each stands in every epoch's frame

// A value as the name of a folder.
std::string folder_name(const std::string& column, const Column& values, uint32_t row) {
  if (values.is_null(row)) return column + "=_null";
  std::string text;
  append_text_form(text, values, row);
  std::string out = column + "=";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || (c == '.' && out.back() != '=');
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Batch rows_of(const Batch& batch, const std::vector<uint32_t>& rows) { return gather(batch, rows); }

}  // namespace

Result<std::unique_ptr<Sink>> FileSink::open(const SinkSpec& spec, const SinkContext& context,
                                             const std::string& position) {
  std::unique_ptr<FileSink> sink(
      new FileSink(spec, context));  // NOLINT: the constructor is private
  TRY_VOID(sink->configure());
  TRY_VOID(sink->recover(position));
  return std::unique_ptr<Sink>(std::move(sink));
}

Status FileSink::configure() {
  const Options values(spec_.options, "sink " + spec_.name);
  if (!values.has("path")) return values.missing("path");
  const std::string path = values.text("path");
  dir_ = io::parent_path(path);
  stem_ = io::base_name(path);
  const size_t dot = stem_.find('.', 1);
  if (dot != std::string::npos) {
    extension_ = stem_.substr(dot);
    stem_.resize(dot);
  }
  for (const std::string_view packed : {".zst", ".gz", ".lz4"}) {
    if (path.ends_with(packed)) {
      return Error(ErrorKind::kNotSupported, 1520,
                   fmt::format("sink {}: packed files cannot be written yet", spec_.name));
    }
  }
  if (values.has("roll")) {
    const auto size = parse_size(values.text("roll"));
    const auto time = parse_duration(values.text("roll"));
    if (time && *time > 0) {
      roll_micros_ = *time;
    } else if (size && *size > 0) {
      roll_bytes_ = *size;
    } else {
      return values.wrong("roll", "a size such as 64MiB or a time such as 1h");
    }
  }
  if (values.has("partition_by")) {
    partition_column_ = spec_.schema.find(values.text("partition_by"));
    if (partition_column_ < 0) return values.wrong("partition_by", "a column of " + spec_.from);
    if (spec_.changes != ChangeMode::kAppend) {
      return values.wrong("partition_by", "left out, or used with changes: append");
    }
  }
  if (spec_.format == codec::OutputFormat::kAvro) {
    schema_ = value_schema(spec_).text;
    header_ = codec::avro_file_head(schema_);
  }
  if (spec_.format != codec::OutputFormat::kCsv) return {};
  if (spec_.changes != ChangeMode::kAppend) {
    return Error(ErrorKind::kNotSupported, 1521,
                 fmt::format("sink {}: CSV files take changes: append only", spec_.name))
        .hint("use format: json");
  }
  header_ = codec::make_encoder(spec_.format, spec_.schema)->header();
  if (!spec_.view_is_append_only) header_.insert(0, "_op,");
  return {};
}

std::string FileSink::full_path(const std::string& path) const {
  return path.starts_with("/") ? path : io::join_path(context_.project_dir, path);
}

// The running number in "STEM-000012.EXT".
std::optional<int64_t> FileSink::number_of(const std::string& name) const {
  if (!name.starts_with(stem_ + "-") || !name.ends_with(extension_)) return std::nullopt;
  const size_t begin = stem_.size() + 1;
  if (name.size() < begin + extension_.size() + 6) return std::nullopt;
  const std::string digits = name.substr(begin, name.size() - begin - extension_.size());
  int64_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Status FileSink::recover(const std::string& position) {
  TRY_VOID(context_.files.make_dirs(full_path(dir_)));
  if (!position.empty()) {
    const PositionReader reader = TRY(PositionReader::parse(position));
    next_number_ = TRY(reader.integer("next"));
    const int64_t count = TRY(reader.integer("files"));
    for (int64_t i = 0; i < count; ++i) {
      Target target;
      const std::string partition = TRY(reader.text(fmt::format("partition_{}", i)));
      target.path = TRY(reader.text(fmt::format("path_{}", i)));
      target.length = static_cast<uint64_t>(TRY(reader.integer(fmt::format("length_{}", i))));
      target.opened = TRY(reader.integer(fmt::format("opened_{}", i)));
      target.exists = true;
      TRY_VOID(cut(target));
      targets_[partition] = std::move(target);
    }
  }
  if (numbered()) return remove_begun_since(dir_, 0);
  if (targets_.empty()) {
    const std::string path = io::join_path(dir_, stem_ + extension_);
    if (context_.files.exists(full_path(path))) {
      auto file = TRY(context_.files.open(full_path(path), io::OpenMode::kReadWrite));
      TRY_VOID(file->truncate(0));
      TRY_VOID(file->sync());
    }
  }
  return {};
}

Status FileSink::cut(const Target& target) {
  auto file = context_.files.open(full_path(target.path), io::OpenMode::kReadWrite);
  if (!file) {
    return Error(file.error().kind(), 1522,
                 fmt::format("sink {}: {} cannot be gone on with", spec_.name, target.path))
        .caused_by(std::move(file).error());
  }
  const io::FileInfo info = TRY((*file)->info());
  if (info.size < target.length) {
    return Error(
               ErrorKind::kCorrupt, 1523,
               fmt::format("sink {}: {} is shorter than what was written", spec_.name, target.path))
        .detail(fmt::format("It has {} bytes and had {}.", info.size, target.length))
        .hint("put the file back, or remove the sink's position by renaming the sink");
  }
  if (info.size == target.length) return {};
  TRY_VOID((*file)->truncate(target.length));
  return (*file)->sync();
}

Status FileSink::remove_begun_since(const std::string& dir, int depth) {
  const std::string prefix =
      partition_column_ >= 0
          ? spec_.schema.fields[static_cast<size_t>(partition_column_)].name + "="
          : std::string();
  bool removed = false;
  for (const std::string& name : TRY(context_.files.list(full_path(dir)))) {
    const std::string path = io::join_path(dir, name);
    const auto number = number_of(name);
    if (number && *number >= next_number_) {
      TRY_VOID(context_.files.remove(full_path(path)));
      removed = true;
    } else if (!prefix.empty() && name.starts_with(prefix) && depth < kMaxFolders) {
      const auto info = context_.files.info(full_path(path));
      if (info && info->is_directory) TRY_VOID(remove_begun_since(path, depth + 1));
    }
  }
  return removed ? context_.files.sync_dir(full_path(dir)) : Status();
}

FileSink::Target& FileSink::target_of(const std::string& partition, Micros time) {
  Target& target = targets_[partition];
  const bool by_size =
      roll_bytes_ > 0 && target.length + target.pending.size() >= roll_bytes_;
  const bool by_time = roll_micros_ > 0 && time - target.opened >= roll_micros_;
  if (!target.path.empty() && (by_size || by_time)) {
    full_.push_back(std::move(target));
    target = Target();
  }
  if (target.path.empty()) {
    const std::string dir = partition.empty() ? dir_ : io::join_path(dir_, partition);
    const std::string name =
        numbered() ? fmt::format("{}-{:06}{}", stem_, next_number_++, extension_)
                   : stem_ + extension_;
    target.path = io::join_path(dir, name);
    target.opened = time;
    target.pending = header_;
  }
  return target;
}

// The value of each record and a newline. A key that is gone is told by its key and "_deleted"; the
// tombstone behind a Debezium delete says nothing new and is left out.
std::string FileSink::lines_of(const EpochChanges& changes) const {
  std::string out;
  for (const log::Record& record : encode_changes(spec_, changes)) {
    if (record.value) {
      out += *record.value;
    } else if (spec_.changes == ChangeMode::kUpsert && record.key && record.key->size() >= 2) {
      out += record.key->substr(0, record.key->size() - 1);
      out += record.key->size() > 2 ? ",\"_deleted\":true}" : "\"_deleted\":true}";
    } else {
      continue;
    }
    out.push_back('\n');
  }
  return out;
}

std::string FileSink::block_of(const EpochChanges& changes) const {
  std::string out;
  std::string bytes;
  uint64_t records = 0;
  const auto end_block = [&] {
    if (records > 0) codec::append_avro_block(schema_, records, bytes, out);
    bytes.clear();
    records = 0;
  };
  for (const log::Record& record : encode_changes(spec_, changes)) {
    if (bytes.size() >= kBlockBytes) end_block();
    bytes += *record.value;
    ++records;
  }
  end_block();
  return out;
}

Status FileSink::write_part(const std::string& partition, const EpochChanges& changes) {
  const bool is_avro = spec_.format == codec::OutputFormat::kAvro;
  target_of(partition, changes.time).pending += is_avro ? block_of(changes) : lines_of(changes);
  return {};
}

Status FileSink::write(const EpochChanges& changes) {
  if (changes.batch.rows == 0) return {};
  if (partition_column_ < 0) return write_part("", changes);
  const auto column = static_cast<size_t>(partition_column_);
  std::map<std::string, std::vector<uint32_t>> parts;
  for (uint32_t row = 0; row < changes.batch.rows; ++row) {
    parts[folder_name(spec_.schema.fields[column].name, *changes.batch.columns[column], row)]
        .push_back(row);
  }
  for (const auto& [partition, rows] : parts) {
    TRY_VOID(write_part(partition, {changes.epoch, changes.time, rows_of(changes.batch, rows)}));
  }
  return {};
}

Status FileSink::flush_target(Target& target) {
  if (target.pending.empty()) return {};
  const std::string path = full_path(target.path);
  const std::string dir = io::parent_path(path);
  if (!target.exists) TRY_VOID(context_.files.make_dirs(dir));
  auto file = TRY(context_.files.open(
      path, target.exists ? io::OpenMode::kReadWrite : io::OpenMode::kCreate));
  TRY_VOID(file->write_at(target.length, target.pending));
  TRY_VOID(file->sync());
  if (!target.exists) TRY_VOID(context_.files.sync_dir(dir));
  target.exists = true;
  target.length += target.pending.size();
  target.pending.clear();
  return {};
}

// Those that were begun first: it must not depend on how the rows were cut into epochs.
void FileSink::close_oldest() {
  if (targets_.size() <= kMaxTargets) return;
  std::vector<std::pair<int64_t, std::string>> by_number;
  for (const auto& [partition, target] : targets_) {
    by_number.emplace_back(number_of(io::base_name(target.path)).value_or(-1), partition);
  }
  std::sort(by_number.begin(), by_number.end());
  by_number.resize(by_number.size() - kMaxTargets);
  for (const auto& [number, partition] : by_number) targets_.erase(partition);
}

Result<std::string> FileSink::flush() {
  for (Target& target : full_) TRY_VOID(flush_target(target));
  full_.clear();
  for (auto& [partition, target] : targets_) TRY_VOID(flush_target(target));
  close_oldest();
  PositionWriter position;
  position.add("next", next_number_);
  int64_t i = 0;
  for (auto it = targets_.begin(); it != targets_.end();) {
    const Target& target = it->second;
    if (!target.exists) {  // nothing was ever written to it
      ++it;
      continue;
    }
    position.add(fmt::format("partition_{}", i), it->first);
    position.add(fmt::format("path_{}", i), target.path);
    position.add(fmt::format("length_{}", i), static_cast<int64_t>(target.length));
    position.add(fmt::format("opened_{}", i), target.opened);
    ++i;
    ++it;
  }
  position.add("files", i);
  return position.finish();
}

}  // namespace weir::connect
