/*---
description: Orders per country and ten seconds, said once and never revised.
owner: team-revenue
emit: on_close
---*/
select window_start, window_end, country, count(*) as orders, sum(quantity) as pieces
from tumble(orders, placed_at, interval '10 seconds')
group by window_start, window_end, country
