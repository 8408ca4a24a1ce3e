select id from orders
