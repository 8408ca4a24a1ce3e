select country, amount from orders
