#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "data/text_form.h"
#include "plan/planner.h"

namespace weir::plan {
namespace {

catalog::Catalog test_catalog() {
  catalog::Catalog catalog;
  catalog::StreamDefinition orders;
  orders.name = "orders";
  orders.schema = {{{"id", TypeId::kInt8}, {"country", TypeId::kText}, {"amount", TypeId::kNumeric},
                    {"placed_at", TypeId::kTimestamptz}, {"note", TypeId::kText}}};
  orders.event_time = "placed_at";
  catalog.add_stream(orders);
  catalog::StreamDefinition customers;
  customers.name = "customers";
  customers.schema = {{{"id", TypeId::kInt8}, {"name", TypeId::kText}}};
  customers.mode = catalog::SourceMode::kUpsert;
  customers.key = {"id"};
  catalog.add_stream(customers);
  return catalog;
}

std::string plan_text(const std::string& sql) {
  const Result<View> view = plan_query(sql, test_catalog());
  return view ? explain(*view) : view.error().to_string();
}

TEST(Planner, ReadsOnlyWhatIsUsedAndPushesFiltersDown) {
  const std::string text = plan_text(
      "select country, count(*) n from tumble(orders, placed_at, interval '1 minute') "
      "where amount > 5 and country <> 'SE' group by country, window_end having count(*) > 1 order "
      "by n desc");
  EXPECT_NE(text.find("scan orders (country, amount, placed_at)"), std::string::npos) << text;
  EXPECT_LT(text.find("tumble"), text.find("filter amount > 5")) << text;
}

TEST(Planner, FindsJoinKeysInWhere) {
  const std::string text = plan_text(
      "select o.id, c.name from orders o, customers c where o.id = c.id and o.amount > 1");
  EXPECT_NE(text.find("join on (id) = (id)"), std::string::npos) << text;
}

TEST(Planner, JoinsWhatAConditionConnects) {
  const std::string text = plan_text(
      "select a.id from orders a, customers b, customers c, orders d "
      "where a.id = d.id and d.id = c.id and c.name = b.name");
  EXPECT_EQ(text.find("cross join"), std::string::npos) << text;
  const std::string as_written = plan_text(
      "select a.id from orders a, customers b, orders d where a.id = b.id and d.id = b.id");
  EXPECT_LT(as_written.find("scan customers"), as_written.rfind("scan orders")) << as_written;
  EXPECT_NE(plan_text("select 1 from orders a, customers b, orders d where d.id = a.id")
                .find("cross join"), std::string::npos);
}

TEST(Planner, JoinsFirstWhatAddsNoRows) {
  const std::string by_key = plan_text(
      "select d.id from orders a, orders d, customers c "
      "where a.country = d.country and a.id = c.id");
  const size_t join = by_key.find("join on (country) = (country)");
  EXPECT_LT(join, by_key.find("join on (id) = (id)")) << by_key;  // the upper one comes later
  const std::string filtered = plan_text(
      "select a.id from orders a, orders b, orders d where a.id = b.id and a.country = d.country "
      "and d.amount > 5");
  EXPECT_LT(filtered.find("join on (id) = (id)"),
            filtered.find("join on (country) = (country)")) << filtered;
}

TEST(Planner, AsksForAMatchWithoutCountingIt) {
  EXPECT_EQ(plan_text("select o.id from orders o where exists (select from customers c where "
                      "c.name = o.country)").find("distinct"), std::string::npos);
}

TEST(Planner, JoinsOnWhatIsNoColumn) {
  for (const std::string kind : {"join", "left join", "full join"}) {
    const std::string text = plan_text("select o.id, c.name from orders o " + kind +
                                       " customers c on lower(o.country) = c.name and o.id > c.id");
    EXPECT_NE(text.find(kind + " on (key) = (name) and left.id > right.id"), std::string::npos)
        << text;
    EXPECT_NE(text.find("project id, lower(country) as key"), std::string::npos) << text;
  }
  const std::string mixed = plan_text(
      "select o.id from orders o, customers c, orders d where o.amount = d.id and c.id = d.id");
  EXPECT_EQ(mixed.find("cross join"), std::string::npos) << mixed;
}

TEST(Planner, TakesApartWhatTheBranchesOfAnOrSay) {
  const std::string text = plan_text(
      "select o.amount from orders o, customers c where (o.id = c.id and o.country = 'SE' and "
      "c.name = 'a') or (o.id = c.id and o.country = 'NO' and c.name = 'b')");
  EXPECT_NE(text.find("join on (id) = (id) and (country = 'SE' and "), std::string::npos) << text;
  EXPECT_NE(text.find("filter country = 'SE' or country = 'NO'"), std::string::npos) << text;
  EXPECT_NE(text.find("filter name = 'a' or name = 'b'"), std::string::npos) << text;
  const std::string all = plan_text("select o.amount from orders o, customers c "
                                    "where o.id = c.id or (o.id = c.id and c.name = 'b')");
  EXPECT_EQ(all.find(" or "), std::string::npos) << all;
}

TEST(Planner, ANodeForEachWindowThatIsRead) {
  const std::string text = plan_text(
      "select id, a, b, c from (select *, rank() over (order by id) as a, rank() over w as b, "
      "count(*) over w as c, sum(amount) over (partition by note) as d from orders "
      "window w as (partition by country order by id)) q where country = 'SE' and b < 9");
  EXPECT_NE(text.find("window functions rank() as over1 by id"), std::string::npos) << text;
  EXPECT_NE(text.find("window functions rank() as over2, count(*) as over3 of each (country)"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("(note)"), std::string::npos) << text;
  EXPECT_NE(text.find("scan orders (id, country)"), std::string::npos) << text;
}

TEST(Planner, FiltersOnThePartitionGoBelowIt) {
  const std::string text = plan_text(
      "select id, c from (select id, country, count(*) over (partition by country) as c from "
      "orders) q where country = 'SE' and c > 1");
  EXPECT_LT(text.find("window functions"), text.rfind("filter")) << text;
  EXPECT_LT(text.find("filter"), text.find("window functions")) << text;
}

TEST(Planner, TheFirstOfEachAreATopNBelowTheWindow) {
  const auto plan = [](const std::string& call, const std::string& condition) {
    return plan_text("select id from (select id, " + call +
                     " over (partition by country order by placed_at desc) as r from orders) q "
                     "where " + condition);
  };
  const std::string first = plan("row_number()", "r = 1");
  EXPECT_NE(first.find("first 1 of each (country) by placed_at desc"), std::string::npos) << first;
  EXPECT_NE(plan("rank()", "r < 4").find("first 3 with ties"), std::string::npos);
  EXPECT_NE(plan("row_number()", "5 >= r and id > 7").find("first 5 of each"), std::string::npos);
  EXPECT_EQ(plan("row_number()", "r > 1").find("first "), std::string::npos);
  EXPECT_EQ(plan("row_number()", "r <= 2 or id = 1").find("first "), std::string::npos);
  EXPECT_EQ(plan("dense_rank()", "r <= 2").find("first "), std::string::npos);
  EXPECT_EQ(plan("count(*)", "r <= 2").find("first "), std::string::npos);
}

TEST(Planner, RefusesByNameAndPlace) {
  const auto sqlstate = [](const std::string& sql) {
    const Result<View> view = plan_query(sql, test_catalog());
    return view ? std::string("ok") : view.error().sqlstate();
  };
  EXPECT_EQ(sqlstate("select amout from orders"), "42703");
  EXPECT_EQ(sqlstate("select id from orders, customers"), "42702");
  EXPECT_EQ(sqlstate("select * from nowhere"), "42P01");
  EXPECT_EQ(sqlstate("select country, sum(amount) from orders"), "42803");
  EXPECT_EQ(sqlstate("select sum(country) from orders"), "42883");
  EXPECT_EQ(sqlstate("select 1 where 1"), "42804");
  EXPECT_EQ(sqlstate("select rank() from orders"), "42809");
  EXPECT_EQ(sqlstate("select id from orders where rank() over () = 1"), "42P20");
  EXPECT_EQ(sqlstate("select (select 1, 2) from orders"), "42601");
  EXPECT_EQ(sqlstate("select count(*) from orders for update"), "0A000");
  EXPECT_EQ(sqlstate("select id from orders tablesample system (10)"), "0A000");
  EXPECT_EQ(sqlstate("selec 1"), "42601");
  EXPECT_EQ(sqlstate("select 'x'::integer"), "22P02");
  const Result<View> wrong = plan_query("select id,\n  amout from orders", test_catalog());
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().span().line, 2u);
  EXPECT_EQ(wrong.error().span().column, 3u);
  EXPECT_NE(wrong.error().hint().find("amount"), std::string::npos);
}

TEST(Planner, SurvivesWhatWouldOverflowTheParser) {
  const auto code = [](const std::string& sql) {
    const Result<View> view = plan_query(sql, test_catalog());
    return view ? std::string("ok") : view.error().sqlstate();
  };
  EXPECT_EQ(code("select " + std::string(100'000, '(') + "1" + std::string(100'000, ')')), "54001");
  std::string chain = "select 1";
  for (int i = 0; i < 200'000; ++i) chain += "+1";
  EXPECT_EQ(code(chain), "54001");
  std::string terms = "select 1";
  for (int i = 0; i < 9'000; ++i) terms += "+1";
  EXPECT_EQ(code(terms), "54001");
  std::string list = "select 1 where 1 in (1";
  for (int i = 0; i < 100'000; ++i) list += ",2";
  EXPECT_EQ(code(list + ")"), "ok");
}

TEST(Planner, HashesMeaningNotPositions) {
  const auto hash = [](const std::string& sql) {
    return plan_query(sql, test_catalog())->root->hash;
  };
  EXPECT_EQ(hash("select id as a from orders where amount > 1"),
            hash("select o.id as b from orders o where o.amount > 1"));
  EXPECT_NE(hash("select id from orders where amount > 1"),
            hash("select id from orders where amount > 2"));
  EXPECT_NE(hash("select a.id from orders a join orders b on a.id = b.id"),
            hash("select b.id from orders a join orders b on a.id = b.id"));
}

TEST(Planner, ProvesKeysAndClosingColumns) {
  catalog::ViewDefinition definition;
  definition.name = "v";
  definition.emit = catalog::EmitMode::kOnClose;
  definition.key = {"country", "window_end"};
  definition.sql =
      "select country, window_end, count(*) n from tumble(orders, placed_at, interval '1 minute') "
      "group by 1, 2";
  const Result<View> view = plan_view(definition, test_catalog());
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  EXPECT_EQ(view->close_column, std::optional<uint32_t>(1));
  definition.key = {"country"};
  EXPECT_EQ(plan_view(definition, test_catalog()).error().sqlstate(), "42P10");
  definition.key = {};
  definition.sql = "select country, count(*) n from orders group by country";
  EXPECT_EQ(plan_view(definition, test_catalog()).error().sqlstate(), "42P10");
}

// With the end of a value of the column that closes.
std::string ends_at(const std::string& sql, const std::string& value) {
  catalog::ViewDefinition definition;
  definition.name = "v";
  definition.emit = catalog::EmitMode::kOnClose;
  definition.sql = sql;
  const Result<View> view = plan_view(definition, test_catalog());
  if (!view) return view.error().to_string().substr(0, 13);
  const Result<Value> at = parse_text_form(value, TypeId::kTimestamp);
  return text_form({TypeId::kTimestamp, view->close_ending.of(std::get<Micros>(at->data))});
}

std::string cut_ends_at(const std::string& cut, const std::string& value) {
  return ends_at("select " + cut + " as m, count(*) from orders group by 1", value);
}

TEST(Planner, ACutTimeEndsWhereTheNextBegins) {
  const std::string at = "placed_at::timestamp";
  EXPECT_EQ(cut_ends_at("date_trunc('hour', placed_at)", "2026-01-01 10:00"),
            "2026-01-01 11:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('week', " + at + ")", "2025-12-29"), "2026-01-05 00:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('month', " + at + ")", "2024-02-01"), "2024-03-01 00:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('quarter', " + at + ")", "2025-10-01"), "2026-01-01 00:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('year', " + at + ")", "1969-01-01"), "1970-01-01 00:00:00");
  EXPECT_EQ(cut_ends_at("date_bin('7 minutes', " + at + ", '2026-01-01 00:01')",
                        "2025-12-31 23:54"),
            "2026-01-01 00:01:00");
  EXPECT_EQ(cut_ends_at("date_trunc('month', " + at + " - interval '6 hours')", "2026-01-01"),
            "2026-02-01 06:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('day', date_trunc('hour', " + at + "))", "2026-01-01"),
            "2026-01-02 00:00:00");
  EXPECT_EQ(cut_ends_at(at + "::date", "2026-01-01"), "2026-01-02 00:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('month', " + at + ")", "infinity"), "infinity");
  const std::string refused = "error[WR1252]";
  EXPECT_EQ(cut_ends_at("date_trunc('minute', placed_at)::text", "2026-01-01"), refused);
  EXPECT_EQ(cut_ends_at("date_trunc('decade', placed_at)", "2026-01-01"), refused);
  EXPECT_EQ(cut_ends_at("date_trunc(country, placed_at)", "2026-01-01"), refused);
  EXPECT_EQ(cut_ends_at("placed_at + interval '1 month'", "2026-01-01"), refused);
  EXPECT_EQ(cut_ends_at("extract(minute from placed_at)", "2026-01-01"), refused);
}

