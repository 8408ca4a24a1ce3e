/*---
key: [country]
---*/
select country, sum(amount) as revenue
from orders
gruop by country
