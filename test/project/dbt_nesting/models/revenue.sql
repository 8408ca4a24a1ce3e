/*---
key: [country]
---*/
select country, sum(amount) as revenue
from shop.orders
group by country
