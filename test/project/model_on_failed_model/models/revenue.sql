select countri from orders
