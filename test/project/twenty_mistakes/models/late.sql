select n
from okay
