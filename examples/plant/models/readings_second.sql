/*---
description: Mean readings per machine and second.
key: [at, machine]
---*/
select window_end as at, machine, count(*) as readings,
       round(avg(temperature), 2) as temperature, max(vibration) as vibration
from tumble(readings, at, interval '1 second')
group by window_end, machine
