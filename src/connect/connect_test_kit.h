// What tests of connectors share: a private folder, a clock that is moved, source specs, and rows
// as text.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include "connect/memory_log.h"
#include "connect/source.h"
#include "data/text_form.h"

namespace weir::connect {

class ConnectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    dir = "/tmp/weir_connect_test." + std::to_string(getpid()) + "." + info->name();
    ASSERT_TRUE(files->make_dirs(dir).has_value());
  }
  void TearDown() override { (void)files->remove_tree(dir).has_value(); }

  SourceContext context() { return {*files, clock, &log, dir, "_weir.t.dev"}; }
  std::string path(const std::string& name) { return io::join_path(dir, name); }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(files->write_atomically(path(name), text).has_value());
  }
  void append(const std::string& name, std::string_view text) {
    auto file = files->open(path(name), io::OpenMode::kCreate);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->append(text).has_value());
  }
  std::string content(const std::string& name) {
    auto text = files->read_all(path(name));
    return text ? *text : "(none)";
  }

  static SourceSpec spec(const std::string& connector, std::map<std::string, std::string> options,
                         std::vector<Field> fields) {
    SourceSpec out;
    out.definition.name = "s";
    out.connector = connector;
    out.options = std::move(options);
    for (Field& field : fields) {
      codec::DecodeColumn column;
      column.field = field;
      out.decoder.columns.push_back(std::move(column));
      out.definition.schema.fields.push_back(std::move(field));
    }
    return out;
  }
  static ReaderOptions all_columns(const SourceSpec& spec) {
    ReaderOptions out;
    for (uint32_t i = 0; i < spec.definition.schema.size(); ++i) out.columns.push_back(i);
    return out;
  }
  std::unique_ptr<SourceReader> open(const SourceSpec& spec, const ReaderOptions& options) {
    auto reader = open_source(spec, context(), options);
    EXPECT_TRUE(reader.has_value()) << (reader ? "" : reader.error().to_string());
    return reader ? std::move(*reader) : nullptr;
  }

  // Rows as "partition: a|b", in order; positions and dead letters beside them.
  struct Seen {
    std::vector<std::string> rows;
    std::vector<DeadLetter> dead;
    Positions positions;
    uint64_t records = 0;
  };
  static void take(Delivery delivery, Seen& seen, bool with_partition = false) {
    for (uint32_t row = 0; row < delivery.batch.rows; ++row) {
      std::string text;
      for (const ColumnPtr& column : delivery.batch.columns) {
        if (!text.empty()) text += "|";
        if (column->is_null(row)) {
          text += "-";
        } else {
          append_text_form(text, *column, row);
        }
      }
      seen.rows.push_back(with_partition ? std::to_string(delivery.partition.value) + ": " + text
                                         : text);
    }
    for (DeadLetter& dead : delivery.dead) seen.dead.push_back(std::move(dead));
    seen.positions[delivery.partition] = delivery.next;
    seen.records += delivery.records;
  }
  // Polls until nothing comes `quiet` times in a row; the clock moves with each empty poll.
  Seen drain(SourceReader& reader, bool with_partition = false, int quiet = 3) {
    Seen seen;
    for (int empty = 0; empty < quiet;) {
      auto delivery = reader.poll();
      if (!delivery) {
        ADD_FAILURE() << delivery.error().to_string();
        break;
      }
      if (*delivery) {
        take(std::move(**delivery), seen, with_partition);
      } else {
        ++empty;
        clock.sleep_for(1'100'000);
      }
    }
    return seen;
  }

  std::unique_ptr<io::FileSystem> files = io::make_real_file_system();
  ManualClock clock{1767225600000000};
  MemoryLog log;
  std::string dir;
};

using Texts = std::vector<std::string>;

}  // namespace weir::connect
