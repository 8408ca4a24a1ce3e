/*---
key: [country]
tests: [not_null: minute]
---*/
select country, sum(amount) as revenue
from orders
group by country
