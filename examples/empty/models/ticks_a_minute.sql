/*---
description: How many ticks came in each minute, and their mean.
key: [minute]
---*/
select window_start as minute, count(*) as ticks, avg(value) as mean_value
from tumble(ticks, at, interval '1 minute')
group by window_start
