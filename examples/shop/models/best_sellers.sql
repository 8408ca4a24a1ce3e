/*---
description: The five products that bring the most.
---*/
select product, category, sum(quantity) as pieces, sum(amount) as revenue
from order_lines
group by product, category
order by revenue desc, product
limit 5
