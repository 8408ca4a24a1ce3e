/*---
description: The three machines with the most alarms for heat.
---*/
select machine, hall, count(*) as alarms, max(temperature) as top_temperature
from alarms
where reason = 'hot'
group by machine, hall
order by alarms desc, machine
limit 3
