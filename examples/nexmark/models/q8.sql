/*---
description: People who open an auction in the ten seconds in which they registered.
---*/
select p.id, p.name, p.window_start
from (select id, name, window_start from tumble(person, date_time, interval '10 seconds')) p
join (select seller, window_start from tumble(auction, date_time, interval '10 seconds')
      group by seller, window_start) a
  on a.seller = p.id and a.window_start = p.window_start
