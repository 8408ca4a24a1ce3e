/*---
description: Orders with an accepted payment, and when it first came.
owner: team-money
key: [order_id]
---*/
select order_id, min(paid_at) as paid_at, count(*) as payments
from payments
where accepted
group by order_id
