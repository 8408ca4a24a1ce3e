/*---
description: How many machines of each hall run, wait or are repaired now.
key: [hall, state]
---*/
select m.hall, s.state, count(*) as machines, min(s.since) as longest_since
from machine_states s
join machines m on m.machine = s.machine
group by m.hall, s.state
