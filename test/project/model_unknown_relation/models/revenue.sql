/*---
key: [country]
---*/
select country, sum(amount) as revenue
from ordrs
group by country