// In Berlin the clock goes from 2 to 3 on 2026-03-29 and from 3 to 2 on 2026-10-25.
TEST(Planner, ACutTimeEndsByTheZonesClock) {
  const std::string zone = "placed_at::timestamptz at time zone 'Europe/Berlin'";
  const std::string day = "date_trunc('day', placed_at::timestamptz, 'Europe/Berlin')";
  EXPECT_EQ(cut_ends_at(day, "2026-03-28 23:00"), "2026-03-29 22:00:00");
  EXPECT_EQ(cut_ends_at(day, "2026-10-24 22:00"), "2026-10-25 23:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('month', placed_at::timestamptz, 'Europe/Berlin')",
                        "2026-02-28 23:00"),
            "2026-03-31 22:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('day', " + zone + ")", "2026-03-29"), "2026-03-29 22:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('hour', " + zone + ")", "2026-03-29 01:00"),
            "2026-03-29 01:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('hour', " + zone + ")", "2026-10-25 02:00"),
            "2026-10-25 02:00:00");
  EXPECT_EQ(cut_ends_at("date_trunc('hour', placed_at::timestamptz, 'Europe/Berlin')",
                        "2026-10-25 00:00"),
            "2026-10-25 01:00:00");
}

TEST(Planner, ClosesByWhatClosesFirst) {
  const std::string groups = "select date_trunc('hour', placed_at) as h, date_trunc('minute', "
                             "placed_at) as m, date_trunc('day', placed_at) as d, count(*) "
                             "from orders group by 1, 2, 3";
  EXPECT_EQ(ends_at(groups, "2026-01-01"), "2026-01-01 00:01:00");
  const auto both = [](const std::string& a, const std::string& b) {
    return ends_at("select a.d, b.id from (select " + a + " as d from orders) a join (select id, " +
                       b + " as d from orders) b on a.d = b.d",
                   "2026-01-01");
  };
  const std::string hours = "date_trunc('hour', placed_at)";
  EXPECT_EQ(both("placed_at::date", "placed_at::date"), "2026-01-02 00:00:00");
  EXPECT_EQ(both("date_trunc('day', placed_at)", hours), "error[WR1252]");
}

