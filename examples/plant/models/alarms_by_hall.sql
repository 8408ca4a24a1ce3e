/*---
description: Alarms of the last minute, every ten seconds, by hall and reason.
key: [window_start, window_end, hall, reason]
---*/
select window_start, window_end, hall, reason, count(*) as alarms
from hop(alarms, at, interval '10 seconds', interval '1 minute')
group by window_start, window_end, hall, reason
