select		countri
from orders
