/*---
description: Each order with its product and its amount.
owner: team-shop
---*/
select o.order_id, o.placed_at, o.customer, coalesce(o.country, '??') as country,
       p.product, p.category, o.quantity, o.quantity * p.price as amount
from orders o
join products p on p.product_id = o.product_id
