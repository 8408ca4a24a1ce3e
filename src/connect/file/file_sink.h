// A file sink: whole lines, or blocks of an Avro container, appended when an epoch's output is
// flushed. Its position says which files it was writing and how long each was: opened again, it
// cuts them there, removes what was begun since, and is fed the rest once more, so that a crash
// leaves neither a gap, nor a repetition, nor half a line.
//
// Names: without `roll` and `partition_by` the path itself; else DIR/[COLUMN=VALUE/]STEM-NNNNNN.EXT
// with one running number for all files of the sink. Of many partitions only so many are written
// to at one time: a row of another one begins a new file there.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "connect/sink.h"

namespace weir::connect {

class FileSink final : public Sink {
 public:
  static Result<std::unique_ptr<Sink>> open(const SinkSpec& spec, const SinkContext& context,
                                            const std::string& position);
  Status write(const EpochChanges& changes) override;
  Result<std::string> flush() override;

 private:
  // A file that more lines go to.
  struct Target {
    std::string path;     // relative to the project, or absolute
    uint64_t length = 0;  // durable
    Micros opened = 0;    // the epoch's clock when it was begun
    std::string pending;
    bool exists = false;  // its name is durable
  };

  FileSink(const SinkSpec& spec, const SinkContext& context) : spec_(spec), context_(context) {}
  Status configure();
  Status recover(const std::string& position);
  Status cut(const Target& target);
  Status remove_begun_since(const std::string& dir, int depth);
  Status write_part(const std::string& partition, const EpochChanges& changes);
  Target& target_of(const std::string& partition, Micros time);
  std::string lines_of(const EpochChanges& changes) const;
  std::string block_of(const EpochChanges& changes) const;
  std::string full_path(const std::string& path) const;
  std::optional<int64_t> number_of(const std::string& name) const;
  bool numbered() const { return roll_bytes_ > 0 || roll_micros_ > 0 || partition_column_ >= 0; }
  Status flush_target(Target& target);
  void close_oldest();

  SinkSpec spec_;
  SinkContext context_;
  std::string dir_;
  std::string stem_;
  std::string extension_;
  std::string header_;
  std::string schema_;       // of Avro
  uint64_t roll_bytes_ = 0;
  Micros roll_micros_ = 0;
  int partition_column_ = -1;
  int64_t next_number_ = 0;
  std::map<std::string, Target> targets_;  // by partition: "country=SE", or ""
  std::vector<Target> full_;               // rolled since the last flush
};

}  // namespace weir::connect
