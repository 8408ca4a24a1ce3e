/*---
description: Load of the machine by minute.
key: [minute]
---*/
select window_start as minute, avg(busy) as busy, max(busy) as top_busy, max(load_1) as load_1
from tumble(cpu, at, interval '1 minute')
where cpu = 'all'
group by window_start
