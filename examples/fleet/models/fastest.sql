/*---
description: The ten vans with the most cases of speeding.
---*/
select van, depot, count(*) as cases, max(speed) as top_speed
from speeding
group by van, depot
order by cases desc, van
limit 10