// Of relations whose rows are known.
std::string joined_in_order(const std::map<std::string, uint64_t>& rows,
                            const std::string& condition) {
  catalog::Catalog catalog;
  std::string from;
  for (const char* name : {"big", "middle", "small"}) {
    catalog::StreamDefinition stream;
    stream.name = name;
    stream.mode = catalog::SourceMode::kUpsert;
    stream.key = {"id"};
    stream.schema = {{{"id", TypeId::kInt8}, {"other", TypeId::kInt8}, {"n", TypeId::kInt8}}};
    catalog.add_stream(stream);
    if (rows.contains(name)) catalog.set_rows(name, rows.at(name));
    from += (from.empty() ? "" : ", ") + stream.name;
  }
  const Result<View> view =
      plan_query("select count(*) from " + from + " where " + condition, catalog);
  if (!view) return view.error().to_string();
  std::string names;
  std::function<void(const Node&)> walk = [&](const Node& node) {
    if (node.kind == NodeKind::kScan) names += std::get<ScanSpec>(node.spec).relation[0];
    for (const NodePtr& input : node.inputs) walk(*input);
  };
  walk(*view->root);
  return names;
}

TEST(Planner, AQueryJoinsFirstWhatMakesTheFewestRows) {
  const std::map<std::string, uint64_t> rows = {{"big", 60'000}, {"middle", 15'000}, {"small", 25}};
  const std::string chain = "big.other = middle.id and middle.other = small.id";
  EXPECT_EQ(joined_in_order({}, chain), "bms");
  EXPECT_EQ(joined_in_order({{"big", 60'000}, {"small", 25}}, chain), "bms");  // one is not known
  EXPECT_EQ(joined_in_order(rows, chain + " and small.n = 7"), "smb");
  EXPECT_EQ(joined_in_order({{"big", 9}, {"middle", 9}, {"small", 9}}, chain), "bms");
  // Never all pairs of the two small ones while the third connects them.
  const std::map<std::string, uint64_t> apart = {{"big", 10}, {"middle", 90'000}, {"small", 10}};
  EXPECT_EQ(joined_in_order(apart, chain + " and big.n = 1 and small.n = 1").find("bs"),
            std::string::npos);
  EXPECT_EQ(joined_in_order(rows, "big.n = 5 and middle.other = small.id and small.n = 7"), "smb");
}

std::string closes_by(const std::string& sql) {
  catalog::ViewDefinition definition;
  definition.name = "v";
  definition.emit = catalog::EmitMode::kOnClose;
  definition.sql = sql;
  const Result<View> view = plan_view(definition, test_catalog());
  if (!view) return view.error().to_string().substr(0, 13);
  return view->root->schema.fields[*view->close_column].name;
}

TEST(Planner, ClosesByWhatMakesARowFinal) {
  const std::string windows =
      "(select country, window_end, count(*) as n from tumble(orders, placed_at, interval '1 "
      "minute') group by country, window_end)";
  const std::string cumulated =
      "cumulate(orders, placed_at, interval '10 seconds', interval '1 minute')";
  const std::string refused = "error[WR1252]";
  EXPECT_EQ(closes_by("select id, window_end from " + cumulated), "window_end");
  EXPECT_EQ(closes_by("select country, window_end, count(*) from session(orders, placed_at, "
                      "interval '1 minute', country) group by 1, 2"),
            "window_end");
  EXPECT_EQ(closes_by("select country, count(*) from session(orders, placed_at, interval '1 "
                      "minute', country) group by country"),
            refused);
  const std::string joined = " from " + windows + " a join " + windows + " b on ";
  EXPECT_EQ(closes_by("select a.n, a.window_end" + joined + "a.window_end = b.window_end"),
            "window_end");
  EXPECT_EQ(closes_by("select a.n, a.window_end" + joined + "a.country = b.country"), refused);
  const std::string pairs = "select a.id, a.placed_at from orders a join orders b on a.id = b.id ";
  EXPECT_EQ(closes_by(pairs), refused);
  EXPECT_EQ(closes_by(pairs + "and b.placed_at between a.placed_at - interval '1 hour' and "
                              "a.placed_at"),
            "placed_at");
  EXPECT_EQ(closes_by(pairs + "and b.placed_at between a.placed_at and a.placed_at + interval '1 "
                              "hour'"),
            refused);
  EXPECT_EQ(closes_by("select o.id, placed_at from orders o join customers c on o.id = c.id"),
            "placed_at");
  const std::string ranked =
      "select n, window_end from (select *, row_number() over (partition by window_end order by n) "
      "as r from " + windows + " w) q where r <= 3";
  EXPECT_EQ(closes_by(ranked), "window_end");
  EXPECT_EQ(closes_by("select n, window_end from " + windows + " w order by n limit 3"), refused);
  EXPECT_EQ(closes_by("select n, window_end, sum(n) over (partition by country) as s from " +
                      windows + " w"),
            refused);
  EXPECT_EQ(closes_by("select distinct country, window_end from " + windows + " w"), "window_end");
  EXPECT_EQ(closes_by("select window_end from " + windows + " a except select window_end from " +
                      windows + " b"),
            "window_end");
  EXPECT_EQ(closes_by("select placed_at from orders union all select now_of from (select "
                      "placed_at + interval '1 day' as now_of from orders) o"),
            refused);
  EXPECT_EQ(closes_by("select o.id, o.placed_at, x.note from orders o left join lateral (select * "
                      "from orders i where i.id = o.id and i.placed_at <= o.placed_at order by "
                      "i.placed_at desc limit 1) x on true"),
            "placed_at");
}

TEST(Planner, ParametersTakeTheTypeTheirPlaceAsksFor) {
  const std::vector<Value> untyped(4, Value::null(TypeId::kUnknown));
  const Result<View> view = plan_query(
      "select country || $3 from orders where id > $1 and placed_at < $2 limit $4", test_catalog(),
      untyped);
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  const std::vector<Type> want = {TypeId::kInt8, TypeId::kTimestamptz, TypeId::kText,
                                  TypeId::kInt8};
  EXPECT_EQ(view->parameters, want);
}

std::string filter_text(const std::string& condition) {
  const std::string text = plan_text("select id from orders where " + condition);
  const size_t from = text.find("filter ");
  if (from == std::string::npos) return text;
  return text.substr(from + 7, text.find(" [append-only]", from) - from - 7);
}

TEST(Explain, ExpressionsReadAsTheyAreWritten) {
  for (const std::string text :
       {"amount > 5::numeric", "country like 'S%' or id = 1::bigint and id < 9::bigint",
        "(country = 'SE' or country = 'DK') and note is not null",
        "not (id = 1::bigint or id = 2::bigint)", "(id + id) * id - (id - id) = -id",
        "coalesce(note, 'it''s') <> upper(country)", "id::text = note",
        "case when amount > 1::numeric then true else false end",
        "placed_at + '1 mon'::interval < '2026-01-01 00:00:00+00'::timestamptz"}) {
    const std::string once = filter_text(text);
    EXPECT_EQ(filter_text(once), once);  // it parses again, to the same
    if (text.find("::") == std::string::npos) {
      EXPECT_EQ(once, text);
    }
  }
  EXPECT_EQ(filter_text("amount > 5"), "amount > 5");
}

TEST(Explain, TellsWhatIsKeptAndWhatWouldBoundIt) {
  EXPECT_EQ(plan_text("select o.country, count(*) from hop(orders, placed_at, interval '1 minute', "
                      "interval '1 hour') o join customers c on o.id = c.id and o.note < c.name "
                      "group by o.country"),
            "project country, call1 as count\n"
            "  aggregate count(*) as call1 by (country)  -- keeps a group a (country), as many "
            "as there are (country): bound it with a window in GROUP BY and emit: on_close or "
            "retain\n"
            "    project country\n"
            "      join on (id) = (id) and note < name  -- keeps left by (id): all rows, "
            "unbounded; right by (id): as many rows as there are (id): bound left with emit: "
            "on_close, else with a condition on now()\n"
            "        hop placed_at by 1 hour every 1 minute [append-only]\n"
            "          scan orders (id, country, placed_at, note) [append-only]\n"
            "        scan customers (id, name)\n");
  catalog::ViewDefinition definition;
  definition.name = "v";
  definition.emit = catalog::EmitMode::kOnClose;
  definition.sql = "select window_end, sum(amount) filter (where id > 1) as total from "
                   "tumble(orders, placed_at, interval '90 seconds') group by window_end";
  const Result<View> view = plan_view(definition, test_catalog());
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  EXPECT_EQ(explain(*view),
            "project window_end, call1 as total\n"
            "  aggregate sum(amount) filter (expr3) as call1 by (window_end)  -- keeps open "
            "groups, until the watermark closes them\n"
            "    project window_end, amount, id > 1 as expr3 [append-only]\n"
            "      tumble placed_at by 90 seconds [append-only]\n"
            "        scan orders (id, amount, placed_at) [append-only]\n"
            "key: window_end\n"
            "closes by: window_end\n");
}

TEST(Explain, ConditionsOnTheClock) {
  catalog::ViewDefinition definition;
  definition.name = "v";
  definition.sql = "select id from orders where placed_at > now() - interval '1 hour' and "
                   "placed_at <= now()";
  const Result<View> view = plan_view(definition, test_catalog());
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  EXPECT_EQ(explain(*view),
            "project id\n"
            "  project id\n"
            "    while placed_at <= now() < bound1  -- keeps rows until they leave\n"
            "      project id, placed_at, placed_at + interval '01:00:00' as bound1 [append-only]\n"
            "        scan orders (id, placed_at) [append-only]\n");
}

}  // namespace
}  // namespace weir::plan
