/*---
description: Vans that moved with an open door, and how often.
key: [van]
---*/
select van, count(*) as times, max(at) as last_time
from positions
where door_open and speed > 5
group by van
