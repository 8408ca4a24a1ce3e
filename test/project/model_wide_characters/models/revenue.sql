select '日本語 ' || countri as x
from orders
