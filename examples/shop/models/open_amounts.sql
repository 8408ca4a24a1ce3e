/*---
description: What is still to be paid, by country.
key: [country]
---*/
select country, count(*) as orders, sum(amount) as amount
from unpaid_orders
group by country
