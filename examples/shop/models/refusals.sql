/*---
description: Methods of payment by hour with at least one refusal.
key: [hour, method]
---*/
select window_start as hour, method, count(*) as refused
from tumble(payments, paid_at, interval '1 hour')
where not accepted
group by window_start, method
having count(*) > 0
