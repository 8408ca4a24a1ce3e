/*---
description: When each van was last heard of.
key: [van, depot]
---*/
select van, depot, max(at) as at, count(*) as positions, min(fuel) as least_fuel
from positions_depot
group by van, depot
