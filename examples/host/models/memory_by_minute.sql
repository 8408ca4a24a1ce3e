/*---
description: Memory in use by minute.
key: [minute]
---*/
select window_start as minute, max(used) / 1048576 as used_mib, min(available) / 1048576 as available_mib,
       max(used_percent) as used_percent
from tumble(memory, at, interval '1 minute')
group by window_start
