/*---
description: Positions with the depot of the van.
---*/
select p.van, v.depot, p.at, p.lat, p.lon, p.speed, p.fuel, p.door_open
from positions p
join vans v on v.van = p.van
