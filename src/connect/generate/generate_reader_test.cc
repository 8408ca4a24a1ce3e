#include "connect/generate/generate.h"

#include <cmath>

#include "connect/connect_test_kit.h"

namespace weir::connect {
namespace {

class GenerateTest : public ConnectTest {
 protected:
  // Columns that are hidden ones under other names.
  static SourceSpec make(std::map<std::string, std::string> options) {
    SourceSpec s =
        spec("generate", std::move(options),
             {{"id", TypeId::kInt8}, {"ts", TypeId::kTimestamptz}, {"u", TypeId::kFloat8}});
    const Schema in = generate_input_schema();
    const auto hidden = [&](const char* name) {
      const auto at = static_cast<uint32_t>(in.find(name));
      return expr::column_ref(at, in.fields[at].type);
    };
    s.generated = {{"id", hidden("i")}, {"ts", hidden("event_time")}, {"u", hidden("u3")}};
    return s;
  }
};

TEST_F(GenerateTest, IsAPureFunctionOfSeedAndRow) {
  auto s = make({{"rows", "1000"}, {"seed", "7"}, {"start", "2026-01-01T00:00:00Z"},
                 {"late", "10%"}, {"duplicates", "5%"}, {"broken", "2%"}});
  ReaderOptions options = all_columns(s);
  const Seen whole = drain(*open(s, options));
  EXPECT_EQ(whole.records, 1000u);
  EXPECT_EQ(whole.rows.size() + whole.dead.size(), 1000u);
  EXPECT_NEAR(static_cast<double>(whole.dead.size()), 20, 15);
  EXPECT_EQ(whole.dead[0].sqlstate, "22P02");
  options.max_rows = 33;
  auto reader = open(s, options);
  Seen parts;
  for (int i = 0; i < 10; ++i) take(*std::move(reader->poll()).value(), parts);
  options.start = parts.positions;
  const Seen rest = drain(*open(s, options));
  for (const std::string& row : rest.rows) parts.rows.push_back(row);
  EXPECT_EQ(parts.rows, whole.rows);
  s.options["seed"] = "8";
  options.start.clear();
  EXPECT_NE(drain(*open(s, options)).rows, whole.rows);
  size_t repeated = 0;
  for (size_t i = 1; i < whole.rows.size(); ++i) repeated += whole.rows[i] == whole.rows[i - 1];
  EXPECT_NEAR(static_cast<double>(repeated), 50, 25);
}

TEST_F(GenerateTest, NumbersAreSpreadAsSaid) {
  GenerateSettings settings;
  const Batch batch = generate_inputs(settings, 0, 20000);
  const Schema schema = generate_input_schema();
  for (size_t c = 2; c < schema.size(); ++c) {
    double sum = 0;
    double squares = 0;
    for (uint32_t row = 0; row < batch.rows; ++row) {
      const double v = batch.columns[c]->value<double>(row);
      sum += v;
      squares += v * v;
    }
    const double mean = sum / batch.rows;
    const double deviation = std::sqrt(squares / batch.rows - mean * mean);
    const bool uniform = schema.fields[c].name[0] == 'u';
    EXPECT_NEAR(mean, uniform ? 0.5 : 0, 0.03) << schema.fields[c].name;
    EXPECT_NEAR(deviation, uniform ? 0.2887 : 1, 0.03) << schema.fields[c].name;
  }
}

TEST_F(GenerateTest, RowsComeAtTheRateAndWhatFellDueIsMadeUpFor) {
  auto s = make({{"rate", "100/s"}});
  auto reader = open(s, all_columns(s));
  uint64_t given = 0;
  Positions positions;
  for (int i = 0; i < 100; ++i) {
    while (const auto delivery = std::move(reader->poll()).value()) {
      given += delivery->records;
      positions[delivery->partition] = delivery->next;
    }
    clock.sleep_for(10'000);
  }
  EXPECT_NEAR(static_cast<double>(given), 100, 2);
  EXPECT_FALSE(reader->finished());
  clock.sleep_for(5'000'000);  // nobody was there
  ReaderOptions options = all_columns(s);
  options.start = positions;
  const auto delivery = std::move(open(s, options)->poll()).value();
  ASSERT_TRUE(delivery.has_value());
  EXPECT_NEAR(static_cast<double>(delivery->records), 500, 3);
}

TEST_F(GenerateTest, StopAndBounds) {
  auto s = make({{"rows", "50"}});
  ReaderOptions options = all_columns(s);
  options.max_rows = 20;
  Seen some;
  take(*std::move(open(s, options)->poll()).value(), some);
  ReaderOptions up_to = all_columns(s);
  up_to.stop = some.positions;
  clock.sleep_for(77);  // the start of event time is the position's, not today's
  auto reader = open(s, up_to);
  EXPECT_EQ(drain(*reader).rows, some.rows);
  EXPECT_TRUE(reader->finished());
  s.options["rows"] = "-1";
  EXPECT_FALSE(open_source(s, context(), up_to).has_value());
  s.options = {{"rate", "fast"}};
  EXPECT_FALSE(open_source(s, context(), up_to).has_value());
}

}  // namespace
}  // namespace weir::connect
