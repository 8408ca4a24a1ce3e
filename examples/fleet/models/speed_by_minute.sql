/*---
description: Mean and greatest speed per van and minute.
owner: team-fleet
key: [minute, van]
---*/
select window_start as minute, van, count(*) as positions,
       round(avg(speed), 1) as mean_speed, max(speed) as top_speed
from tumble(positions, at, interval '1 minute')
group by window_start, van
