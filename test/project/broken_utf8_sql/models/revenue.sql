/*---
key: [country]
---*/
select country, sum(amount) as revenue
from orders -- Ã(
group by country
