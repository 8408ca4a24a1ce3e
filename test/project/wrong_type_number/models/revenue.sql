/*---
key: [country]
---*/
select country, sum(amount) as revenue
from orders
group by country
