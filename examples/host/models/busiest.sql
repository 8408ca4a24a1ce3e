/*---
description: The ten busiest programs since weir started.
---*/
select name, sum(cpu_percent) as cpu_percent, max(top_mib) as top_mib
from process_minutes
group by name
order by cpu_percent desc, name
limit 10
