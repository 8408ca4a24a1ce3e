/*---
description: Readings above the limits of their machine.
owner: team-plant
---*/
select r.machine, m.hall, r.at, r.temperature, r.vibration,
       case when r.temperature > m.temperature_limit then 'hot' else 'shaking' end as reason
from readings r
join machines m on m.machine = r.machine
where r.temperature > m.temperature_limit or r.vibration > m.vibration_limit
