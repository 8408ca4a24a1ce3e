#include "differ/cases.h"

#include <fmt/core.h>

namespace weir::differ {

namespace {

// Sums of these floats are exact in any order. Numerics that are equal have one scale.
constexpr const char* kInts[] = {"null", "0", "1",   "2",          "3",
                                 "-1",   "7", "100", "2147483647", "-2147483648"};
constexpr const char* kFloats[] = {"null", "0",     "1.5",        "-2.25",       "1024.125",
                                   "1e10", "'NaN'", "'Infinity'", "'-Infinity'", "0.5"};
constexpr const char* kNumerics[] = {"null", "0", "1.10", "2.5", "-3.333", "1000000.00", "7",
                                     "12345678901234567890.123", "0.0001"};
constexpr const char* kTexts[] = {"null", "''", "'a'", "'b'", "'A'", "'ä'", "'日本'", "'a b'", "'%'",
                                  "'x''y'", "'a longer text than fits into twelve bytes'"};
constexpr const char* kGroups[] = {"null", "'a'", "'b'", "'c'", "'d'"};
constexpr const char* kTimes[] = {"null",
                                  "'2026-01-01 00:00:00'",
                                  "'2026-01-01 00:00:59.999999'",
                                  "'2026-01-01 00:01:00'",
                                  "'2026-01-01 00:03:30'",
                                  "'1969-12-31 23:59:30'",
                                  "'2026-01-01 00:00:10'"};
constexpr const char* kBools[] = {"null", "true", "false"};

template <size_t N>
std::string pick(Random& random, const char* const (&pool)[N]) {
  return pool[random.below(N)];
}

constexpr const char* kViews[] = {
    "select id, n, g from t",
    "select id, n::bigint + 1 as m, -x as y from t",
    "select id, n from t where n > 1",
    "select id from t where n > 1 and g = 'a' or b",
    "select id from t where not (n > 1)",
    "select id from t where g is null or n is null",
    "select id from t where g in ('a', 'b')",
    "select id from t where g not in ('a', 'b')",
    "select id from t where n between 0 and 3",
    "select id, case when n > 2 then 'big' when n is null then 'none' else g end as size from t",
    "select id, coalesce(g, s, '-') as c, nullif(n, 2) as z from t",
    "select id, upper(s) as u, length(s) as l, s || '!' as e from t",
    "select id, s like 'a%' as p, s = '' as empty from t",
    "select id, n::text as a, d::text as b, x::text as c, n::numeric as e from t",
    "select id, date_trunc('minute', at) as m, extract(second from at) as sec from t",
    "select id, x > 1 as a, x = 'NaN' as q, x < 0 as c from t",
    "select id, d * 2 as twice, d + n as e, round(d, 1) as r from t",
    "select id, n % 3 as r, abs(n::bigint) as a, n::bigint / 2 as h from t",
    "select id, greatest(n, 2) as g1, least(n, id) as l1 from t",
    "select id, g is distinct from s as x1, b is true as b1, b is not false as b2 from t",
    "select count(*) as c from t",
    "select count(*) as c, count(n) as cn, sum(n) as s, min(n) as lo, max(n) as hi, avg(n) as m "
    "from t",
    "select sum(x) as s, min(x) as lo, max(x) as hi from t",
    "select sum(d) as s, min(d) as lo, max(d) as hi, avg(d) as m from t",
    "select min(s) as lo, max(s) as hi, min(at) as first, max(at) as last from t",
    "select g, count(*) as c from t group by g",
    "select g, sum(n) as s, avg(n) as m from t group by g",
    "select g, min(n) as lo, max(n) as hi, min(s) as a, max(s) as z from t group by g",
    "select g, sum(x) as s, avg(x) as m from t group by g",
    "select g, sum(d) as s, avg(d) as m from t group by g",
    "select g, b, count(*) as c from t group by g, b",
    "select n % 2 as odd, count(*) as c from t group by n % 2",
    "select g, count(distinct n) as c, sum(distinct n) as s from t group by g",
    "select count(distinct g) as c, count(distinct s) as d from t",
    "select g, count(*) filter (where n > 1) as c, sum(n) filter (where b) as s from t group by g",
    "select g from t group by g having count(*) > 1",
    "select g, max(n) as hi from t group by g having max(n) > 2 and count(s) > 0",
    "select sum(n) as s from t having count(*) > 3",
    "select date_trunc('minute', at) as m, count(*) as c from t group by date_trunc('minute', at)",
    "select c, count(*) as groups from (select g, count(*) as c from t group by g) q group by c",
    "select sum(c) as total, max(c) as most from (select g, count(*) as c from t group by g) q",
    "select distinct g from t",
    "select distinct g, n from t",
    "select distinct b, n > 1 as big from t",
    "select count(*) as c from (select distinct g, s from t) q",
    "select g, n from v",
    "select distinct g, n from v",
    "select g, count(*) as c, sum(n) as s from v group by g",
    "select n, count(*) as c, min(g) as lo from v group by n",
    "select t.id, u.label from t join u on t.g = u.g",
    "select t.id, u.id as uid from t join u on t.n = u.k",
    "select t.id, u.id as uid, t.s from t join u on t.n = u.k and t.g = u.g",
    "select t.id, u.id as uid from t join u on t.g = u.g and t.n > u.k",
    "select t.id, u.id as uid from t join u on t.g = u.g where t.n is not null and u.k < 3",
    "select t.id, u.id as uid from t cross join u where t.n < u.k",
    "select a.id, b.id as other from t a join t b on a.g = b.g and a.id < b.id",
    "select a.id, b.id as other from t a join t b on a.n = b.n",
    "select t.id, u.label from t left join u on t.g = u.g",
    "select t.id, u.label from t left join u on t.g = u.g and u.k > 1",
    "select t.id, u.label from t left join u on t.n = u.k where u.id is null",
    "select t.id, u.id as uid from t left join u on t.id = u.id",
    "select t.id, u.id as uid from t left join u on t.g = u.g and t.n > u.k",
    "select v.g, v.n, u.label from v left join u on v.g = u.g",
    "select v.g, count(u.id) as c from v left join u on v.g = u.g group by v.g",
    "select u.label, count(*) as c, sum(t.n) as s from t join u on t.g = u.g group by u.label",
    "select t.g, u.k, w.n from t join u on t.g = u.g join v w on w.g = u.g",
    "select t.id, q.c from t join (select g, count(*) as c from u group by g) q on q.g = t.g",
    "select t.id, q.c from t left join (select g, count(*) as c from u group by g) q on q.g = t.g",
    "select id from t union all select id from u",
    "select g, n from t union all select g, k from u union all select g, n from v",
    "select g, count(*) as c from (select g from t union all select g from u) q group by g",
    "select g from t union select g from u",
    "select id, n from t order by n desc nulls last, id limit 3",
    "select id, n from t order by n, id limit 4 offset 2",
    "select id, s from t order by s desc nulls first, id limit 5",
    "select id, x from t order by x desc nulls last, id desc limit 3",
    "select g, c from (select g, count(*) as c from t group by g) q order by c desc, g limit 2",
    "select id from (select id, n from t order by n desc nulls last, id limit 6) q where n > 0",
    "select sum(n) as s from (select n, id from t order by id desc limit 5) q",
    "select t.id, q.n from t join (select id, n from t order by id limit 5) q on q.id = t.id",
    "with q as (select g, sum(n) as s from t group by g) select q.g, q.s, u.label from q left join "
    "u on u.g = q.g",
    "with a as (select * from t where n > 0), b as (select g, count(*) as c from a group by g) "
    "select a.id, b.c from a join b on a.g = b.g",
    "select * from (values (1, 'a'), (2, 'b')) w(k, g)",
    "select w.k, t.id from (values (1, 'a'), (2, 'b'), (3, null)) w(k, g) left join t on t.g = w.g",
    "select g, max(c) as most from (select g, s, count(*) as c from t group by g, s) q group by g",
    "select 1 as one, count(*) as c from t where n > 100000",
    "select g, bool_and(b) as a, bool_or(b) as o, every(n > 0) as e from t group by g",
    "select g, bit_and(n) as a, bit_or(n) as o, bit_xor(n) as x, bit_xor(distinct n) as d from t "
    "group by g",
    "select g, variance(n) as v, stddev_pop(n) as s, var_pop(d) as p, stddev(d) as e from t "
    "where abs(d) < 10000 group by g",
    "select var_samp(n) as v, stddev_samp(distinct n) as s, variance(n::bigint) as b from t",
    "select round(variance(x)::numeric, 6) as v, round(corr(x, id)::numeric, 6) as c, "
    "round(regr_slope(id, x)::numeric, 6) as s, regr_count(x, n) as k from t where abs(x) < 1e9",
    "select g, string_agg(s, ',' order by s, id) as l, string_agg(s, g order by id desc) as r "
    "from t group by g",
    "select g, string_agg(distinct s, '-') as l, jsonb_agg(n order by id) as j from t group by g",
    "select jsonb_object_agg(id, s) as o, jsonb_agg(g order by g nulls first, id) as a from t",
    "select g, percentile_cont(0.5) within group (order by n) as m, "
    "percentile_disc(0.25) within group (order by s desc) as q, "
    "mode() within group (order by n) as o from t group by g",
    "select rank(2) within group (order by n) as r, dense_rank('b') within group (order by s) as "
    "d, "
    "percent_rank(1) within group (order by n desc) as p, "
    "cume_dist(3, 'a') within group (order by n, g) as c from t",
    "select sum(at - '2026-01-01') as s, avg(at - '2026-01-01') as m from t",
    "select g, n, count(*) as c, sum(d) as s, grouping(g, n) as k from t group by cube (g, n)",
    "select g, b, max(n) as hi from t group by rollup (g, b) having count(*) > 1",
    "select g, s, count(*) as c from t group by grouping sets ((g), (s), (), ())",
};

struct WindowCase {
  const char* sql;
  const char* postgres;
};
#define TUMBLED(size)                                                                  \
  "(select *, date_bin('" size "', at, '1970-01-01') as window_start, date_bin('" size \
  "', at, '1970-01-01') + interval '" size "' as window_end from t where at is not null) q"
#define HOPPED(slide, size)                                                          \
  "(select t.*, w as window_start, w + interval '" size                              \
  "' as window_end from t, generate_series("                                         \
  "date_bin('" slide "', at - interval '" size "', '1970-01-01') + interval '" slide \
  "', date_bin('" slide "', at, '1970-01-01'), interval '" slide "') w where at is not null) q"
constexpr WindowCase kWindows[] = {
    {"select window_start, count(*) as c from tumble(t, at, interval '1 minute') group by "
     "window_start, window_end",
     "select window_start, count(*) as c from " TUMBLED(
         "1 minute") " group by window_start, window_end"},
    {"select window_start, g, sum(n) as s from tumble(t, at, interval '90 seconds') group by "
     "window_start, window_end, g",
     "select window_start, g, sum(n) as s from " TUMBLED(
         "90 seconds") " group by window_start, window_end, g"},
    {"select id, window_start, window_end from hop(t, at, interval '30 seconds', interval '1 "
     "minute')",
     "select id, window_start, window_end from " HOPPED("30 seconds", "1 minute")},
    {"select window_end, count(*) as c, max(n) as m from hop(t, at, interval '1 minute', interval "
     "'3 minutes') group by window_start, window_end",
     "select window_end, count(*) as c, max(n) as m from " HOPPED(
         "1 minute", "3 minutes") " group by window_start, window_end"},
    {"select id, window_start from hop(t, at, interval '2 minutes', interval '1 minute')",
     "select id, window_start from " HOPPED("2 minutes", "1 minute")},
};

std::string condition(Random& random, const std::string& table) {
  const std::string column = table.empty() ? "" : table + ".";
  switch (random.below(8)) {
    case 0: return fmt::format("{}n > {}", column, random.below(4));
    case 1: return fmt::format("{}g = 'a'", column);
    case 2: return fmt::format("{}n is not null", column);
    case 3: return fmt::format("{}g in ('b', 'c')", column);
    case 4: return fmt::format("({}n < 3 or {}g is null)", column, column);
    case 5: return fmt::format("{}n % 2 = {}", column, random.below(2));
    case 6: return fmt::format("not ({}g = 'b')", column);
    default: return fmt::format("{}n between {} and 7", column, random.below(3));
  }
}

// A relation with the columns (g, n), nested at most `depth` deep.
std::string relation(Random& random, int depth) {
  if (depth == 0) {
    constexpr const char* kBase[] = {"(select g, n from t)", "(select g, k as n from u)",
                                     "(select g, n from v)"};
    return pick(random, kBase);
  }
  const std::string a = relation(random, depth - 1);
  switch (random.below(9)) {
    case 0: return fmt::format("(select g, n from {} a where {})", a, condition(random, "a"));
    case 1: return fmt::format("(select g, count(*) as n from {} a group by g)", a);
    case 2:
      return fmt::format(
          "(select g, sum(n)::bigint % 1000 as n from {} a group by g having count(*) > {})", a,
          random.below(2));
    case 3: return fmt::format("(select distinct g, n from {} a)", a);
    case 4:
      return fmt::format("(select g, n from {} a union all select g, n from {} b)", a,
                         relation(random, 0));
    case 5:
      return fmt::format("(select a.g, b.n from {} a join {} b on a.g = b.g where {})", a,
                         relation(random, 0), condition(random, "a"));
    case 6:
      return fmt::format(
          "(select a.g, coalesce(b.n, -5) as n from {} a left join {} b on a.n = b.n)", a,
          relation(random, 0));
    case 7:
      return fmt::format(
          "(select g, n from {} a order by n desc nulls last, g nulls first limit {})", a,
          1 + random.below(5));
    default:
      return fmt::format("(select case when n > 1 then g else 'z' end as g, n from {} a)", a);
  }
}

}  // namespace

std::vector<std::string> tables() {
  return {
      "create table t (id int primary key, g text, s text, n int, x float8, d numeric, at "
      "timestamp, b bool)",
      "create table u (id int primary key, g text, k int, label text)",
      "create table v (g text, n int)"};
}

std::vector<ViewCase> fixed_views() {
  std::vector<ViewCase> views;
  for (const char* sql : kViews) views.push_back({fmt::format("f{}", views.size()), sql, sql});
  for (const WindowCase& w : kWindows)
    views.push_back({fmt::format("f{}", views.size()), w.sql, w.postgres});
  for (ViewCase& view : over_views()) views.push_back(std::move(view));
  return views;
}

ViewCase random_view(Random& random, int number) {
  const std::string inner = relation(random, 1 + static_cast<int>(random.below(4)));
  const std::string sql = "select g, n from " + inner + " q";
  return {fmt::format("r{}", number), sql, sql};
}

std::string Stream::row_of_t(int id) {
  return fmt::format("({}, {}, {}, {}, {}, {}, {}, {})", id, pick(random_, kGroups),
                     pick(random_, kTexts), pick(random_, kInts), pick(random_, kFloats),
                     pick(random_, kNumerics), pick(random_, kTimes), pick(random_, kBools));
}

std::string Stream::row_of_u(int id) {
  return fmt::format("({}, {}, {}, {})", id, pick(random_, kGroups), pick(random_, kInts),
                     pick(random_, kTexts));
}

std::string Stream::insert() {
  const uint64_t count = 1 + random_.below(4);
  std::string rows;
  const uint64_t table = random_.below(4);
  for (uint64_t i = 0; i < count; ++i) {
    rows += i > 0 ? ", " : "";
    if (table < 2) rows += row_of_t(next_t_++);
    if (table == 2) rows += row_of_u(next_u_++);
    if (table == 3) rows += fmt::format("({}, {})", pick(random_, kGroups), pick(random_, kInts));
  }
  return fmt::format("insert into {} values {}", table < 2 ? "t" : (table == 2 ? "u" : "v"), rows);
}

std::string Stream::update() {
  const uint64_t id = 1 + random_.below(static_cast<uint64_t>(next_t_));
  switch (random_.below(7)) {
    case 0: return fmt::format("update t set n = {} where id = {}", pick(random_, kInts), id);
    case 1: return fmt::format("update t set g = {} where id = {}", pick(random_, kGroups), id);
    case 2:
      return fmt::format("update t set s = {}, x = {}, d = {} where id % 3 = {}",
                         pick(random_, kTexts), pick(random_, kFloats), pick(random_, kNumerics),
                         id % 3);
    case 3:
      return fmt::format("update u set g = {}, k = {} where id = {}", pick(random_, kGroups),
                         pick(random_, kInts), 1 + random_.below(static_cast<uint64_t>(next_u_)));
    case 4:
      return fmt::format("update v set n = {} where g = {}", pick(random_, kInts),
                         pick(random_, kGroups));
    case 5: return fmt::format("update t set at = {} where id = {}", pick(random_, kTimes), id);
    default: return fmt::format("update t set g = 'a' where g = {}", pick(random_, kGroups));
  }
}

std::string Stream::remove() {
  switch (random_.below(6)) {
    case 0: return fmt::format("delete from t where id % 5 = {}", random_.below(5));
    case 1: return fmt::format("delete from u where id % 3 = {}", random_.below(3));
    case 2: return fmt::format("delete from v where n = {}", pick(random_, kInts));
    case 3: return fmt::format("delete from t where g = {}", pick(random_, kGroups));
    case 4: return random_.chance(0.2) ? "delete from t" : "delete from v where g is null";
    default:
      return fmt::format("delete from t where id = {}",
                         1 + random_.below(static_cast<uint64_t>(next_t_)));
  }
}

std::string Stream::next() {
  const uint64_t kind = random_.below(10);
  if (kind < 5) return insert();
  return kind < 8 ? update() : remove();
}

}  // namespace weir::differ
