/*---
description: Positions above 100 km/h.
---*/
select van, depot, at, speed, case when speed > 115 then 'severe' else 'minor' end as degree
from positions_depot
where speed > 100
