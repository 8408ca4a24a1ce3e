#include <fmt/core.h>

#include "differ/cases.h"

namespace weir::differ {

namespace {

// Orders are made total by id wherever PostgreSQL leaves open which of two peers comes first.
constexpr const char* kOver[] = {
    "select id, row_number() over (order by id) as r from t",
    "select id, row_number() over (partition by g order by n desc nulls last, id) as r from t",
    "select id, rank() over w as a, dense_rank() over w as b, percent_rank() over w as c, "
    "cume_dist() over w as d from t window w as (partition by g order by n)",
    "select id, rank() over (order by s desc), dense_rank() over (order by x) as b from t",
    "select id, rank() over (order by at nulls first, b desc) as a from t",
    "select id, rank() over (order by d) as a, count(*) over (order by d) as c from t",
    "select id, ntile(3) over (order by id) as a, ntile(2) over (partition by b order by id) "
    "as c from t",
    "select id, lag(n) over w as a, lead(s, 2, '-') over w as b, lag(id, 1, 0) over w as c "
    "from t window w as (partition by g order by id)",
    "select id, lag(d, n % 3) over (order by id) as a, lead(x) over (order by id desc) as b "
    "from t",
    "select id, first_value(s) over w as a, last_value(s) over w as b, nth_value(s, 2) over w "
    "as c from t window w as (partition by g order by id)",
    "select id, last_value(id) over (order by id rows between unbounded preceding and "
    "unbounded following exclude current row) as z from t",
    "select id, sum(n) over (order by id) as s, count(*) over () as c from t",
    "select id, sum(n) over (order by n) as s, sum(n) over (partition by g) as p from t",
    "select id, sum(x) over (order by id) as s, avg(x) over (partition by g) as m from t",
    "select id, sum(d) over (order by id rows 2 preceding) as s, avg(d) over (order by id rows "
    "between 1 following and 3 following) as m from t",
    "select id, min(s) over w as lo, max(s) over w as hi, count(s) over w as c from t window w "
    "as (partition by g order by id rows between 2 preceding and 1 following)",
    "select id, min(x) over (order by id rows between 1 preceding and 1 following) as lo from t",
    "select id, count(*) over w as c, sum(id) over w as s from t window w as (order by n range "
    "between 2 preceding and 1 following)",
    "select id, count(*) over w as c, sum(id) over w as s from t window w as (partition by g "
    "order by n desc range between 5 preceding and 2 preceding)",
    "select id, sum(id) over (order by x range between 1 preceding and 1.5 following) as s "
    "from t",
    "select id, sum(id) over (order by d desc nulls last range between 2.5 preceding and 0 "
    "following) as s from t",
    "select id, count(*) over (order by at range between '1 minute' preceding and current row) "
    "as c from t",
    "select id, sum(id) over (partition by b order by at desc nulls last range between "
    "interval '10 seconds' following and unbounded following) as s from t",
    "select id, sum(id) over (order by n groups between 1 preceding and 1 following) as s, "
    "count(*) over (order by n groups between 1 following and 2 following) as c from t",
    "select id, sum(id) over (order by n groups 2 preceding exclude group) as a, sum(id) over "
    "(order by n range unbounded preceding exclude ties) as b, count(*) over (order by g range "
    "current row exclude current row) as c from t",
    "select id, count(*) filter (where b) over (order by id) as c, sum(n) filter (where n > 1) "
    "over (partition by g) as s from t",
    "select id, r from (select id, row_number() over (partition by g order by n, id) as r from "
    "t) q where r <= 2",
    "select id, r from (select id, rank() over (partition by g order by n desc) as r from t) q "
    "where r = 1",
    "select id, r from (select id, dense_rank() over (order by s) as r from t) q where r < 3",
    "select id, g, r from (select id, g, row_number() over (partition by g order by id) as r "
    "from t) q where g = 'a'",
    "select g, count(*) as c, rank() over (order by count(*) desc) as r from t group by g",
    "select g, sum(sum(n)) over (order by g) as s, count(*) as c from t group by g",
    "select g, b, count(*) * 1.0 / sum(count(*)) over (partition by g) as share from t group "
    "by g, b",
    "select distinct g, count(*) over (partition by g) as c from t",
    "select id, rank() over (order by g) as a, rank() over (order by s) as b, count(*) over "
    "(partition by b) as c from t",
    "select g, n, row_number() over (order by g, n) as r from v",
    "select g, n, sum(n) over (order by n) as s, count(*) over (partition by g) as c from v",
    "select t.id, u.id as uid, row_number() over (partition by t.g order by t.id, u.id) as r "
    "from t join u on t.g = u.g",
    "select max(r) as m from (select row_number() over (order by id) as r from t) q",
    "select id, n from t order by row_number() over (order by id desc) limit 3",
};

// Of every type, from a table whose extremes leave the types of limits.
constexpr const char* kOverTypes[] = {
    "select id, rank() over (order by i2) as a, rank() over (order by i8 desc) as b, rank() "
    "over (order by r) as c, rank() over (order by nm) as d from w",
    "select id, rank() over (order by vc) as a, rank() over (order by by) as b, rank() over "
    "(order by dt) as c, rank() over (order by tm) as d from w",
    "select id, rank() over (order by tz) as a, rank() over (order by iv) as b, rank() over "
    "(order by uu) as c from w",
    "select id, lag(tz) over w as a, lead(iv) over w as b, lag(uu) over w as c, lead(js) over "
    "w as d, first_value(by) over w as e from w window w as (order by id)",
    "select id, sum(i8) over (order by id rows 1 preceding) as a, count(vc) over (order by dt) "
    "as b from w",
    "select id, count(*) over (order by i8 range between 9223372036854775807 preceding and 1 "
    "following) as c from w",
    "select id, count(*) over (order by i2 range between 40000 preceding and 1 preceding) as c "
    "from w",
    "select id, count(*) over (order by tm range between '1 hour' preceding and '10 minutes' "
    "following) as c from w",
    "select id, count(*) over (order by tz range between '1 month' preceding and '1 day' "
    "following) as c from w where tz > '1900-01-01' and tz < '2100-01-01'",
    "select id, count(*) over (order by dt range '1 year' preceding) as c from w where dt > "
    "'1900-01-01' and dt < '2100-01-01'",
    "select id, n, row_number() over (partition by n order by id) as r from a",
};

template <size_t N>
std::vector<ViewCase> named(const char* prefix, const char* const (&list)[N]) {
  std::vector<ViewCase> views;
  for (const char* sql : list) {
    views.push_back({fmt::format("{}{}", prefix, views.size()), sql, sql, leaves_open(sql)});
  }
  return views;
}

}  // namespace

std::vector<ViewCase> over_views() { return named("o", kOver); }
std::vector<ViewCase> over_type_views() { return named("ow", kOverTypes); }

}  // namespace weir::differ
