/*---
key: [country]
---*/
select country, sum(amout) as revenue
from orders
group by country
