/*---
description: Mean power and silent meters per machine and minute, said once.
emit: on_close
---*/
select window_start, window_end, machine, round(avg(power), 3) as mean_power,
       count(*) filter (where power is null) as silent
from tumble(readings, at, interval '1 minute')
group by window_start, window_end, machine
