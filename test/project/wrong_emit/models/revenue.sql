/*---
emit: on_chnge
---*/
select country, sum(amount) as revenue
from orders
group by country
