/*---
description: Cases of speeding in five minutes, every minute, per depot.
key: [window_start, window_end, depot]
---*/
select window_start, window_end, depot, count(*) as cases, max(speed) as top_speed
from hop(speeding, at, interval '1 minute', interval '5 minutes')
group by window_start, window_end, depot
having count(*) >= 2
