/*---
description: Revenue per country and minute, corrected while late orders come in.
owner: team-revenue
key: [minute, country]
tests: [not_null: minute]
---*/
select window_start as minute, country, sum(amount) as revenue, count(*) as orders
from tumble(order_lines, placed_at, interval '1 minute')
group by window_start, country
