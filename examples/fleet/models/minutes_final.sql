/*---
description: Positions per van and minute, said once.
emit: on_close
---*/
select window_start, window_end, van, count(*) as positions, round(avg(speed), 2) as mean_speed
from tumble(positions, at, interval '1 minute')
group by window_start, window_end, van
