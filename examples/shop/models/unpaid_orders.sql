/*---
description: Orders without an accepted payment so far.
owner: team-money
---*/
select l.order_id, l.placed_at, l.customer, l.country, l.amount
from order_lines l
left join paid_orders p on p.order_id = l.order_id
where p.order_id is null
