/*---
description: Load of each core by minute.
key: [minute, cpu]
---*/
select window_start as minute, cpu, avg(busy) as busy, avg(iowait) as iowait
from tumble(cpu, at, interval '1 minute')
where cpu <> 'all'
group by window_start, cpu
