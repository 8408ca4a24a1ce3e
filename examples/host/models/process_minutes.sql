/*---
description: What programs of one name used together, by minute.
key: [minute, name]
---*/
select window_start as minute, name, sum(cpu_percent) as cpu_percent,
       max(resident_bytes) / 1048576 as top_mib, count(distinct pid) as processes
from tumble(processes, at, interval '1 minute')
group by window_start, name
